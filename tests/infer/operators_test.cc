// The reference engine against PyTorch, operator by operator (tools/make_graph_golden.py).
#include <gtest/gtest.h>

#include "graph/golden_cases.h"
#include "infer/engine.h"
#include "tensor/compare.h"

namespace gerund::infer {
namespace {

class ReferenceOperator : public testing::TestWithParam<graph::OperatorCase> {};

TEST_P(ReferenceOperator, EqualsPyTorch) {
  const graph::OperatorCase& one = GetParam();
  const auto engine = make_engine(one.model, {"reference", 2});
  const tensor::Tensor actual = engine->run(one.input);
  ASSERT_EQ(actual.shape(), one.expected.shape());
  const tensor::Difference difference = tensor::compare(actual, one.expected);
  EXPECT_LE(difference.max_absolute, 1e-5);
  EXPECT_LE(difference.relative_l2, 1e-6);
}

INSTANTIATE_TEST_SUITE_P(Golden, ReferenceOperator, testing::ValuesIn(graph::operator_cases()), [](const auto& info) {
  std::string name = info.param.name;
  std::ranges::replace(name, '-', 'm');  // Axis -1.
  return name;
});

}  // namespace
}  // namespace gerund::infer
