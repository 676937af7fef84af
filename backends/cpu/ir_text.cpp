#include "backends/cpu/ir_text.h"

#include <algorithm>
#include <set>

#include "ir/diagnostic.h"

namespace arrayc::backends {

void IrText::leave_if(const std::string& condition, const std::string& label) {
  const std::string on = new_label();
  line("br i1 {}, label %{}, label %{}", condition, label, on);
  place(on);
}

std::string IrText::item(const std::string& pointer, std::size_t index) {
  return index == 0 ? pointer : value("getelementptr i64, ptr {}, i64 {}", pointer, index);
}

std::string IrText::load_item(const std::string& pointer, std::size_t index, const char* type) {
  const std::string at = item(pointer, index);
  return value("load {}, ptr {}, align 8", type, at);
}

void IrText::store_item(const std::string& value, const std::string& pointer, std::size_t index,
                        const char* type) {
  const std::string at = item(pointer, index);
  line("store {} {}, ptr {}, align 8", type, value, at);
}

bool SizeText::knows_all(const ir::Extent& e) const {
  std::set<std::string> symbols;
  e.collect_symbols(symbols);
  return std::all_of(symbols.begin(), symbols.end(), [&](const auto& s) { return knows(s); });
}

std::string SizeText::atom(const ir::ExtentAtom& atom) {
  using Kind = ir::ExtentAtom::Kind;
  if (atom.kind == Kind::symbol) {
    const auto found = symbols_.find(atom.name);
    if (found == symbols_.end()) ir::bug("ahead of time: extent " + atom.name + " is not known");
    return found->second;
  }
  const std::string a = (*this)(atom.a);
  const std::string b = (*this)(atom.b);
  if (atom.kind == Kind::broadcast) {
    const std::string one = text_.value("icmp eq i64 {}, 1", a);
    return text_.value("select i1 {}, i64 {}, i64 {}", one, b, a);
  }
  const char* function = atom.kind == Kind::floor_div ? "arrayc.floor_div"
                         : atom.kind == Kind::max     ? "llvm.smax.i64"
                                                      : "llvm.smin.i64";
  return text_.value("call i64 @{}(i64 {}, i64 {})", function, a, b);
}

std::string SizeText::operator()(const ir::Extent& e) {
  if (e.is_constant()) return std::to_string(e.constant());
  const std::string key = ir::to_string(e);
  if (const auto found = made_.find(key); found != made_.end()) return found->second;
  std::string sum = std::to_string(e.constant());
  for (const ir::Extent::Term& term : e.terms()) {
    std::string product = std::to_string(term.coefficient);
    for (const auto& factor : term.factors) {
      const std::string f = atom(*factor);
      product = product == "1" ? f : text_.value("mul i64 {}, {}", product, f);
    }
    sum = sum == "0" ? product : text_.value("add i64 {}, {}", sum, product);
  }
  made_[key] = sum;
  return sum;
}

}  // namespace arrayc::backends
