// The C++ interface: what each function records and computes, against NumPy's results.
#include <arrayc/arrayc.h>
#include <unistd.h>

#include <cmath>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <limits>
#include <memory>
#include <sstream>

#include "ir/ufunc.h"
#include "tests/catch.h"

namespace ac = arrayc;
using ac::Array;

namespace {

std::string text(const Array& a) { return ac::str(a); }

std::string printed(const Array& a) {
  std::ostringstream out;
  out << a;
  return out.str();
}

// Elements of any type, for comparing.
std::vector<double> numbers(const Array& a) { return a.astype(ac::f64).to_vector<double>(); }

using Numbers = std::vector<double>;

}  // namespace

TEST_CASE("arrays from nested lists", "[array]") {
  CHECK(ac::repr(ac::array({1.0, 1.5})) == "array([1. , 1.5])");
  CHECK(ac::repr(ac::array({{1, 2}, {3, 4}})) == "array([[1, 2],\n       [3, 4]])");
  CHECK(ac::repr(ac::array({true, false})) == "array([ True, False])");
  CHECK(ac::array({1, 2.5}).dtype() == ac::f64);
  CHECK(ac::array({true, false, true}).dtype() == ac::bool_);
  CHECK(ac::repr(ac::array(3)) == "array(3)");
  CHECK(ac::repr(ac::array({})) == "array([], dtype=float64)");
  CHECK(ac::array({{{1, 2}}, {{3, 4}}}).shape() == ac::Shape{2, 1, 2});
  CHECK(ac::array({{}, {}}).shape() == ac::Shape{2, 0});
  CHECK(ac::repr(ac::array({1, 2}, ac::f32)) == "array([1., 2.], dtype=float32)");
  CHECK(ac::array({18446744073709551615u, 1u}).dtype() == ac::u64);
  CHECK_THROWS_WITH(ac::array({{1, 2}, {3}}),
                    Catch::Matchers::StartsWith("setting an array element with a sequence. The "
                                                "requested array has an inhomogeneous shape after "
                                                "1 dimensions. The detected shape was (2,) + "));
}

TEST_CASE("arrays from memory", "[array]") {
  std::vector<float> v{1, 2, 3, 4, 5, 6};
  CHECK(ac::repr(ac::array(v)) == "array([1., 2., 3., 4., 5., 6.], dtype=float32)");
  CHECK(ac::array(std::span(v).subspan(2)).to_vector<float>() == std::vector<float>{3, 4, 5, 6});
  CHECK(text(ac::array(v.data(), {2, 3})) == "[[1. 2. 3.]\n [4. 5. 6.]]");
  CHECK(text(ac::array(v.data(), {3, 2}, {4, 12})) == "[[1. 4.]\n [2. 5.]\n [3. 6.]]");
  CHECK(text(ac::array(v.data() + 5, 3, {-8})) == "[6. 4. 2.]");
  const Array copied = ac::array(v);
  const Array borrowed = ac::borrow(v.data(), 6);
  v[0] = 100;
  CHECK(copied[0].item<float>() == 1);
  CHECK(borrowed[0].item<float>() == 100);
  const float* const before = v.data();
  const Array moved = ac::array(std::move(v));
  CHECK(moved.as_span<float>().data() == before);
  CHECK(moved.shape() == ac::Shape{6});
  CHECK(ac::array(std::vector<bool>{true, false}).to_vector<bool>() ==
        std::vector<bool>{true, false});
  CHECK_THROWS_AS(ac::borrow<double>(nullptr, 3), ac::UserError);
  CHECK_THROWS_AS(ac::array(before, {2, 3}, {4}), ac::UserError);
}

TEST_CASE("borrowed memory is kept alive by its owner", "[array]") {
  auto owner = std::make_shared<std::vector<double>>(std::vector<double>{1, 2, 3});
  const std::weak_ptr<std::vector<double>> watch = owner;
  {
    Array sum;
    {
      const Array a = ac::borrow(owner->data(), 3, {}, owner);
      owner.reset();
      sum = a + 1;
    }
    CHECK_FALSE(watch.expired());
    CHECK(text(sum) == "[2. 3. 4.]");
    CHECK(watch.expired());  // computed: what it was computed from is gone
  }
}

TEST_CASE("arrays by formula", "[array]") {
  CHECK(text(ac::zeros({2, 3})) == "[[0. 0. 0.]\n [0. 0. 0.]]");
  CHECK(ac::repr(ac::ones(2, ac::i32)) == "array([1, 1], dtype=int32)");
  CHECK(ac::repr(ac::full(2, 7)) == "array([7, 7])");
  CHECK(ac::repr(ac::full(2, 7, ac::f32)) == "array([7., 7.], dtype=float32)");
  CHECK(text(ac::full({2, 2}, ac::array({1.0, 2.0}))) == "[[1. 2.]\n [1. 2.]]");
  CHECK(ac::zeros_like(ac::ones({2, 1}, ac::u8)).dtype() == ac::u8);
  CHECK(ac::full_like(ac::ones(2, ac::i16), 3.0).dtype() == ac::i16);
  CHECK(ac::repr(ac::arange(4)) == "array([0, 1, 2, 3])");
  CHECK(text(ac::arange(1, 2, 0.25)) == "[1.   1.25 1.5  1.75]");
  CHECK(text(ac::arange(5, 0, -2)) == "[5 3 1]");
  CHECK(text(ac::linspace(0, 1, 5)) == "[0.   0.25 0.5  0.75 1.  ]");
  CHECK(text(ac::linspace(0, 1, 4, false)) == "[0.   0.25 0.5  0.75]");
  CHECK(text(ac::eye(2, 3, 1)) == "[[0. 1. 0.]\n [0. 0. 1.]]");
  CHECK(text(ac::identity(2, ac::i64)) == "[[1 0]\n [0 1]]");
  const auto grid = ac::meshgrid({ac::arange(3), ac::arange(2)});
  CHECK(text(grid[0]) == "[[0 1 2]\n [0 1 2]]");
  CHECK(text(grid[1]) == "[[0 0 0]\n [1 1 1]]");
  CHECK(ac::meshgrid({ac::arange(3), ac::arange(2)}, {.sparse = true})[1].shape() ==
        ac::Shape{2, 1});
  CHECK(ac::meshgrid({ac::arange(3), ac::arange(2)}, {.ij = true})[0].shape() == ac::Shape{3, 2});
  CHECK_THROWS_WITH(ac::zeros(-1), Catch::Matchers::StartsWith("negative dimensions are not"));
  CHECK_THROWS_WITH(ac::linspace(0, 1, -1),
                    Catch::Matchers::StartsWith("Number of samples, -1, must be non-negative."));
}

TEST_CASE("facts are known without computing", "[array]") {
  const ac::no_implicit_eval scope;
  const Array a = ac::ones({2, 3, 4}, ac::f32) * 2;
  CHECK(a.dtype() == ac::f32);
  CHECK(a.shape() == ac::Shape{2, 3, 4});
  CHECK(a.ndim() == 3);
  CHECK(a.size() == 24);
  CHECK(a.nbytes() == 96);
  CHECK(a.itemsize() == 4);
}

TEST_CASE("operators", "[array]") {
  const Array a = ac::array({7, -7, 2});
  CHECK(text(a + 1) == "[ 8 -6  3]");
  CHECK(text(1 - a) == "[-6  8 -1]");
  CHECK(text(a * a) == "[49 49  4]");
  CHECK(text(a / 2) == "[ 3.5 -3.5  1. ]");
  CHECK(text(a % 3) == "[1 2 2]");
  CHECK(text(ac::floor_divide(a, 2)) == "[ 3 -4  1]");
  CHECK(text(a << 1) == "[ 14 -14   4]");
  CHECK(text(a >> 1) == "[ 3 -4  1]");
  CHECK(text(a & 3) == "[3 1 2]");
  CHECK(text(a | 8) == "[15 -7 10]");
  CHECK(text(a ^ 1) == "[ 6 -8  3]");
  CHECK(text(~a) == "[-8  6 -3]");
  CHECK(text(-a) == "[-7  7 -2]");
  CHECK(text(+a) == "[ 7 -7  2]");
  CHECK(text(a == 2) == "[False False  True]");
  CHECK(text(2 != a) == "[ True  True False]");
  CHECK(text(a < 2) == "[False  True False]");
  CHECK(text(a <= 2) == "[False  True  True]");
  CHECK(text(a > 2) == "[ True False False]");
  CHECK(text(a >= 2) == "[ True False  True]");
}

TEST_CASE("numbers are weak", "[array]") {
  const Array f = ac::ones(2, ac::f32);
  CHECK((f * 2.0).dtype() == ac::f32);
  CHECK((f + 1).dtype() == ac::f32);
  CHECK((ac::ones(2, ac::i8) + 1).dtype() == ac::i8);
  CHECK((ac::ones(2, ac::i8) + 1.0).dtype() == ac::f64);
  CHECK((ac::ones(2, ac::bool_) + 1).dtype() == ac::i64);
  CHECK((f + ac::ones(2)).dtype() == ac::f64);
  CHECK((f + ac::array(1.0)).dtype() == ac::f64);
  CHECK_THROWS_WITH(ac::ones(2, ac::i8) + 300,
                    Catch::Matchers::StartsWith("Python integer 300 out of bounds for int8"));
}

TEST_CASE("ufuncs, their other names and their methods", "[array]") {
  const Array x = ac::array({0.0, 1.0, 4.0});
  CHECK(text(ac::sqrt(x)) == "[0. 1. 2.]");
  CHECK(text(ac::maximum(x, 2)) == "[2. 2. 4.]");
  CHECK(text(ac::where(x > 0.5, x, -1)) == "[-1.  1.  4.]");
  CHECK(text(ac::power(x, 2)) == "[ 0.  1. 16.]");
  CHECK(text(ac::abs(-x)) == "[0. 1. 4.]");
  CHECK(text(ac::pow(x, 2)) == text(ac::power(x, 2)));
  CHECK(text(ac::ufunc::add.reduce(ac::array({{1, 2}, {3, 4}}))) == "[4 6]");
  CHECK(text(ac::ufunc::add.reduce(ac::array({{1, 2}, {3, 4}}), {.axis = 1})) == "[3 7]");
  CHECK(text(ac::ufunc::multiply.outer(ac::arange(3), ac::array({1, 10}))) ==
        "[[ 0  0]\n [ 1 10]\n [ 2 20]]");
  CHECK(text(ac::ufunc::named("true_divide")(x, 2)) == "[0.  0.5 2. ]");
  CHECK_THROWS_WITH(ac::ufunc::named("frobnicate"),
                    Catch::Matchers::StartsWith("there is no ufunc named 'frobnicate'"));
}

TEST_CASE("every further name of a ufunc is a function", "[array]") {
  std::string declared;
#define ALIAS(alias, row, operands)                                                      \
  declared += std::string(" " #alias);                                                   \
  CHECK(arrayc::ir::find_builtin_ufunc(#alias) == arrayc::ir::find_builtin_ufunc(#row)); \
  CHECK(arrayc::ir::find_builtin_ufunc(#alias)->arity == operands);
#include <arrayc/detail/ufunc_aliases.def>
  declared += ' ';
  for (const arrayc::ir::Ufunc& ufunc : arrayc::ir::builtin_ufuncs()) {
    std::istringstream aliases{std::string(ufunc.aliases)};
    for (std::string alias; aliases >> alias;) {
      INFO(alias);
      CHECK(declared.find(" " + alias + " ") != std::string::npos);
    }
  }
}

TEST_CASE("reductions", "[array]") {
  const Array a = ac::array({{1.0, 5.0}, {3.0, 3.0}});
  CHECK(ac::sum(a).item<double>() == 12);
  CHECK(text(ac::sum(a, 0)) == "[4. 8.]");
  CHECK(text(ac::sum(a, {.axis = 1, .keepdims = true})) == "[[6.]\n [6.]]");
  CHECK(ac::sum(a, {.axis = {0, 1}}).ndim() == 0);
  CHECK(ac::sum(a, {.dtype = ac::f32}).dtype() == ac::f32);
  CHECK(ac::sum(ac::ones(3, ac::i8)).dtype() == ac::i64);
  CHECK(text(ac::prod(a, 1)) == "[5. 9.]");
  CHECK(text(a.min({.axis = 0})) == "[1. 3.]");
  CHECK(text(a.max({.axis = -1})) == "[5. 3.]");
  CHECK(ac::mean(a).item<double>() == 3);
  CHECK(ac::var(a).item<double>() == 2);
  CHECK(ac::var(a, {.ddof = 1}).item<double>() == Approx(8.0 / 3));
  CHECK(text(ac::std(a, 0)) == "[1. 1.]");
  CHECK(text(ac::argmin(a, 1)) == "[0 0]");
  CHECK(ac::argmax(a).item<std::int64_t>() == 1);
  CHECK(text(a.argmax({.axis = 0, .keepdims = true})) == "[[1 0]]");
  CHECK(text(ac::any(a > 4, 0)) == "[False  True]");
  CHECK(text(ac::all(a > 1, 1)) == "[False  True]");
  CHECK(ac::count_nonzero(a > 2).item<std::int64_t>() == 3);
  CHECK(ac::sum(ac::zeros(0)).item<double>() == 0);
  CHECK_THROWS_WITH(ac::max(ac::zeros(0)),
                    Catch::Matchers::StartsWith(
                        "zero-size array to reduction operation maximum which has no identity"));
  CHECK(ac::array_equal(a, a + 0));
  CHECK_FALSE(ac::array_equal(a, a(0)));
  CHECK(ac::allclose(a, a + 1e-9));
  CHECK_FALSE(ac::allclose(a, a + 0.1));
}

TEST_CASE("shapes of arrays", "[array]") {
  const Array a = ac::arange(6);
  CHECK(text(a.reshape({2, -1})) == "[[0 1 2]\n [3 4 5]]");
  CHECK(a.reshape({3, 2}).T().shape() == ac::Shape{2, 3});
  CHECK(ac::transpose(ac::zeros({2, 3, 4}), {1, 2, 0}).shape() == ac::Shape{3, 4, 2});
  CHECK(ac::moveaxis(ac::zeros({2, 3, 4}), 0, -1).shape() == ac::Shape{3, 4, 2});
  CHECK(ac::swapaxes(ac::zeros({2, 3, 4}), 0, 2).shape() == ac::Shape{4, 3, 2});
  CHECK(ac::expand_dims(a, {0, 2}).shape() == ac::Shape{1, 6, 1});
  CHECK(ac::squeeze(ac::zeros({1, 3, 1})).shape() == ac::Shape{3});
  CHECK(ac::squeeze(ac::zeros({1, 3, 1}), 2).shape() == ac::Shape{1, 3});
  CHECK(text(ac::flip(a.reshape({2, 3}), 1)) == "[[2 1 0]\n [5 4 3]]");
  CHECK(text(ac::broadcast_to(ac::arange(2), {2, 2})) == "[[0 1]\n [0 1]]");
  CHECK(ac::broadcast_arrays({ac::zeros({2, 1}), ac::zeros(3)})[1].shape() == ac::Shape{2, 3});
  CHECK(text(a.reshape({2, 3}).T().ravel()) == "[0 3 1 4 2 5]");
  CHECK(ac::atleast_2d(a).shape() == ac::Shape{1, 6});
  CHECK(ac::atleast_1d(3).shape() == ac::Shape{1});
  CHECK_THROWS_WITH(a.reshape({4, 2}),
                    Catch::Matchers::StartsWith("cannot reshape array of size 6 into shape (4,2)"));
}

TEST_CASE("contractions", "[array]") {
  const Array a = ac::arange(4).reshape({2, 2});
  CHECK(text(ac::matmul(a, a)) == "[[ 2  3]\n [ 6 11]]");
  CHECK(text(a.dot(ac::array({1, 2}))) == "[2 8]");
  CHECK(ac::vdot(a, a).item<std::int64_t>() == 14);
  CHECK(text(ac::inner(a, a)) == "[[ 1  3]\n [ 3 13]]");
  CHECK(text(ac::outer(ac::arange(2), ac::arange(3))) == "[[0 0 0]\n [0 1 2]]");
  CHECK(ac::trace(a).item<std::int64_t>() == 3);
  CHECK(text(ac::einsum("ij,jk->ki", a, a)) == "[[ 2  6]\n [ 3 11]]");
  CHECK(text(ac::einsum("ij->j", a)) == "[2 4]");
  CHECK(ac::einsum("i,i,i->", {a(0), a(1), a(1)}).item<std::int64_t>() == 9);
}

TEST_CASE("indexing arrays", "[array]") {
  const Array a = ac::arange(24).reshape({2, 3, 4});
  CHECK(text(a(0, 1)) == "[4 5 6 7]");
  CHECK(text(a(0)(1)) == "[4 5 6 7]");
  CHECK(a[-1](2, 3).item<std::int64_t>() == 23);
  CHECK(text(a(ac::dots, 0)) == "[[ 0  4  8]\n [12 16 20]]");
  CHECK(a(ac::all, ac::newaxis, ac::slice(1, ac::none)).shape() == ac::Shape{2, 1, 2, 4});
  CHECK(text(a(0, 0, ac::slice(ac::none, ac::none, -1))) == "[3 2 1 0]");
  CHECK(text(a(0, 0, ac::slice(2))) == "[0 1]");
  CHECK(text(a("1, ::2, 1:-1")) == "[[13 14]\n [21 22]]");
  CHECK(a("..., None, 0").shape() == ac::Shape{2, 3, 1});
  CHECK(a(ac::slice(5, 7)).shape() == ac::Shape{0, 3, 4});
  CHECK_THROWS_WITH(a(2),
                    Catch::Matchers::StartsWith("index 2 is out of bounds for axis 0 with size 2"));
  CHECK_THROWS_WITH(a(0, 0, 0, 0), Catch::Matchers::StartsWith("too many indices for array"));
  CHECK_THROWS_WITH(a("::0"), Catch::Matchers::StartsWith("slice step cannot be zero"));
  CHECK_THROWS_WITH(a("1;2"), Catch::Matchers::StartsWith("'1;2' is not an index"));
  CHECK_THROWS_AS(a(ac::arange(2)), ac::Limitation);
}

TEST_CASE("stores are seen through copies and views", "[array]") {
  Array a = ac::arange(6).reshape({2, 3});
  const Array b = a;
  const Array row = a[1];
  const Array later = a * 2;
  a += 10;
  CHECK(text(b) == "[[10 11 12]\n [13 14 15]]");
  CHECK(text(row) == "[13 14 15]");
  CHECK(text(later) == "[[ 0  2  4]\n [ 6  8 10]]");  // recorded before the store
  a(ac::all, 1) = 0;
  CHECK(text(b) == "[[10  0 12]\n [13  0 15]]");
  CHECK(text(row) == "[13  0 15]");
  a.T()(2) *= ac::array({2, 3});
  CHECK(text(b) == "[[10  0 24]\n [13  0 45]]");
  a.reshape(6) -= 1;
  CHECK(text(b) == "[[ 9 -1 23]\n [12 -1 44]]");
  a = ac::zeros(2);  // another array from now on
  CHECK(b.shape() == ac::Shape{2, 3});
}

TEST_CASE("overlapping stores read everything first", "[array]") {
  Array x = ac::arange(6);
  const Array same = x;
  x(ac::slice(1, ac::none)) += x(ac::slice(0, -1));
  CHECK(text(same) == "[0 1 3 5 7 9]");
  x(ac::slice(0, 5)) = x("::-1")(ac::slice(1, ac::none));
  CHECK(text(same) == "[7 5 3 1 0 9]");
  Array m = ac::arange(4).reshape({2, 2});
  m += m.T();
  CHECK(text(m) == "[[0 3]\n [3 6]]");
}

TEST_CASE("stores that NumPy refuses", "[array]") {
  Array a = ac::arange(3);
  CHECK_THROWS_WITH(a += 0.5, Catch::Matchers::StartsWith(
                                  "Cannot cast ufunc 'add' output from dtype('float64') to "
                                  "dtype('int64') with casting rule 'same_kind'"));
  CHECK_THROWS_WITH(a += ac::zeros({2, 3}, ac::i64),
                    Catch::Matchers::StartsWith("non-broadcastable output operand with shape (3,) "
                                                "doesn't match the broadcast shape (2,3)"));
  CHECK_THROWS_WITH(a(ac::slice(2)) = ac::zeros(3),
                    Catch::Matchers::StartsWith(
                        "could not broadcast input array from shape (3,) into shape (2,)"));
  CHECK_THROWS_WITH(ac::broadcast_to(a, {2, 3}) = 1,
                    Catch::Matchers::StartsWith("assignment destination is read-only"));
  a(0) = 2.9;  // cut to an integer
  CHECK(text(a) == "[2 1 2]");
  a.copy()(0) = 100;
  CHECK(text(a) == "[2 1 2]");
}

TEST_CASE("elements", "[array]") {
  const Array a = ac::arange(3) + 1;
  CHECK(a[1].item<std::int64_t>() == 2);
  CHECK(a.to_vector<std::int64_t>() == std::vector<std::int64_t>{1, 2, 3});
  CHECK(a.as_span<std::int64_t>()[2] == 3);
  CHECK(a.strides() == std::vector<std::int64_t>{8});
  CHECK(static_cast<const std::int64_t*>(a.data())[0] == 1);
  CHECK(double(a[0]) == 1.0);
  CHECK(std::int64_t(ac::array(2.75)) == 2);
  CHECK(bool(ac::any(a == 2)));
  CHECK_THROWS_WITH(a.item<std::int64_t>(),
                    Catch::Matchers::StartsWith("can only convert an array of size 1"));
  CHECK_THROWS_WITH(a[0].item<double>(),
                    Catch::Matchers::StartsWith("elements of an array of int64 were asked for as "
                                                "float64"));
  CHECK_THROWS_WITH(bool(a), Catch::Matchers::StartsWith("The truth value of an array with more"));
  CHECK_THROWS_WITH(bool(ac::zeros(0)),
                    Catch::Matchers::StartsWith("The truth value of an empty array is ambiguous"));
  CHECK(ac::zeros({0, 3}).to_vector<double>().empty());
  CHECK(printed(ac::array(1e-5)) == "1e-05");
}

TEST_CASE("every dtype that is computed", "[array]") {
  for (const ac::DType dtype : {ac::bool_, ac::i8, ac::i16, ac::i32, ac::i64, ac::u8, ac::u16,
                                ac::u32, ac::u64, ac::f32, ac::f64}) {
    INFO(ac::name(dtype));
    const Array a = ac::array({0, 1, 1}, dtype);
    CHECK(a.dtype() == dtype);
    CHECK(numbers(a) == Numbers{0, 1, 1});
    CHECK(numbers(ac::sum(a, {.dtype = ac::f64})) == Numbers{2});
    CHECK(numbers(ac::maximum(a, a(ac::slice(ac::none, ac::none, -1)))) == Numbers{1, 1, 1});
  }
}

TEST_CASE("npy files", "[array]") {
  const auto folder = std::filesystem::temp_directory_path();
  const std::string path = (folder / ("arrayc_test_array_" + std::to_string(getpid()) + ".npy"));
  const Array a = ac::arange(6).reshape({2, 3}) * 0.5;
  ac::save_npy(path, a);
  const Array b = ac::load_npy(path);
  CHECK(ac::array_equal(a, b));
  CHECK(b.dtype() == ac::f64);
  ac::save_npy(path, b.T());  // over the file that is mapped
  CHECK(text(ac::load_npy(path)) == text(a.T()));
  CHECK(ac::array_equal(a, b));
  std::ofstream(path) << "not an array";
  CHECK_THROWS_AS(ac::load_npy(path), ac::UserError);
  std::remove(path.c_str());
  CHECK_THROWS_AS(ac::load_npy(path), ac::UserError);
}

TEST_CASE("print options", "[array]") {
  const Array a = ac::array({1.0 / 3, 2.0});
  ac::PrintOptions options;
  options.precision = 2;
  CHECK(ac::array2string(a, options) == "[0.33 2.  ]");
  ac::set_printoptions(options);
  CHECK(printed(a) == "[0.33 2.  ]");
  ac::set_printoptions({});
  CHECK(printed(a) == "[0.33333333 2.        ]");
}
