#include "ir/build/subscripts.h"

#include <fmt/format.h>

#include <algorithm>
#include <limits>
#include <map>
#include <utility>

namespace arrayc::ir::build {

namespace {

constexpr int ellipsis =
    Term::ellipsis;  // in expanded labels, ellipsis - k: the k-th from the right
bool is_ellipsis(int label) { return label <= ellipsis; }
bool is_letter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }

bool contains(const std::vector<int>& labels, int label) {
  return std::find(labels.begin(), labels.end(), label) != labels.end();
}

[[noreturn]] void bad_subscripts(std::string message, Place place, std::string note = {}) {
  user_error("einstein sum subscripts string " + std::move(message), place, std::move(note));
}

// How NumPy's sentences call a label: numbers are letters to it, capitals first.
std::string label_text(int label, bool is_letter_code) {
  if (is_letter_code) return std::string(1, static_cast<char>(label));
  if (label < 26) return std::string(1, static_cast<char>('A' + label));
  if (label < 52) return std::string(1, static_cast<char>('a' + label - 26));
  return std::to_string(label);
}
std::string label_note(int label, bool is_letter_code) {
  if (is_letter_code || label >= 52) return {};
  return fmt::format("'{}' stands for the index {}", label_text(label, false), label);
}

// Reads subscripts from the left.
class Reader {
 public:
  Reader(std::string_view text, const TextPlaces& places, Place place)
      : text_(text), places_(places), place_(place) {}

  Subscripts read() {
    Subscripts result;
    while (true) {
      result.operands.push_back(term(fmt::format("operand {}", result.operands.size())));
      if (at_ == text_.size()) return result;
      if (text_[at_] == '-') break;
      ++at_;
    }
    if (text_.substr(at_, 2) != "->") {
      user_error("einstein sum subscript string does not contain proper '->' output specified",
                 here());
    }
    at_ += 2;
    result.result = term("the output");
    if (at_ < text_.size()) bad_character();
    return result;
  }

 private:
  Place here() const { return places_ ? places_(at_) : place_; }

  [[noreturn]] void bad_character() const {
    const auto c = static_cast<unsigned char>(text_[at_]);
    const std::string shown =
        c >= 0x20 && c < 0x7f ? std::string(1, text_[at_]) : fmt::format("\\x{:02x}", c);
    user_error(fmt::format("invalid subscript '{}' in einstein sum subscripts string, subscripts "
                           "must be letters",
                           shown),
               here());
  }

  // Up to ',' or '-' or the end.
  Term term(const std::string& whose) {
    Term result;
    result.place = here();
    for (; at_ < text_.size() && text_[at_] != ',' && text_[at_] != '-'; ++at_) {
      const char c = text_[at_];
      if (c == ' ') continue;
      if (c == '.') {
        if (text_.substr(at_, 3) != "..." || result.has_ellipsis()) {
          bad_subscripts(
              fmt::format("contains a '.' that is not part of an ellipsis ('...') in {}", whose),
              here());
        }
      } else if (!is_letter(c)) {
        bad_character();
      }
      result.labels.push_back(c == '.' ? ellipsis : c);
      result.places.push_back(here());
      if (c == '.') at_ += 2;
    }
    return result;
  }

  std::string_view text_;
  const TextPlaces& places_;
  Place place_;
  std::size_t at_ = 0;
};

Term numbered_term(const EinsumIndices& indices, Place place) {
  Term term;
  term.place = place;
  for (const std::int64_t index : indices) {
    if (index == einsum_ellipsis) {
      if (term.has_ellipsis()) user_error("each subscripts list may have only one ellipsis", place);
      term.labels.push_back(ellipsis);
    } else if (index < 0 || index > std::numeric_limits<int>::max()) {
      user_error("subscript is not within the valid range [0, 2147483648)", place,
                 fmt::format("it is {}", index));
    } else {
      term.labels.push_back(static_cast<int>(index));
    }
    term.places.push_back(place);
  }
  return term;
}

// The label of each axis of operand i, with its place.
std::vector<int> expand(const Term& term, const Value& x, std::size_t i,
                        std::vector<Place>& places) {
  const bool dots = term.has_ellipsis();
  const int letters = static_cast<int>(term.labels.size()) - (dots ? 1 : 0);
  if (letters > x.rank()) {
    int left = x.rank();
    std::size_t first_more = 0;
    while (is_ellipsis(term.labels[first_more]) || left-- > 0) ++first_more;
    bad_subscripts(fmt::format("contains too many subscripts for operand {}", i),
                   term.places[first_more],
                   fmt::format("it has {} axes and {} subscripts", x.rank(), letters));
  }
  if (letters < x.rank() && !dots) {
    user_error(
        "operand has more dimensions than subscripts given in einstein sum, but no '...' "
        "ellipsis provided to broadcast the extra dimensions.",
        term.place, fmt::format("operand {} has {} axes and {} subscripts", i, x.rank(), letters));
  }
  std::vector<int> labels;
  for (std::size_t k = 0; k < term.labels.size(); ++k) {
    const int copies = is_ellipsis(term.labels[k]) ? x.rank() - letters : 1;
    for (int copy = copies - 1; copy >= 0; --copy) labels.push_back(term.labels[k] - copy);
    places.resize(labels.size(), term.places[k]);
  }
  return labels;
}

std::vector<int> result_labels(const Subscripts& subscripts,
                               const std::vector<std::vector<int>>& operands) {
  int dots = 0;
  std::map<int, int> counts;  // of what the ellipses do not stand for, in NumPy's order
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
  const Term& term = *subscripts.result;
  for (std::size_t k = 0; k < term.labels.size(); ++k) {
    const int label = term.labels[k];
    if (is_ellipsis(label)) {
      add_dots();
      continue;
    }
    const std::string text = label_text(label, subscripts.are_letters);
    const std::string note = label_note(label, subscripts.are_letters);
    if (!counts.contains(label)) {
      bad_subscripts(
          fmt::format("included output subscript '{}' which never appeared in an input", text),
          term.places[k], note);
    }
    if (contains(result, label)) {
      bad_subscripts(fmt::format("includes output subscript '{}' multiple times", text),
                     term.places[k], note);
    }
    result.push_back(label);
  }
  if (dots > 0 && !term.has_ellipsis()) {
    user_error(
        "output has more dimensions than subscripts given in einstein sum, but no '...' "
        "ellipsis provided to broadcast the extra dimensions.",
        term.place);
  }
  return result;
}

// Axes of operand i with one label have one length.
Value with_equal_axes(const Contraction& c, std::size_t i, bool letters) {
  Value x = c.operands[i];
  const std::vector<int>& labels = c.labels[i];
  bool kept = c.operands.size() == 1;  // a view of the operand, as far as axes have been looked at
  for (std::size_t k = 0; k < labels.size(); ++k) {
    kept = kept && contains(c.result, labels[k]);
    const auto first = static_cast<std::size_t>(std::find(labels.begin(), labels.end(), labels[k]) -
                                                labels.begin());
    Shape shape = x.shape();
    const Extent wanted = shape[first];
    const Extent own = std::exchange(shape[k], wanted);
    x = fitted(x, shape, c.places[i][k], [&] {
      return fmt::format("dimensions in {} for collapsing index '{}' don't match ({} != {})",
                         kept ? "single operand" : fmt::format("operand {}", i),
                         label_text(labels[k], letters), extent_template(wanted),
                         extent_template(own));
    });
  }
  return x;
}

// NumPy has the two words the wrong way round.
void check_count(const Subscripts& subscripts, std::size_t operands, Place place) {
  const std::size_t terms = subscripts.operands.size();
  if (terms == operands) return;
  user_error(fmt::format("{} operands provided to einstein sum function than specified in the "
                         "subscripts string",
                         operands < terms ? "more" : "fewer"),
             operands < terms ? subscripts.operands[operands].place : place,
             fmt::format("{} operand{} for {} term{}", operands, operands == 1 ? "" : "s", terms,
                         terms == 1 ? "" : "s"));
}

}  // namespace

bool Term::has_ellipsis() const { return contains(labels, ellipsis); }

Subscripts parse_subscripts(std::string_view text, const TextPlaces& places, Place place) {
  return Reader(text, places, place).read();
}

Subscripts numbered_subscripts(std::span<const EinsumIndices> lists, std::size_t operands,
                               Place place) {
  Subscripts result;
  result.are_letters = false;
  for (const EinsumIndices& list : lists) {
    if (result.operands.size() < operands) {
      result.operands.push_back(numbered_term(list, place));
    } else {
      result.result = numbered_term(list, place);
    }
  }
  return result;
}

Contraction contraction_of(const Subscripts& subscripts, std::span<const Value> operands,
                           Place place) {
  check_count(subscripts, operands.size(), place);
  if (operands.size() > most_einsum_operands) {
    user_error("too many operands", place,
               fmt::format("einsum takes up to {}", most_einsum_operands));
  }
  Contraction c;
  c.places.resize(operands.size());
  for (std::size_t i = 0; i < operands.size(); ++i) {
    c.operands.push_back(strong(operands[i], place));
    c.labels.push_back(expand(subscripts.operands[i], operands[i], i, c.places[i]));
  }
  c.result = result_labels(subscripts, c.labels);
  for (std::size_t i = 0; i < operands.size(); ++i) {
    c.operands[i] = with_equal_axes(c, i, subscripts.are_letters);
  }
  return c;
}

}  // namespace arrayc::ir::build
