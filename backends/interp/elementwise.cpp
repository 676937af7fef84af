// Ufuncs, reductions and searches of whole arrays.
#include <algorithm>
#include <cstring>

#include "backends/interp/graph_program.h"
#include "backends/interp/strided.h"
#include "ir/diagnostic.h"

namespace arrayc::backends::interp {

using ir::DType;
using runtime::Array;

namespace {

// Operands that are 0-d, or plain arrays of one element more: the small chains of scalars.
bool single_elements(std::span<const Array* const> operands, std::int64_t count) {
  if (count != 1) return false;
  return std::all_of(operands.begin(), operands.end(), [](const Array* x) {
    return reinterpret_cast<std::uintptr_t>(x->data) %
               static_cast<std::uintptr_t>(runtime::item_size(x->dtype)) ==
           0;
  });
}

std::vector<std::int64_t> without_axis(const std::vector<std::int64_t>& extents, int axis) {
  std::vector<std::int64_t> rest = extents;
  rest.erase(rest.begin() + axis);
  return rest;
}

// Reads x with `axis` innermost.
Reader axis_reader(const Array& x, int axis) {
  auto shape = without_axis(x.shape, axis);
  auto strides = without_axis(x.strides, axis);
  shape.push_back(x.shape[static_cast<std::size_t>(axis)]);
  strides.push_back(x.strides[static_cast<std::size_t>(axis)]);
  return Reader(x.data, shape, strides, runtime::item_size(x.dtype));
}

// Calls `row(elements, n, ends)` for pieces of each row of `length` elements, `rows` times; ends:
// the piece is the row's last.
template <typename Row>
void for_each_row(Reader& reader, int item_size, std::int64_t rows, std::int64_t length, Row row) {
  if (reader.contiguous()) {
    const std::byte* from = reader.data();
    for (std::int64_t r = 0; r < rows; ++r, from += length * item_size) row(from, length, true);
    return;
  }
  alignas(64) std::byte block[block_size * 16];
  if (length <= block_size / 2) {  // many rows at a time
    const std::int64_t most = block_size / std::max<std::int64_t>(length, 1);
    for (std::int64_t r = 0; r < rows; r += most) {
      const std::int64_t part = std::min(most, rows - r);
      reader.read(block, part * length);
      for (std::int64_t k = 0; k < part; ++k) row(block + k * length * item_size, length, true);
    }
    return;
  }
  for (std::int64_t r = 0; r < rows; ++r) {
    for (std::int64_t done = 0; done < length; done += block_size) {
      const std::int64_t part = std::min(block_size, length - done);
      reader.read(block, part);
      row(block, part, done + part == length);
    }
  }
}

}  // namespace

Array run_tape(const Tape& tape, std::span<const Array* const> operands, ir::DType dtype,
               std::vector<std::int64_t> shape, std::vector<std::byte>& workspace) {
  for (const Array* x : operands) {
    if (x->shape != shape) ir::bug("interp: operands of a ufunc have different shapes");
  }
  Array result = runtime::make_array(static_cast<arrayc_dtype>(dtype), std::move(shape));
  const std::int64_t count = runtime::element_count(result.shape);
  if (count == 0) return result;
  const std::size_t tape_bytes = static_cast<std::size_t>(tape.workspace_bytes());
  const std::size_t needed = tape_bytes + operands.size() * block_bytes;
  if (workspace.size() < needed) workspace.resize(needed);
  std::vector<TapeArgument> args(operands.size());
  if (single_elements(operands, count)) {
    for (std::size_t k = 0; k < args.size(); ++k) {
      args[k] = {static_cast<const std::byte*>(operands[k]->data), false};
    }
    tape.run(1, result.data, args, workspace.data());
    return result;
  }
  std::vector<Reader> readers;
  readers.reserve(operands.size());
  bool plain = true;
  for (std::size_t k = 0; k < args.size(); ++k) {
    const Reader& reader = readers.emplace_back(*operands[k]);
    std::byte* block = workspace.data() + tape_bytes + k * block_bytes;
    if (reader.contiguous()) {
      args[k] = {reader.data(), false};
    } else {
      args[k] = {block, true};
      if (reader.repeated()) {
        fill_block(block, reader.data(), runtime::item_size(operands[k]->dtype),
                   std::min(count, block_size));
      } else {
        plain = false;
      }
    }
  }
  if (plain) {
    tape.run(count, result.data, args, workspace.data());
    return result;
  }
  auto* out = static_cast<std::byte*>(result.data);
  for (std::int64_t done = 0; done < count; done += block_size) {
    const std::int64_t part = std::min(block_size, count - done);
    for (std::size_t k = 0; k < args.size(); ++k) {
      if (args[k].repeated && !readers[k].repeated()) {
        readers[k].read(workspace.data() + tape_bytes + k * block_bytes, part);
      }
    }
    tape.run(part, out, args, workspace.data());
    for (std::size_t k = 0; k < args.size(); ++k) {
      if (!args[k].repeated) args[k].data += part * runtime::item_size(operands[k]->dtype);
    }
    out += part * ir::item_size(dtype);
  }
  return result;
}

Array run_reduce(const ReducePlan& plan, const Array& x) {
  Array result = runtime::make_array(x.dtype, without_axis(x.shape, plan.axis));
  const std::int64_t rows = runtime::element_count(result.shape);
  const std::int64_t length = x.shape[static_cast<std::size_t>(plan.axis)];
  if (length == 0 && !plan.identity) {
    ir::user_error(
        "zero-size array to reduction operation " + plan.ufunc + " which has no identity",
        plan.place);
  }
  const int item = plan.ops.item_size;
  auto* out = static_cast<std::byte*>(result.data);
  if (length == 0) {
    fill_block(out, &plan.identity->bits, item, rows);
    return result;
  }
  if (rows == 0) return result;
  TreeFold fold(plan.ops, plan.tree);
  Reader reader = axis_reader(x, plan.axis);
  for_each_row(reader, item, rows, length, [&](const std::byte* v, std::int64_t n, bool ends) {
    fold.push(v, n);
    if (!ends) return;
    fold.finish(out);
    fold.reset();
    out += item;
  });
  return result;
}

Array run_product_sum(const ReducePlan& plan, const Array& x, const Array& y) {
  Array result = runtime::make_array(x.dtype, without_axis(x.shape, plan.axis));
  const std::int64_t rows = runtime::element_count(result.shape);
  const std::int64_t length = x.shape[static_cast<std::size_t>(plan.axis)];
  const int item = plan.ops.item_size;
  auto* out = static_cast<std::byte*>(result.data);
  if (length == 0) {
    fill_block(out, &plan.identity->bits, item, rows);
    return result;
  }
  TreeFold fold(plan.ops, plan.tree);
  Reader first = axis_reader(x, plan.axis), second = axis_reader(y, plan.axis);
  alignas(64) std::byte values[block_size * 8], factors[block_size * 8];
  for (std::int64_t r = 0; r < rows; ++r, out += item) {
    for (std::int64_t done = 0; done < length; done += block_size) {
      const std::int64_t part = std::min(block_size, length - done);
      first.read(values, part);
      second.read(factors, part);
      const void* args[2] = {values, factors};
      if (plan.multiply != nullptr) plan.multiply(part, values, args);
      fold.push(values, part, plan.multiply == nullptr ? factors : nullptr);
    }
    fold.finish(out);
    fold.reset();
  }
  return result;
}

Array run_complex_reduce(const ReducePlan& plan, const Array& z) {
  const int item = runtime::item_size(z.dtype);
  const DType part = ir::part_dtype(static_cast<DType>(z.dtype));
  Array result =
      runtime::make_array(static_cast<arrayc_dtype>(part), without_axis(z.shape, plan.axis));
  const std::int64_t rows = runtime::element_count(result.shape);
  const std::int64_t length = z.shape[static_cast<std::size_t>(plan.axis)];
  const bool imaginary = plan.part == ir::ResultPart::imaginary;
  auto* out = static_cast<std::byte*>(result.data);
  if (length == 0) {
    const ir::Scalar identity = ir::convert(ir::Scalar::of(std::int64_t{imaginary ? 0 : 1}), part);
    if (plan.maximum) {
      ir::user_error(
          "zero-size array to reduction operation " + plan.ufunc + " which has no identity",
          plan.place);
    }
    fill_block(out, &identity.bits, item / 2, rows);
    return result;
  }
  if (rows == 0) return result;
  std::optional<TreeFold> product;
  std::optional<ExtremeSearch> search;
  if (plan.maximum) {
    search.emplace(*plan.maximum, static_cast<DType>(z.dtype));
  } else {
    product.emplace(plan.ops, plan.tree);
  }
  Reader reader = axis_reader(z, plan.axis);
  for_each_row(reader, item, rows, length, [&](const std::byte* v, std::int64_t n, bool ends) {
    if (search) search->push(v, n);
    if (product) product->push(v, n);
    if (!ends) return;
    std::byte found[16];
    if (product) {
      product->finish(found);
      product->reset();
    } else {
      std::memcpy(found, search->extreme(), static_cast<std::size_t>(item));
      search->reset();
    }
    std::memcpy(out, found + (imaginary ? item / 2 : 0), static_cast<std::size_t>(item / 2));
    out += item / 2;
  });
  return result;
}

Array run_arg_reduce(const ArgReducePlan& plan, const Array& x) {
  Array result = runtime::make_array(ARRAYC_I64, without_axis(x.shape, plan.axis));
  const std::int64_t rows = runtime::element_count(result.shape);
  const std::int64_t length = x.shape[static_cast<std::size_t>(plan.axis)];
  if (length == 0) {
    ir::user_error(std::string("attempt to get ") + (plan.maximum ? "argmax" : "argmin") +
                       " of an empty sequence",
                   plan.place);
  }
  if (rows == 0) return result;
  ExtremeSearch search(plan.maximum, static_cast<ir::DType>(x.dtype));
  Reader reader = axis_reader(x, plan.axis);
  auto* out = static_cast<std::int64_t*>(result.data);
  std::int64_t seen = 0;
  for_each_row(reader, runtime::item_size(x.dtype), rows, length,
               [&](const std::byte* v, std::int64_t n, bool ends) {
                 const std::int64_t at = search.push(v, n);
                 if (at >= 0) *out = seen + at;
                 seen += n;
                 if (!ends) return;
                 search.reset();
                 seen = 0;
                 ++out;
               });
  return result;
}

}  // namespace arrayc::backends::interp
