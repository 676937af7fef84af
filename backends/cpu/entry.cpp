// The C functions of an object made ahead of time.
#include "arrayc/abi.h"
#include "backends/cpu/driver.h"
#include "backends/cpu/frame.h"
#include "backends/cpu/ir_text.h"
#include "runtime/planted.h"

namespace arrayc::backends {

namespace {

using ir::DType;

const char* llvm_type(DType t) {
  if (t == DType::F32) return "float";
  if (t == DType::F64) return "double";
  switch (ir::item_size(t)) {
    case 1:
      return "i8";
    case 2:
      return "i16";
    case 4:
      return "i32";
    default:
      return "i64";
  }
}

bool by_value(const Signature::Argument& a) { return a.kind != ir::ParamKind::array; }

// `int name(const double* a, double p, double* result, int64_t n)`: packs the frame.
void write_dense(const Signature& signature, std::string& out) {
  const FrameLayout frame(signature, false);
  std::vector<std::string> args;
  std::string stores;
  IrText text(stores);
  std::size_t at = 0;
  const auto add = [&](const char* type) {
    args.push_back(fmt::format("{} %a{}", type, at));
    text.store_item(fmt::format("%a{}", at), "%frame", at, type);
    ++at;
  };
  for (const auto& param : signature.params)
    add(by_value(param) ? llvm_type(param.type.dtype) : "ptr");
  for (std::size_t r = 0; r < signature.results.size(); ++r) add("ptr");
  for (std::size_t s = 0; s < signature.symbols.size(); ++s) add("i64");
  out += fmt::format("\ndefine i32 @{}({}) nounwind {{\nentry:\n", signature.name,
                     fmt::join(args, ", "));
  out += fmt::format("  %frame = alloca [{} x i64], align 8\n{}", frame.size + 1, stores);
  out += "  %environment = call i32 @arrayc.enter()\n";
  out += fmt::format("  %status = call i32 @{}.dense(ptr %frame)\n", signature.name);
  out += "  call void @arrayc.leave(i32 %environment)\n  ret i32 %status\n}\n";
}

// `int name_nd(const arrayc_array* a, …)`: checks descriptors, fills the frame, chooses the body.
class DescriptorWriter {
 public:
  DescriptorWriter(const Signature& signature, const ir::Function& function, bool has_strided,
                   std::string& out)
      : signature_(signature),
        function_(function),
        has_strided_(has_strided),
        frame_(signature, true),
        text_(out),
        sizes_(text_),
        out_(out) {
    for (const auto& param : signature.params) arrays_.push_back(&param);
    for (const auto& result : signature.results) arrays_.push_back(&result);
  }

  void write();

 private:
  void fail_if(const std::string& condition, int status);
  void check_type(std::size_t array);
  void bind_extents();
  void check_extents();
  void fill_frame();
  void provide_result(std::size_t result);
  void call_body();
  void put_results();
  std::string field(std::size_t array, int offset, const char* type);
  std::size_t first_result() const { return signature_.params.size(); }
  std::size_t rank(std::size_t array) const { return arrays_[array]->type.shape.size(); }

  const Signature& signature_;
  const ir::Function& function_;
  bool has_strided_;
  FrameLayout frame_;
  IrText text_;
  SizeText sizes_;
  std::string& out_;
  std::vector<const Signature::Argument*> arrays_;  // parameters, results
  std::vector<std::string> shapes_;                 // of each array
};

std::string DescriptorWriter::field(std::size_t array, int offset, const char* type) {
  const std::string at = text_.value("getelementptr i8, ptr %a{}, i64 {}", array, offset);
  return text_.value("load {}, ptr {}, align {}", type, at, type[0] == 'i' ? 4 : 8);
}

void DescriptorWriter::fail_if(const std::string& condition, int status) {
  text_.line("store i32 {}, ptr %status, align 4", status);
  text_.leave_if(condition, "done");
}

void DescriptorWriter::check_type(std::size_t array) {
  const std::string dtype = field(array, 8, "i32");
  const std::string ndim = field(array, 12, "i32");
  const int wanted = static_cast<int>(arrays_[array]->type.dtype);
  fail_if(text_.value("icmp ne i32 {}, {}", dtype, wanted), ARRAYC_BAD_DTYPE);
  fail_if(text_.value("icmp ne i32 {}, {}", ndim, rank(array)), ARRAYC_BAD_DTYPE);
}

// Symbols get their values from size parameters, then from shapes in order, then from arguments.
void DescriptorWriter::bind_extents() {
  const auto bind = [&](const std::string& symbol, const std::string& value) {
    sizes_.bind(symbol, value);
    sizes_.bind("$" + symbol, value);
  };
  for (std::size_t p = 0; p < signature_.params.size(); ++p) {
    if (signature_.params[p].kind != ir::ParamKind::size) continue;
    bind(function_.params[p].name, text_.load_item(field(p, 0, "ptr"), 0));
  }
  for (std::size_t a = 0; a < arrays_.size(); ++a) {
    shapes_.push_back(rank(a) == 0 ? "null" : field(a, 16, "ptr"));
    for (std::size_t k = 0; k < rank(a); ++k) {
      const std::string& symbol = arrays_[a]->type.shape[k].symbol_name();
      if (symbol.empty() || sizes_.knows(symbol)) continue;
      bind(symbol, text_.load_item(shapes_[a], k));
    }
  }
  for (std::size_t s = 0; s < signature_.symbols.size(); ++s) {
    if (!sizes_.knows(signature_.symbols[s])) bind(signature_.symbols[s], fmt::format("%n{}", s));
  }
}

void DescriptorWriter::check_extents() {
  for (std::size_t a = 0; a < arrays_.size(); ++a) {
    for (std::size_t k = 0; k < rank(a); ++k) {
      const std::string wanted = sizes_(arrays_[a]->type.shape[k]);
      const std::string given = text_.load_item(shapes_[a], k);
      fail_if(text_.value("icmp ne i64 {}, {}", given, wanted), ARRAYC_BAD_SHAPE);
      fail_if(text_.value("icmp slt i64 {}, 0", given), ARRAYC_BAD_SHAPE);
    }
  }
}

void DescriptorWriter::fill_frame() {
  for (std::size_t p = 0; p < signature_.params.size(); ++p) {
    const Signature::Argument& param = signature_.params[p];
    const std::string data = field(p, 0, "ptr");
    if (by_value(param)) {
      const char* type = llvm_type(param.type.dtype);
      const std::string v = text_.value("load {}, ptr {}, align 1", type, data);
      text_.store_item(v, "%frame", p, type);
      continue;
    }
    text_.store_item(data, "%frame", p, "ptr");
    if (rank(p) == 0) continue;
    const std::string strides = field(p, 24, "ptr");
    for (std::size_t k = 0; k < rank(p); ++k) {
      text_.store_item(text_.load_item(strides, k), "%frame", frame_.strides[p] + k);
    }
  }
  for (std::size_t s = 0; s < signature_.symbols.size(); ++s) {
    text_.store_item(sizes_(ir::Extent::symbol(signature_.symbols[s])), "%frame",
                     frame_.symbols + s);
  }
}

// Bodies write C-contiguous results: another result's elements are put in place afterwards.
void DescriptorWriter::provide_result(std::size_t r) {
  const std::size_t array = first_result() + r;
  const int item = ir::item_size(arrays_[array]->type.dtype);
  text_.store_item(field(array, 0, "ptr"), "%frame", frame_.results + r, "ptr");
  if (rank(array) == 0) return;
  const std::string fits = text_.value("call i1 @arrayc.contiguous(ptr %a{}, i64 {})", array, item);
  const std::string other = text_.new_label(), on = text_.new_label();
  text_.line("br i1 {}, label %{}, label %{}", fits, on, other);
  text_.place(other);
  std::string bytes = std::to_string(item);
  for (std::size_t k = 0; k < rank(array); ++k) {
    const std::string extent = text_.load_item(shapes_[array], k);
    bytes = text_.value("call i64 @arrayc.bytes(i64 {}, i64 {})", bytes, extent);
  }
  const std::string memory = text_.value("call ptr @malloc(i64 {})", bytes);
  text_.line("store ptr {}, ptr %temporary{}, align 8", memory, r);
  fail_if(text_.value("icmp eq ptr {}, null", memory), ARRAYC_OUT_OF_MEMORY);
  text_.store_item(memory, "%frame", frame_.results + r, "ptr");
  text_.line("br label %{}", on);
  text_.place(on);
}

void DescriptorWriter::call_body() {
  text_.line("%environment = call i32 @arrayc.enter()");
  std::string dense = "true";
  for (std::size_t p = 0; has_strided_ && p < signature_.params.size(); ++p) {
    if (by_value(signature_.params[p]) || rank(p) == 0) continue;
    const std::string fits = text_.value("call i1 @arrayc.contiguous(ptr %a{}, i64 {})", p,
                                         ir::item_size(signature_.params[p].type.dtype));
    const char* join = planted(runtime::Plant::aot_contiguous) ? "or" : "and";
    dense = dense == "true" ? fits : text_.value("{} i1 {}, {}", join, dense, fits);
  }
  if (has_strided_) {
    text_.line("br i1 {}, label %dense, label %strided", dense);
    text_.place("strided");
    const std::string status = text_.value("call i32 @{}.strided(ptr %frame)", signature_.name);
    text_.line("store i32 {}, ptr %status, align 4", status);
    text_.line("br label %ran");
    text_.place("dense");
  }
  const std::string status = text_.value("call i32 @{}.dense(ptr %frame)", signature_.name);
  text_.line("store i32 {}, ptr %status, align 4", status);
  text_.line("br label %ran");
  text_.place("ran");
  text_.line("call void @arrayc.leave(i32 %environment)");
  const std::string result = text_.value("load i32, ptr %status, align 4");
  text_.leave_if(text_.value("icmp ne i32 {}, 0", result), "done");
}

void DescriptorWriter::put_results() {
  for (std::size_t r = 0; r < signature_.results.size(); ++r) {
    const std::size_t array = first_result() + r;
    if (rank(array) == 0) continue;
    const int item = ir::item_size(arrays_[array]->type.dtype);
    const std::string from = text_.value("load ptr, ptr %temporary{}, align 8", r);
    const std::string none = text_.value("icmp eq ptr {}, null", from);
    const std::string put = text_.new_label(), on = text_.new_label();
    text_.line("br i1 {}, label %{}, label %{}", none, on, put);
    text_.place(put);
    const std::string to = field(array, 0, "ptr");
    const std::string strides = field(array, 24, "ptr");
    text_.line("call void @arrayc.dense_strides(ptr %dense{}, ptr {}, i64 {}, i64 {})", r,
               shapes_[array], rank(array), item);
    text_.line(
        "call void @arrayc.copy(ptr {}, ptr {}, ptr {}, ptr %dense{}, ptr {}, i64 {}, i64 {})", to,
        strides, from, r, shapes_[array], rank(array), item);
    text_.line("br label %{}", on);
    text_.place(on);
  }
}

void DescriptorWriter::write() {
  std::vector<std::string> args;
  for (std::size_t a = 0; a < arrays_.size(); ++a) args.push_back(fmt::format("ptr %a{}", a));
  for (const std::size_t s : symbols_without_shape(signature_))
    args.push_back(fmt::format("i64 %n{}", s));
  out_ += fmt::format("\ndefine i32 @{}_nd({}) nounwind {{\nentry:\n", signature_.name,
                      fmt::join(args, ", "));
  text_.line("%status = alloca i32, align 4");
  text_.line("%frame = alloca [{} x i64], align 8", frame_.size + 1);
  for (std::size_t r = 0; r < signature_.results.size(); ++r) {
    text_.line("%temporary{} = alloca ptr, align 8", r);
    text_.line("%dense{} = alloca [{} x i64], align 8", r, rank(first_result() + r) + 1);
    text_.line("store ptr null, ptr %temporary{}, align 8", r);
  }
  for (std::size_t a = 0; a < arrays_.size(); ++a) check_type(a);
  bind_extents();
  check_extents();
  fill_frame();
  for (std::size_t r = 0; r < signature_.results.size(); ++r) provide_result(r);
  call_body();
  put_results();
  text_.line("br label %done");
  text_.place("done");
  for (std::size_t r = 0; r < signature_.results.size(); ++r) {
    const std::string memory = text_.value("load ptr, ptr %temporary{}, align 8", r);
    text_.line("call void @free(ptr {})", memory);
  }
  const std::string status = text_.value("load i32, ptr %status, align 4");
  text_.line("ret i32 {}", status);
  out_ += "}\n";
}

}  // namespace

std::string entry_text(const Signature& signature, const ir::Function& function, bool has_strided) {
  std::string out;
  write_dense(signature, out);
  DescriptorWriter(signature, function, has_strided, out).write();
  return out;
}

}  // namespace arrayc::backends
