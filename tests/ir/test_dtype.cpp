#include <map>

#include "ir/diagnostic.h"
#include "ir/dtype.h"
#include "tests/catch.h"
#include "tests/ir/table.h"

namespace arrayc::ir {
namespace {

const std::map<std::string, Weak> kWeak = {{"pybool", Weak::boolean},
                                           {"int", Weak::integer},
                                           {"float", Weak::floating},
                                           {"complex", Weak::complex}};

TEST_CASE("promotion is NumPy 2's") {
  const auto rows = tests::read_table("promotion_numpy2.tsv");
  REQUIRE(rows.size() == 15);
  for (std::size_t r = 1; r < rows.size(); ++r) {
    const DType a = *parse_dtype(rows[r][0]);
    REQUIRE(rows[r].size() == 19);
    for (std::size_t c = 1; c < rows[r].size(); ++c) {
      const std::string& other = rows[0][c];
      INFO(rows[r][0] << " with " << other);
      const auto weak = kWeak.find(other);
      const DType result =
          weak != kWeak.end() ? promote_weak(a, weak->second) : promote(a, *parse_dtype(other));
      CHECK(std::string(name(result)) == rows[r][c]);
    }
  }
}

TEST_CASE("bfloat16 keeps bool and 8-bit integers, and is promoted beside float16") {
  CHECK(promote(DType::BF16, DType::Bool) == DType::BF16);
  CHECK(promote(DType::I8, DType::BF16) == DType::BF16);
  CHECK(promote(DType::BF16, DType::U8) == DType::BF16);
  CHECK(promote(DType::BF16, DType::I16) == DType::F32);
  CHECK(promote(DType::U32, DType::BF16) == DType::F64);
  CHECK(promote(DType::BF16, DType::F16) == DType::F32);
  CHECK(promote(DType::BF16, DType::F64) == DType::F64);
  CHECK(promote(DType::BF16, DType::C64) == DType::C64);
  CHECK(promote_weak(DType::BF16, Weak::floating) == DType::BF16);
  CHECK(promote_weak(DType::BF16, Weak::complex) == DType::C64);
}

TEST_CASE("promotion is symmetric, keeps what it is given, and never shrinks") {
  for (const DTypeInfo& a : all_dtypes()) {
    CHECK(promote(a.id, a.id) == a.id);
    for (const DTypeInfo& b : all_dtypes()) {
      const DType c = promote(a.id, b.id);
      CHECK(c == promote(b.id, a.id));
      CHECK(promote(c, a.id) == c);
      CHECK(item_size(c) >= item_size(a.id));
    }
  }
}

TEST_CASE("dtypes have IR names and NumPy's long names, but not its byte codes") {
  for (const DTypeInfo& row : all_dtypes()) {
    CHECK(parse_dtype(row.name) == row.id);
    CHECK(parse_dtype(row.numpy_name) == row.id);
    CHECK(&info(row.id) == &row);
  }
  CHECK(parse_dtype("int") == DType::I64);
  CHECK(parse_dtype("float") == DType::F64);
  CHECK(parse_dtype("bool_") == DType::Bool);
  CHECK(parse_dtype("i8") == DType::I8);
  CHECK(!parse_dtype("f8"));
  CHECK(!parse_dtype("<i4"));
  CHECK(!parse_dtype(""));
}

TEST_CASE("complex numbers and their parts") {
  CHECK(part_dtype(DType::C64) == DType::F32);
  CHECK(part_dtype(DType::C128) == DType::F64);
  CHECK(complex_dtype(DType::F16) == DType::C64);
  CHECK(complex_dtype(DType::F32) == DType::C64);
  CHECK(complex_dtype(DType::F64) == DType::C128);
  CHECK(complex_dtype(DType::I8) == DType::C128);
}

TEST_CASE("16-bit floats are computed in float32") {
  CHECK(arithmetic_dtype(DType::F16) == DType::F32);
  CHECK(arithmetic_dtype(DType::BF16) == DType::F32);
  for (const DType t : {DType::Bool, DType::I16, DType::F32, DType::F64, DType::C64}) {
    CHECK(arithmetic_dtype(t) == t);
    CHECK_FALSE(is_narrow_float(t));
  }
}

TEST_CASE("casting rules") {
  using enum DType;
  CHECK(can_cast(I32, F64, Casting::safe));
  CHECK_FALSE(can_cast(I64, F32, Casting::safe));
  CHECK_FALSE(can_cast(I32, F64, Casting::equiv));
  CHECK(can_cast(F64, F64, Casting::no));
  CHECK(can_cast(I64, F16, Casting::same_kind));
  CHECK(can_cast(F64, C64, Casting::same_kind));
  CHECK(can_cast(U64, I8, Casting::same_kind));
  CHECK_FALSE(can_cast(I8, U8, Casting::same_kind));
  CHECK_FALSE(can_cast(C64, F64, Casting::same_kind));
  CHECK_FALSE(can_cast(I8, Bool, Casting::same_kind));
  CHECK(can_cast(C128, Bool, Casting::unsafe));
  for (const std::string_view text : {"no", "equiv", "safe", "same_kind", "unsafe"}) {
    CHECK(name(*parse_casting(text)) == text);
  }
  CHECK_FALSE(parse_casting("save"));
}

TEST_CASE("weak scalars alone have Python's types") {
  CHECK(default_dtype(Weak::boolean) == DType::Bool);
  CHECK(default_dtype(Weak::integer) == DType::I64);
  CHECK(default_dtype(Weak::floating) == DType::F64);
  CHECK(default_dtype(Weak::complex) == DType::C128);
}

}  // namespace
}  // namespace arrayc::ir
