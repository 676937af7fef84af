// Choosing the body that was compiled for a call's sizes.
#include "backends/cpu/driver.h"
#include "backends/cpu/frame.h"
#include "backends/cpu/ir_text.h"

namespace arrayc::backends {

std::string body_name(const Signature& signature, bool strided) {
  return signature.name + (strided ? ".strided" : ".dense");
}

std::string pattern_name(const std::string& body, std::size_t pattern) {
  return body + "." + std::to_string(pattern);
}

std::string dispatch_text(const std::string& body, const Signature& signature,
                          const ir::Function& function, const std::vector<ir::Pattern>& patterns,
                          bool strided) {
  std::string out =
      fmt::format("\ndefine internal i32 @{}(ptr %frame) nounwind {{\nentry:\n", body);
  const FrameLayout frame(signature, strided);
  IrText text(out);
  SizeText sizes(text);
  const auto bind = [&](const std::string& name, std::size_t item) {
    const std::string value = text.load_item("%frame", item);
    sizes.bind(name, value);
    sizes.bind("$" + name, value);
  };
  for (std::size_t p = 0; p < function.params.size(); ++p) {
    if (function.params[p].kind == ir::ParamKind::size) bind(function.params[p].name, p);
  }
  for (std::size_t s = 0; s < signature.symbols.size(); ++s) {
    bind(signature.symbols[s], frame.symbols + s);
  }
  std::vector<std::string> holds;
  for (const ir::Pattern& pattern : patterns) {
    std::string all = "true";
    for (const ir::Guard& guard : pattern) {
      const std::string a = sizes(guard.a), b = sizes(guard.b);
      const std::string equal = text.value("icmp eq i64 {}, {}", a, b);
      all = all == "true" ? equal : text.value("and i1 {}, {}", all, equal);
    }
    holds.push_back(std::move(all));
  }
  for (std::size_t p = 0; p <= patterns.size(); ++p) {
    const bool last = p == patterns.size();
    const std::string next = text.new_label();
    if (!last) {
      const std::string here = text.new_label();
      text.line("br i1 {}, label %{}, label %{}", holds[p], here, next);
      text.place(here);
    }
    const std::string status =
        text.value("call i32 @{}(ptr %frame)", pattern_name(body, last ? 0 : p));
    text.line("ret i32 {}", status);
    if (!last) text.place(next);
  }
  return out + "}\n";
}

}  // namespace arrayc::backends
