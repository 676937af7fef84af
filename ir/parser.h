// Reading the pieces of a module's text.
#pragma once

#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

#include "ir/guarded_extents.h"
#include "ir/module.h"
#include "ir/reader.h"
#include "ir/registry.h"

namespace arrayc::ir {

// Reads the nodes of one function.
class GraphReader {
 public:
  GraphReader(Reader& reader, const Registry& registry, Function& function,
              GuardedExtents& extents);

  void definition();  // %2 = add %0, %1 : f64[n]
  void param_line();  // what follows `param`: %x
  NodeId operand();   // %x or add(%x, %y)

 private:
  struct Draft {  // an operation as far as it is read
    Token at;
    Operation operation;
    std::vector<NodeId> operands;
    std::optional<DType> asked;  // by convert
    std::optional<Literal> literal;
    Weak weak = Weak::strong;
    std::optional<Tree> tree;
  };

  NodeId operation(bool nested);
  void operation_name(Draft& draft);
  const Ufunc& ufunc();
  void arguments(Draft& draft);
  void operands(Draft& draft, int count);
  void keyword(std::string_view name);
  std::int32_t one_axis();
  void reduce_arguments(Draft& draft);
  void constant_arguments(Draft& draft);
  void einsum_arguments(Draft& draft);
  EinsumAttr subscripts();
  std::vector<std::int32_t> einsum_indices();
  SliceAttr slices();
  Slice slice();
  std::vector<ViewAxis> view_axes();
  ViewAxis view_axis();
  NodeId finish(Draft& draft, const std::optional<Type>& stated);
  DType result_dtype(const Draft& draft, std::span<const Type> types,
                     const std::optional<Type>& stated);
  void complete(Draft& draft, std::span<const Type> types, const std::optional<Type>& stated);
  Type checked_type(const Draft& draft, std::span<const Type> types, DType dtype,
                    const std::optional<Type>& stated);
  NodeId place_param(std::size_t index, const Type& type);
  void fill_gap(std::string_view number);

  Reader& reader_;
  const Registry& registry_;
  Function& function_;
  GuardedExtents& extents_;
  int depth_ = 0;
  std::unordered_map<std::string, std::size_t> params_;  // by key
  std::unordered_map<std::string, NodeId> nodes_;        // by key
  std::vector<NodeId> param_nodes_;
  std::size_t next_param_ = 0;
};

// The kernel names in a program's calls, "" for those that give a number.
using CallNames = std::vector<std::pair<std::string, Token>>;

// What follows the word `program`.
Program parse_program(Reader& reader, const Function& function, CallNames& names);

// What follows the word `kernel`.
loops::Kernel parse_kernel(Reader& reader, const Registry& registry);

}  // namespace arrayc::ir
