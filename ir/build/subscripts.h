// The two notations of np.einsum: "ij,jk->ik", and a list of numbers for each operand.
#pragma once

#include <optional>
#include <span>
#include <string_view>
#include <vector>

#include "ir/build/einsum.h"

namespace arrayc::ir::build {

// What one operand's axes, or the result's, are called: letters as their codes, numbers as they
// are, and `ellipsis` once at most.
struct Term {
  static constexpr int ellipsis = -1000;
  std::vector<int> labels;
  std::vector<Place> places;  // of the labels
  Place place;                // of the whole
  bool has_ellipsis() const;
};

struct Subscripts {
  std::vector<Term> operands;
  std::optional<Term> result;  // without it: what appears once, in NumPy's order
  bool are_letters = true;
};

// Throws NumPy's sentence for what is not well formed, at the character in question.
Subscripts parse_subscripts(std::string_view text, const TextPlaces& places, Place place);
// One list for each operand, and perhaps one for the result.
Subscripts numbered_subscripts(std::span<const EinsumIndices> lists, std::size_t operands,
                               Place place);

// The subscripts applied to operands: ellipses written out, the result's labels found, the axes of
// one operand that share a label made equal. Throws where they do not fit the operands' ranks.
Contraction contraction_of(const Subscripts& subscripts, std::span<const Value> operands,
                           Place place);

}  // namespace arrayc::ir::build
