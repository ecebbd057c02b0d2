// Tests of infer/fold_constants.h.
#include "infer/fold_constants.h"

#include <gtest/gtest.h>

namespace gerund::infer {
namespace {

using tensor::Tensor;

TEST(FoldConstants, LeavesWhatReadsAnInput) {
  graph::Model model;
  model.inputs = {{"x", {2}}};
  model.outputs = {{"y", {2}}};
  model.initializers["a"] = Tensor({2}, std::vector<float>{1, 2});
  model.initializers["b"] = Tensor({2}, std::vector<float>{3, 4});
  model.nodes = {{"Mul", "ab", {"a", "b"}, {"c"}, {}},
                 {"Add", "abb", {"c", "b"}, {"d"}, {}},
                 {"Add", "sum", {"x", "d"}, {"y"}, {}}};
  const graph::Model folded = fold_constants(model);
  ASSERT_EQ(folded.nodes.size(), 1U);
  EXPECT_EQ(folded.nodes[0].name, "sum");
  ASSERT_EQ(folded.initializers.size(), 1U);
  const auto values = folded.initializers.at("d").floats();
  EXPECT_EQ(std::vector<float>(values.begin(), values.end()), (std::vector<float>{6, 12}));
}

TEST(FoldConstants, KeepsAnOutputThatIsConstant) {
  graph::Model model;
  model.inputs = {{"x", {1}}};
  model.outputs = {{"y", {1}}};
  model.initializers["a"] = Tensor({1}, std::vector<float>{1});
  model.nodes = {{"Relu", "relu", {"a"}, {"y"}, {}}};
  EXPECT_EQ(fold_constants(model).nodes.size(), 1U);
}

}  // namespace
}  // namespace gerund::infer
