#include "backends/cpu/driver.h"

#include <algorithm>
#include <set>

#include "arrayc/abi.h"
#include "backends/cpu/frame.h"
#include "backends/cpu/ir_text.h"
#include "backends/cpu/support.h"
#include "backends/llvm/emitter.h"
#include "backends/traffic.h"
#include "ir/diagnostic.h"
#include "runtime/planted.h"

namespace arrayc::backends {

namespace {

using ir::DType;
using ir::Extent;

// Emits `i32 @<name>(ptr %frame)`: the program itself.
class BodyWriter {
 public:
  BodyWriter(const std::string& name, const Signature& signature, const Variant& variant,
             bool strided, std::string& out)
      : name_(name),
        signature_(signature),
        variant_(variant),
        function_(*variant.function),
        program_(*variant.function->program),
        strided_(strided),
        frame_(signature, strided),
        out_(out),
        text_(out),
        sizes_(text_) {}

  void write();

 private:
  void bind_symbols();
  void check_guards();
  void check_extents();
  void place_memory();
  std::string element_count(const ir::Shape& shape);
  std::size_t place_of_result(std::uint32_t storage) const;
  std::uint32_t storage_of_result(std::uint32_t index) const;
  std::string storage_pointer(std::uint32_t storage);
  std::string scalar_bits(const ir::Call::Argument& argument, DType wanted);
  std::string constant_bits(ir::Scalar value) const;
  void run_call(std::size_t index);
  void run_stage(const ir::loops::Kernel& kernel, std::size_t stage, const std::string& symbol,
                 SizeText& sizes, const std::string& slots);
  void check_elements(std::size_t number);
  void copy_results();
  void copy_storage(const std::string& to, std::uint32_t storage);
  void leave_with(const std::string& condition, int status);
  const ir::loops::Kernel& kernel(std::size_t index) const {
    return *(*variant_.kernels)[index].loops;
  }

  const std::string& name_;
  const Signature& signature_;
  const Variant& variant_;
  const ir::Function& function_;
  const ir::Program& program_;
  bool strided_;
  FrameLayout frame_;
  std::string& out_;
  IrText text_;
  SizeText sizes_;
  std::vector<std::string> slot_offsets_;                  // of temporaries, in the block of memory
  std::vector<std::vector<std::string>> scratch_offsets_;  // of each call
};

void BodyWriter::write() {
  out_ += fmt::format("\ndefine internal i32 @{}(ptr %frame) nounwind {{\nentry:\n", name_);
  // Allocas come first: the slots of each call, and the status that leaves.
  text_.line("%status = alloca i32, align 4");
  for (std::size_t c = 0; c < program_.calls.size(); ++c) {
    const ir::loops::Kernel& k = kernel(program_.calls[c].kernel);
    text_.line("%slots{} = alloca [{} x i64], align 8", c, k.params.size() + k.scratch.size() + 1);
  }
  for (std::size_t k = 0; k < function_.checks.size(); ++k) {
    text_.line("%check{} = alloca i64, align 8", k);
  }
  bind_symbols();
  check_guards();
  check_extents();
  place_memory();
  for (std::size_t c = 0; c < program_.calls.size(); ++c) run_call(c);
  for (std::size_t k = 0; k < function_.checks.size(); ++k) check_elements(k);
  copy_results();
  text_.line("store i32 0, ptr %status, align 4");
  text_.line("br label %done");
  text_.place("done");
  text_.line("call void @free(ptr %memory)");
  text_.line("br label %leave");
  text_.place("leave");
  const std::string status = text_.value("load i32, ptr %status, align 4");
  text_.line("ret i32 {}", status);
  out_ += "}\n";
}

void BodyWriter::leave_with(const std::string& condition, int status) {
  text_.line("store i32 {}, ptr %status, align 4", status);
  text_.leave_if(condition, "leave");
}

void BodyWriter::bind_symbols() {
  const auto not_negative = [&](const std::string& v) {
    leave_with(text_.value("icmp slt i64 {}, 0", v), ARRAYC_BAD_SHAPE);
  };
  std::set<std::string> used;
  for (const ir::Param& param : function_.params) {
    for (const Extent& e : param.type.shape) e.collect_symbols(used);
  }
  for (std::size_t p = 0; p < function_.params.size(); ++p) {
    const ir::Param& param = function_.params[p];
    if (param.kind == ir::ParamKind::size) {
      const std::string v = text_.load_item("%frame", p);
      if (used.contains(param.name)) not_negative(v);
      sizes_.bind(param.name, v);
      sizes_.bind("$" + param.name, v);
    }
    for (std::size_t k = 0;
         strided_ && param.kind == ir::ParamKind::array && k < param.type.shape.size(); ++k) {
      sizes_.bind(stride_symbol(param, k), text_.load_item("%frame", frame_.strides[p] + k));
    }
  }
  for (std::size_t s = 0; s < signature_.symbols.size(); ++s) {
    const std::string v = text_.load_item("%frame", frame_.symbols + s);
    not_negative(v);
    sizes_.bind(signature_.symbols[s], v);
    sizes_.bind("$" + signature_.symbols[s], v);
  }
}

void BodyWriter::check_guards() {
  for (const ir::Guard& guard : function_.guards) {
    const std::string a = sizes_(guard.a);
    if (guard.kind == ir::Guard::Kind::equal) {
      const std::string b = sizes_(guard.b);
      leave_with(text_.value("icmp ne i64 {}, {}", a, b), ARRAYC_BAD_SHAPE);
    } else {
      const bool reduction = guard.message.find("zero-size array") != std::string::npos ||
                             guard.message.find("empty sequence") != std::string::npos;
      leave_with(text_.value("icmp sle i64 {}, 0", a),
                 reduction ? ARRAYC_EMPTY_REDUCTION : ARRAYC_BAD_SHAPE);
    }
  }
}

// A negative extent contradicts the signature.
void BodyWriter::check_extents() {
  for (const ir::Storage& storage : program_.storages) {
    for (const Extent& e : storage.type.shape) {
      if (e.lower_bound().value_or(-1) >= 0) continue;
      leave_with(text_.value("icmp slt i64 {}, 0", sizes_(e)), ARRAYC_BAD_SHAPE);
    }
  }
}

std::string BodyWriter::element_count(const ir::Shape& shape) {
  std::string count = "1";
  for (const Extent& e : shape) {
    const std::string extent = sizes_(e);
    count = count == "1" ? extent
                         : text_.value("call i64 @arrayc.bytes(i64 {}, i64 {})", count, extent);
  }
  return count;
}

// One block of memory: the slots of temporaries, then the scratch of a call, used by one after the
// other.
void BodyWriter::place_memory() {
  std::vector<std::string> bytes(program_.slots, "0");
  for (const ir::Storage& storage : program_.storages) {
    const std::string count = element_count(storage.type.shape);
    if (!storage.in_slot()) continue;
    const std::string size = text_.value("call i64 @arrayc.bytes(i64 {}, i64 {})", count,
                                         ir::item_size(storage.type.dtype));
    std::string& slot = bytes[storage.index];
    slot = slot == "0" ? size : text_.value("call i64 @llvm.smax.i64(i64 {}, i64 {})", slot, size);
  }
  std::string end = "0";
  for (const std::string& size : bytes) {
    slot_offsets_.push_back(end);
    end = text_.value("call i64 @arrayc.after(i64 {}, i64 {})", end, size);
  }
  std::string most = end;
  for (const ir::Call& call : program_.calls) {
    const ir::loops::Kernel& k = kernel(call.kernel);
    scratch_offsets_.emplace_back();
    std::string at = planted(runtime::Plant::aot_scratch) ? "0" : end;
    for (const ir::loops::Scratch& scratch : k.scratch) {
      const std::string count = sizes_(in_program(scratch.count, k, call));
      const std::string n = text_.value("call i64 @llvm.smax.i64(i64 {}, i64 0)", count);
      scratch_offsets_.back().push_back(at);
      const std::string b =
          text_.value("call i64 @arrayc.bytes(i64 {}, i64 {})", n, ir::item_size(scratch.type));
      at = text_.value("call i64 @arrayc.after(i64 {}, i64 {})", at, b);
    }
    if (!k.scratch.empty()) most = text_.value("call i64 @llvm.smax.i64(i64 {}, i64 {})", most, at);
  }
  if (most == "0") {
    text_.line("%memory = select i1 true, ptr null, ptr null");
    text_.line("%base = select i1 true, ptr null, ptr null");
    return;
  }
  // 64 bytes more, so that the block can be aligned.
  const std::string all = text_.value("add i64 {}, 64", most);
  text_.line("%memory = call ptr @malloc(i64 {})", all);
  leave_with(text_.value("icmp eq ptr %memory, null"), ARRAYC_OUT_OF_MEMORY);
  const std::string address = text_.value("ptrtoint ptr %memory to i64");
  const std::string up = text_.value("add i64 {}, 63", address);
  const std::string even = text_.value("and i64 {}, -64", up);
  const std::string skip = text_.value("sub i64 {}, {}", even, address);
  text_.line("%base = getelementptr i8, ptr %memory, i64 {}", skip);
}

// The caller's first result that is this storage: kernels write there.
std::size_t BodyWriter::place_of_result(std::uint32_t storage) const {
  const auto& results = program_.results;
  return static_cast<std::size_t>(std::find(results.begin(), results.end(), storage) -
                                  results.begin());
}

std::uint32_t BodyWriter::storage_of_result(std::uint32_t index) const {
  for (std::uint32_t s = 0; s < program_.storages.size(); ++s) {
    const ir::Storage& storage = program_.storages[s];
    if (storage.kind == ir::Storage::Kind::result && storage.index == index) return s;
  }
  ir::bug("ahead of time: no such result");
}

std::string BodyWriter::storage_pointer(std::uint32_t number) {
  const ir::Storage& storage = program_.storages[number];
  switch (storage.kind) {
    case ir::Storage::Kind::parameter:
      if (function_.params[storage.index].kind == ir::ParamKind::array) {
        return text_.load_item("%frame", storage.index, "ptr");
      }
      return text_.value("getelementptr i64, ptr %frame, i64 {}", storage.index);
    case ir::Storage::Kind::result: {
      const std::size_t place = place_of_result(number), count = signature_.results.size();
      if (place >= count) return fmt::format("%check{}", place - count);
      return text_.load_item("%frame", frame_.results + place, "ptr");
    }
    case ir::Storage::Kind::temporary:
      if (storage.in_result) return storage_pointer(storage_of_result(storage.index));
      break;
  }
  return text_.value("getelementptr i8, ptr %base, i64 {}", slot_offsets_.at(storage.index));
}

std::string BodyWriter::constant_bits(ir::Scalar value) const {
  return std::to_string(static_cast<std::int64_t>(value.bits));
}

std::string BodyWriter::scalar_bits(const ir::Call::Argument& argument, DType wanted) {
  if (!argument.is_extent && argument.param < 0) {
    return constant_bits(ir::convert(argument.constant, wanted));
  }
  DType given = DType::I64;
  std::string bits;
  if (argument.is_extent) {
    bits = sizes_(argument.extent);
  } else {
    const auto p = static_cast<std::size_t>(argument.param);
    given = signature_.params[p].type.dtype;
    bits = text_.load_item("%frame", p);
  }
  if (given == wanted) return bits;
  if (given != DType::I64 || (wanted != DType::F64 && !ir::is_integer(wanted))) {
    ir::bug(fmt::format("ahead of time: a scalar is {} and its kernel wants {}", ir::name(given),
                        ir::name(wanted)));
  }
  if (ir::is_integer(wanted)) return bits;  // kernels read only the bytes they want
  const std::string number = text_.value("sitofp i64 {} to double", bits);
  return text_.value("bitcast double {} to i64", number);
}

void BodyWriter::run_call(std::size_t index) {
  const ir::Call& call = program_.calls[index];
  const ir::loops::Kernel& k = kernel(call.kernel);
  const std::string slots = fmt::format("%slots{}", index);
  SizeText sizes(text_);
  std::size_t at = 0, size = 0, scalar = 0;
  for (const ir::loops::Param& param : k.params) {
    if (param.kind == ir::loops::ParamKind::buffer) {
      text_.store_item(storage_pointer(call.buffers.at(at)), slots, at, "ptr");
    } else if (param.kind == ir::loops::ParamKind::size) {
      const std::string v = sizes_(call.sizes.at(size++));
      sizes.bind(param.name, v);
      text_.store_item(v, slots, at);
    } else {
      text_.store_item(scalar_bits(call.scalars.at(scalar++), param.type), slots, at);
    }
    ++at;
  }
  for (const std::string& offset : scratch_offsets_[index]) {
    text_.store_item(text_.value("getelementptr i8, ptr %base, i64 {}", offset), slots, at++,
                     "ptr");
  }
  for (std::size_t stage = 0; stage < k.stages.size(); ++stage) {
    run_stage(k, stage, (*variant_.symbols)[call.kernel], sizes, slots);
  }
}

void BodyWriter::run_stage(const ir::loops::Kernel& k, std::size_t stage, const std::string& symbol,
                           SizeText& sizes, const std::string& slots) {
  const ir::loops::Loop& loop = k.loops[k.nodes[k.stages[stage]].index];
  const std::string extent = sizes(loop.extent);
  const std::string code = stage_symbol(symbol, stage);
  std::string status;
  if (loop.parallel) {
    const std::string grain = sizes(loop.grain);
    status = text_.value("call i32 @arrayc.parallel(ptr @\"{}\", ptr {}, i64 {}, i64 {}, i64 {})",
                         code, slots, extent, grain, std::max(loop.width, 1));
  } else {
    status =
        text_.value("call i32 @arrayc.serial(ptr @\"{}\", ptr {}, i64 {})", code, slots, extent);
  }
  text_.line("store i32 {}, ptr %status, align 4", status);
  text_.leave_if(text_.value("icmp ne i32 {}, 0", status), "done");
}

// A position within the shape is that of a failure.
void BodyWriter::check_elements(std::size_t number) {
  const ir::Check& check = function_.checks[number];
  const std::uint32_t storage = program_.results[signature_.results.size() + number];
  const std::string position = text_.load_item(storage_pointer(storage), 0);
  const std::string count = element_count(check.shape);
  text_.line("store i32 {}, ptr %status, align 4", status_of(check.kind).code);
  text_.leave_if(text_.value("icmp ult i64 {}, {}", position, count), "done");
}

// Results that no kernel writes: arguments, and values that are results twice.
void BodyWriter::copy_results() {
  for (std::uint32_t r = 0; r < signature_.results.size(); ++r) {
    const ir::Storage& storage = program_.storages[program_.results[r]];
    if (storage.kind == ir::Storage::Kind::result && place_of_result(program_.results[r]) == r) {
      continue;
    }
    copy_storage(text_.load_item("%frame", frame_.results + r, "ptr"), program_.results[r]);
  }
}

void BodyWriter::copy_storage(const std::string& to, std::uint32_t number) {
  const ir::Storage& storage = program_.storages[number];
  const int item = ir::item_size(storage.type.dtype);
  const std::string from = storage_pointer(number);
  const std::size_t rank = storage.type.shape.size();
  const bool any_strides = strided_ && storage.kind == ir::Storage::Kind::parameter && rank > 0 &&
                           function_.params[storage.index].kind == ir::ParamKind::array;
  if (!any_strides) {
    const std::string count = element_count(storage.type.shape);
    const std::string bytes = text_.value("mul i64 {}, {}", count, item);
    text_.line("call void @llvm.memcpy.p0.p0.i64(ptr {}, ptr {}, i64 {}, i1 false)", to, from,
               bytes);
    return;
  }
  const std::string shape = text_.value("alloca [{} x i64], align 8", rank);
  const std::string dense = text_.value("alloca [{} x i64], align 8", rank);
  for (std::size_t k = 0; k < rank; ++k) text_.store_item(sizes_(storage.type.shape[k]), shape, k);
  text_.line("call void @arrayc.dense_strides(ptr {}, ptr {}, i64 {}, i64 {})", dense, shape, rank,
             item);
  const std::string strides = text_.item("%frame", frame_.strides[storage.index]);
  text_.line("call void @arrayc.copy(ptr {}, ptr {}, ptr {}, ptr {}, ptr {}, i64 {}, i64 {})", to,
             dense, from, strides, shape, rank, item);
}

}  // namespace

std::string body_text(const std::string& name, const Signature& signature, const Variant& variant,
                      bool strided) {
  std::string out;
  BodyWriter(name, signature, variant, strided, out).write();
  return out;
}

bool is_parallel(const Variant& variant) {
  return std::any_of(variant.function->program->calls.begin(),
                     variant.function->program->calls.end(), [&](const ir::Call& call) {
                       const ir::loops::Kernel& k = *(*variant.kernels)[call.kernel].loops;
                       return std::any_of(k.stages.begin(), k.stages.end(),
                                          [&](ir::loops::Id stage) {
                                            return k.loops[k.nodes[stage].index].parallel;
                                          });
                     });
}

std::string support_functions(const ir::Target& target, bool parallel) {
  std::string text(support_text);
  text += target.level > 0 ? float_environment_x86 : float_environment_aarch64;
  if (parallel) text += parallel_text;
  return text;
}

Extent peak_temporary_bytes(const Variant& variant) {
  const ir::Program& program = *variant.function->program;
  const auto bytes_of = [](const ir::Shape& shape, DType t) {
    return ir::element_count(shape) * Extent(ir::item_size(t));
  };
  std::vector<Extent> slots(program.slots, 0);
  for (const ir::Storage& storage : program.storages) {
    if (!storage.in_slot()) continue;
    Extent& slot = slots[storage.index];
    slot = max(slot, bytes_of(storage.type.shape, storage.type.dtype));
  }
  Extent scratch = 0;
  for (const ir::Call& call : program.calls) {
    const ir::loops::Kernel& k = *(*variant.kernels)[call.kernel].loops;
    Extent sum = 0;
    for (const ir::loops::Scratch& s : k.scratch) {
      sum = sum + in_program(s.count, k, call) * Extent(ir::item_size(s.type));
    }
    scratch = max(scratch, sum);
  }
  for (const Extent& slot : slots) scratch = scratch + slot;
  return scratch;
}

}  // namespace arrayc::backends
