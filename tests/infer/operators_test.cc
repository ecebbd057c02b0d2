// Every engine against PyTorch, operator by operator (tools/make_graph_golden.py).
#include <gtest/gtest.h>

#include "graph/golden_cases.h"
#include "infer/engine.h"
#include "infer/variants.h"
#include "tensor/compare.h"

namespace gerund::infer {
namespace {

class Operator : public testing::TestWithParam<graph::OperatorCase> {};

TEST_P(Operator, EqualsPyTorch) {
  const graph::OperatorCase& one = GetParam();
  for (const Variant& variant : variants()) {
    SCOPED_TRACE(variant);
    const tensor::Tensor actual = make_engine(one.model, variant.options())->run(one.input);
    ASSERT_EQ(actual.shape(), one.expected.shape());
    const tensor::Difference difference = tensor::compare(actual, one.expected);
    EXPECT_LE(difference.max_absolute, 10 * variant.tolerance);
    EXPECT_LE(difference.relative_l2, variant.tolerance);
  }
}

INSTANTIATE_TEST_SUITE_P(Golden, Operator, testing::ValuesIn(graph::operator_cases()), [](const auto& test) {
  std::string name = test.param.name;
  std::ranges::replace(name, '-', 'm');  // Axis -1.
  return name;
});

}  // namespace
}  // namespace gerund::infer
