// The reference engine on whole networks that PyTorch exported (tools/make_graph_golden.py), and on random ones.
#include <gtest/gtest.h>

#include "graph/golden_cases.h"
#include "graph/onnx_file.h"
#include "graph/random_graph.h"
#include "graph/scratch_file.h"
#include "graph/transform.h"
#include "infer/engine.h"
#include "tensor/compare.h"

namespace gerund::infer {
namespace {

using tensor::Tensor;

void expect_close(const Tensor& actual, const Tensor& expected) {
  ASSERT_EQ(actual.shape(), expected.shape());
  const tensor::Difference difference = tensor::compare(actual, expected);
  EXPECT_LE(difference.max_absolute, 1e-5);
  EXPECT_LE(difference.relative_l2, 1e-5);
}

Tensor run(const graph::Model& model, const Tensor& input) {
  return make_engine(model, {})->run(input);
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
  expect_close(run(net.model, net.input), net.expected);
}

TEST_P(ExportedNetwork, EqualsPyTorchWithBatchNormFolded) {
  const Network net = network(GetParam());
  expect_close(run(graph::fold_batch_norm(net.model), net.input), net.expected);
}

TEST_P(ExportedNetwork, EqualsPyTorchAfterWritingAndReading) {
  const Network net = network(GetParam());
  const graph::ScratchFile file("network.onnx");
  graph::write_onnx(file.path(), graph::fold_batch_norm(net.model));
  expect_close(run(graph::read_onnx(file.path()), net.input), net.expected);
}

INSTANTIATE_TEST_SUITE_P(Golden, ExportedNetwork,
                         testing::Values("resnet2d", "resnet3d", "resnet2d_folded", "resnet3d_folded"),
                         [](const auto& info) { return info.param; });

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
