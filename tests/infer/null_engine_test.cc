#include <gtest/gtest.h>

#include <algorithm>

#include "infer/engine.h"

namespace gerund::infer {
namespace {

TEST(NullEngine, AnswersZerosOfTheOutputsShapeForAnyBatch) {
  graph::Model model;
  model.inputs = {{"x", {-1, 3}}};
  model.outputs = {{"y", {-1, 3}}};
  model.nodes = {{"Relu", "relu", {"x"}, {"y"}, {}}};
  const auto engine = make_engine(model, {"null"});
  for (const int64_t batch : {1, 5}) {
    tensor::Tensor input({batch, 3});
    std::ranges::fill(input.floats(), 7.0F);
    const tensor::Tensor output = engine->run(input);
    EXPECT_EQ(output.shape(), (tensor::Shape{batch, 3}));
    EXPECT_TRUE(std::ranges::all_of(output.floats(), [](float value) { return value == 0; }));
  }
}

TEST(NullEngine, IsNeverTakenByItself) {
  const std::vector<std::string> names = engine_names();
  EXPECT_EQ(std::ranges::count(names, "null"), 0);
  EXPECT_NE(chosen_engine("auto"), "null");
}

}  // namespace
}  // namespace gerund::infer
