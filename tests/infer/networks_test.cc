// Every engine on whole networks that PyTorch exported (tools/make_graph_golden.py), and on random ones.
#include <gtest/gtest.h>

#include <cmath>

#include "graph/golden_cases.h"
#include "graph/onnx_file.h"
#include "graph/random_graph.h"
#include "graph/scratch_file.h"
#include "graph/transform.h"
#include "infer/engine.h"
#include "infer/variants.h"
#include "tensor/compare.h"

namespace gerund::infer {
namespace {

using tensor::Tensor;

/// Runs `model` on every engine.
void expect_output(const graph::Model& model, const Tensor& input, const Tensor& expected) {
  double largest = 1;
  for (const float x : expected.floats()) largest = std::max(largest, std::abs(static_cast<double>(x)));
  for (const Variant& variant : variants()) {
    SCOPED_TRACE(variant);
    const Tensor actual = make_engine(model, variant.options())->run(input);
    ASSERT_EQ(actual.shape(), expected.shape());
    const tensor::Difference difference = tensor::compare(actual, expected);
    EXPECT_LE(difference.max_absolute, (1e-5 + 10 * variant.tolerance) * largest);
    const double layers = variant.precision == "bf16" ? 2 : 1;  // Each rounds what it passes on.
    EXPECT_LE(difference.relative_l2, 1e-5 + layers * variant.tolerance);
  }
}

Tensor run(const graph::Model& model, const Tensor& input) {
  return make_engine(model, {"reference", 2})->run(input);
}

struct Network {
  std::string name;
  graph::Model model;
  Tensor input;
  Tensor expected;
};

Network network(const std::string& name) {
  const tensor::TensorFile file = tensor::read_safetensors(graph::golden_path("networks.safetensors"));
  return {name, graph::read_onnx(graph::golden_path(name + ".onnx")), file.tensors.at(name + "/input"),
          file.tensors.at(name + "/output")};
}

class ExportedNetwork : public testing::TestWithParam<std::string> {};

TEST_P(ExportedNetwork, EqualsPyTorch) {
  const Network net = network(GetParam());
  expect_output(net.model, net.input, net.expected);
}

TEST_P(ExportedNetwork, EqualsPyTorchWithBatchNormFolded) {
  const Network net = network(GetParam());
  expect_output(graph::fold_batch_norm(net.model), net.input, net.expected);
}

TEST_P(ExportedNetwork, EqualsPyTorchAfterWritingAndReading) {
  const Network net = network(GetParam());
  const graph::ScratchFile file("network.onnx");
  graph::write_onnx(file.path(), graph::fold_batch_norm(net.model));
  expect_output(graph::read_onnx(file.path()), net.input, net.expected);
}

INSTANTIATE_TEST_SUITE_P(Golden, ExportedNetwork,
                         testing::Values("resnet2d", "resnet3d", "resnet2d_folded", "resnet3d_folded"),
                         [](const auto& test) { return test.param; });

TEST(RandomNetwork, KeepsItsOutputWhenBatchNormIsFolded) {
  for (uint64_t seed = 0; seed < 60; ++seed) {
    SCOPED_TRACE(seed);
    graph::RandomGraph random(seed);
    const Tensor input = random.values(random.input);
    const Tensor expected = run(random.model, input);
    const Tensor actual = run(graph::fold_batch_norm(random.model), input);
    ASSERT_EQ(actual.shape(), expected.shape());
    EXPECT_LE(tensor::compare(actual, expected).relative_l2, 1e-5);
  }
}

TEST(RandomNetwork, RunsAlikeOnEveryEngine) {
  for (uint64_t seed = 200; seed < 320; ++seed) {
    SCOPED_TRACE(seed);
    graph::RandomGraph random(seed);
    random.input[0] = 1 + static_cast<int64_t>(seed % 9);
    const Tensor input = random.values(random.input);
    expect_output(random.model, input, run(random.model, input));
  }
}

TEST(RandomNetwork, KeepsItsOutputWithoutThePositionsThatNobodyReads) {
  // A stem as in the 3D ResNets: the pool takes every second frame and every third column.
  graph::Model model;
  model.inputs = {{"x", {-1, 2, 9, 8, 13}}};
  model.outputs = {{"y", {}}};
  base::Random random(1);
  Tensor weights({3, 2, 5, 3, 2}), input({2, 2, 9, 8, 13});
  for (float& x : weights.floats()) x = static_cast<float>(random.normal());
  for (float& x : input.floats()) x = static_cast<float>(random.normal());
  model.initializers = {{"w", weights}};
  using Ints = std::vector<int64_t>;
  model.nodes = {{"Conv", "stem", {"x", "w"}, {"a"}, {{"strides", Ints{2, 2, 1}}, {"pads", Ints{2, 1, 0, 2, 1, 0}}}},
                 {"Relu", "relu", {"a"}, {"b"}, {}},
                 {"MaxPool",
                  "pool",
                  {"b"},
                  {"y"},
                  {{"kernel_shape", Ints{1, 3, 1}}, {"strides", Ints{2, 2, 3}}, {"pads", Ints{0, 1, 0, 0, 1, 0}}}}};
  const graph::Model less = graph::drop_unread_positions(model);
  EXPECT_EQ(std::get<Ints>(less.nodes[0].attributes.at("strides")), (Ints{4, 2, 3}));
  EXPECT_EQ(std::get<Ints>(less.nodes[2].attributes.at("strides")), (Ints{1, 2, 1}));
  const Tensor expected = run(model, input), actual = run(less, input);
  ASSERT_EQ(actual.shape(), expected.shape());
  EXPECT_TRUE(std::ranges::equal(actual.raw(), expected.raw()));
  model.outputs.push_back({"b", {}});  // Now somebody else reads the rest.
  EXPECT_EQ(std::get<Ints>(graph::drop_unread_positions(model).nodes[0].attributes.at("strides")), (Ints{2, 2, 1}));
}

TEST(RandomNetwork, MakesTheShapesThatWereInferred) {
  for (uint64_t seed = 0; seed < 60; ++seed) {
    SCOPED_TRACE(seed);
    graph::RandomGraph random(seed);
    const auto shapes = graph::infer_shapes(random.model, {{"x", random.input}});
    // Every value in turn as the output of the network.
    for (const graph::Node& node : random.model.nodes) {
      random.model.outputs = {{node.outputs[0], shapes.at(node.outputs[0])}};
      EXPECT_EQ(run(random.model, random.values(random.input)).shape(), shapes.at(node.outputs[0])) << node.name;
    }
  }
}

}  // namespace
}  // namespace gerund::infer
