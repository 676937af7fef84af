// Subscripts as np.einsum reads them, and the one node that every contraction becomes.
#include "ir/build/einsum.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <utility>

namespace arrayc::ir::build {

namespace {

// Labels of the axes under an ellipsis: ellipsis - k is the k-th from the right.
constexpr int ellipsis = -1000;
bool is_ellipsis(int label) { return label <= ellipsis; }

struct Term {
  std::vector<int> labels;  // letters; `ellipsis` once at most
  bool has_ellipsis() const {
    return std::find(labels.begin(), labels.end(), ellipsis) != labels.end();
  }
};

struct Subscripts {
  std::vector<Term> operands;
  std::optional<Term> result;
};

bool is_letter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }

[[noreturn]] void bad_subscripts(std::string message, Place place) {
  user_error("einstein sum subscript" + std::move(message), place);
}

// Reads one term from `text` at `at`; stops at ',' or "->" or the end.
Term read_term(std::string_view text, std::size_t& at, const std::string& whose, Place place) {
  Term term;
  while (at < text.size() && text[at] != ',' && text[at] != '-') {
    const char c = text[at];
    if (c == '.') {
      if (text.substr(at, 3) != "..." || term.has_ellipsis()) {
        bad_subscripts(fmt::format("s string contains a '.' that is not part of an ellipsis "
                                   "('...') in {}",
                                   whose),
                       place);
      }
      term.labels.push_back(ellipsis);
      at += 3;
      continue;
    }
    if (is_letter(c)) {
      term.labels.push_back(c);
    } else if (c != ' ') {
      user_error(fmt::format("invalid subscript '{}' in einstein sum subscripts string, "
                             "subscripts must be letters",
                             c),
                 place);
    }
    ++at;
  }
  return term;
}

Subscripts parse(std::string_view text, Place place) {
  Subscripts result;
  std::size_t at = 0;
  while (true) {
    const std::string whose = fmt::format("operand {}", result.operands.size());
    result.operands.push_back(read_term(text, at, whose, place));
    if (at == text.size()) return result;
    if (text[at] == '-') break;
    ++at;
  }
  if (text.substr(at, 2) != "->") {
    bad_subscripts(" string does not contain proper '->' output specified", place);
  }
  at += 2;
  Term output = read_term(text, at, "the output", place);
  if (at < text.size()) {
    user_error(fmt::format("invalid subscript '{}' in einstein sum subscripts string, subscripts "
                           "must be letters",
                           text[at]),
               place);
  }
  result.result = std::move(output);
  return result;
}

// The label of each axis of operand i.
std::vector<int> expand(const Term& term, const Value& x, std::size_t i, Place place) {
  const bool dots = term.has_ellipsis();
  const int letters = static_cast<int>(term.labels.size()) - (dots ? 1 : 0);
  if (letters > x.rank()) {
    bad_subscripts(fmt::format("s string contains too many subscripts for operand {}", i), place);
  }
  if (letters < x.rank() && !dots) {
    user_error(
        "operand has more dimensions than subscripts given in einstein sum, but no '...' "
        "ellipsis provided to broadcast the extra dimensions.",
        place);
  }
  std::vector<int> labels;
  for (const int label : term.labels) {
    if (label != ellipsis) {
      labels.push_back(label);
      continue;
    }
    for (int k = x.rank() - letters - 1; k >= 0; --k) labels.push_back(ellipsis - k);
  }
  return labels;
}

std::vector<int> output_labels(const Subscripts& subscripts,
                               const std::vector<std::vector<int>>& operands, Place place) {
  int dots = 0;
  std::map<int, int> counts;  // of letters, in NumPy's order
  for (const auto& labels : operands) {
    for (const int label : labels) {
      if (is_ellipsis(label)) {
        dots = std::max(dots, ellipsis - label + 1);
      } else {
        ++counts[label];
      }
    }
  }
  std::vector<int> result;
  const auto add_dots = [&] {
    for (int k = dots - 1; k >= 0; --k) result.push_back(ellipsis - k);
  };
  if (!subscripts.result) {
    add_dots();
    for (const auto& [label, count] : counts) {
      if (count == 1) result.push_back(label);
    }
    return result;
  }
  for (const int label : subscripts.result->labels) {
    if (label == ellipsis) {
      add_dots();
      continue;
    }
    const std::string letter(1, static_cast<char>(label));
    if (!counts.contains(label)) {
      bad_subscripts(fmt::format("s string included output subscript '{}' which never appeared in "
                                 "an input",
                                 letter),
                     place);
    }
    if (std::find(result.begin(), result.end(), label) != result.end()) {
      bad_subscripts(fmt::format("s string includes output subscript '{}' multiple times", letter),
                     place);
    }
    result.push_back(label);
  }
  if (dots > 0 && !subscripts.result->has_ellipsis()) {
    user_error(
        "output has more dimensions than subscripts given in einstein sum, but no '...' "
        "ellipsis provided to broadcast the extra dimensions.",
        place);
  }
  return result;
}

// np.einsum's: each operand's shape, and how its axes lie in the result and then the sums.
std::string mismatch_message(const Contraction& c) {
  if (c.message) return c.message();
  std::vector<int> order = c.result;
  std::map<int, bool> rest;
  for (const auto& labels : c.labels) {
    for (const int label : labels) rest[label] = true;
  }
  for (const auto& [label, unused] : rest) {
    if (std::find(order.begin(), order.end(), label) == order.end()) order.push_back(label);
  }
  std::string message =
      "operands could not be broadcast together with remapped shapes [original->remapped]: ";
  for (std::size_t i = 0; i < c.operands.size(); ++i) {
    const Shape& shape = c.operands[i].shape();
    std::string remapped;
    int written = 0;
    for (const int label : order) {
      const auto at = std::find(c.labels[i].begin(), c.labels[i].end(), label);
      if (at == c.labels[i].end() && remapped.empty()) continue;
      remapped += remapped.empty() ? "" : ",";
      remapped += at == c.labels[i].end()
                      ? "newaxis"
                      : extent_template(shape[static_cast<std::size_t>(at - c.labels[i].begin())]);
      ++written;
    }
    message += fmt::format("{}->({}{}) ", shape_template(shape), remapped, written == 1 ? "," : "");
  }
  return message;
}

// Axes of one operand with one label have one length.
Value with_equal_axes(const Contraction& c, std::size_t i, Place place) {
  Value x = c.operands[i];
  for (std::size_t k = 0; k < x.shape().size(); ++k) {
    const int label = c.labels[i][k];
    const auto first = static_cast<std::size_t>(
        std::find(c.labels[i].begin(), c.labels[i].end(), label) - c.labels[i].begin());
    Shape shape = x.shape();
    const Extent wanted = shape[first];
    const Extent own = std::exchange(shape[k], wanted);
    x = fitted(x, shape, place, [&] {
      const std::string where =
          c.operands.size() == 1 ? "single operand" : fmt::format("operand {}", i);
      return fmt::format("dimensions in {} for collapsing index '{}' don't match ({} != {})", where,
                         is_ellipsis(label) ? '.' : static_cast<char>(label),
                         extent_template(wanted), extent_template(own));
    });
  }
  return x;
}

// The extent of each label, 1 only where all axes have length 1.
std::map<int, Extent> label_extents(const Contraction& c, Place place) {
  std::map<int, Extent> extents;
  for (std::size_t i = 0; i < c.operands.size(); ++i) {
    const Shape& shape = c.operands[i].shape();
    for (std::size_t k = 0; k < shape.size(); ++k) {
      const int label = c.labels[i][k];
      const auto [at, is_new] = extents.emplace(label, shape[k]);
      if (is_new) continue;
      const bool exact = c.exact.contains(label);
      if (never_equal(at->second, shape[k]) &&
          (exact || (never_equal(at->second, 1) && never_equal(shape[k], 1)))) {
        user_error(without_values(exact ? c.exact.at(label)() : mismatch_message(c)), place);
      }
      if (!exact) {
        at->second = broadcast(at->second, shape[k]);
      } else if (shape[k].is_constant()) {
        at->second = shape[k];
      }
    }
  }
  return extents;
}

// Operand i with the extents of its labels; axes of length 1 stay as they are, unless they are
// exact.
Value with_label_extents(const Contraction& c, std::size_t i, const std::map<int, Extent>& extents,
                         Place place) {
  Value x = c.operands[i];
  Shape wide = x.shape();
  for (std::size_t k = 0; k < wide.size(); ++k) {
    const int label = c.labels[i][k];
    if (c.exact.contains(label)) {
      Shape shape = x.shape();
      wide[k] = shape[k] = extents.at(label);
      x = fitted(x, shape, place, c.exact.at(label));
    } else if (!wide[k].is(1)) {
      wide[k] = extents.at(label);
    }
  }
  const Shape shapes[] = {x.shape(), wide};
  return stretch(x, wide, place, demand(shapes, [&] { return mismatch_message(c); }));
}

}  // namespace

Value contract(Contraction c, Place place) {
  for (std::size_t i = 0; i < c.operands.size(); ++i) {
    c.operands[i] = strong(c.operands[i], place);
    c.operands[i] = with_equal_axes(c, i, place);
  }
  const DType dtype = common_dtype(c.operands);
  const DType summed = arithmetic_dtype(dtype);  // f16 and bf16 are summed as f32
  const std::map<int, Extent> extents = label_extents(c, place);
  EinsumAttr attr;
  std::map<int, std::int32_t> numbers;
  std::vector<Value> operands;
  for (std::size_t i = 0; i < c.operands.size(); ++i) {
    const Value x = with_label_extents(c, i, extents, place);
    std::vector<std::int64_t> stretched;
    attr.operands.emplace_back();
    for (std::size_t k = 0; k < x.shape().size(); ++k) {
      const int label = c.labels[i][k];
      if (x.shape()[k].is(1) && !extents.at(label).is(1)) {
        stretched.push_back(static_cast<std::int64_t>(k));
        continue;
      }
      const auto next = static_cast<std::int32_t>(numbers.size());
      attr.operands.back().push_back(numbers.emplace(label, next).first->second);
    }
    const Value narrow = stretched.empty() ? x : squeeze(x, stretched, place);
    operands.push_back(cast(cast(narrow, dtype, place), summed, place));
  }
  for (const int label : c.result) attr.result.push_back(numbers.at(label));
  const Value result =
      make(operation(Op::einsum, std::move(attr)), std::move(operands), place, summed);
  return cast(result, dtype, place);
}

Value einsum(std::string_view subscripts, std::span<const Value> operands, Place place) {
  if (operands.empty()) {
    user_error("must specify the einstein sum subscripts string and at least one operand", place);
  }
  const Subscripts parsed = parse(subscripts, place);
  if (parsed.operands.size() != operands.size()) {
    const bool more = operands.size() > parsed.operands.size();
    user_error(fmt::format("{} operands provided to einstein sum function than specified in the "
                           "subscripts string",
                           more ? "more" : "fewer"),
               place);
  }
  Contraction c;
  for (std::size_t i = 0; i < operands.size(); ++i) {
    c.operands.push_back(operands[i]);
    c.labels.push_back(expand(parsed.operands[i], operands[i], i, place));
  }
  c.result = output_labels(parsed, c.labels, place);
  return contract(std::move(c), place);
}

}  // namespace arrayc::ir::build
