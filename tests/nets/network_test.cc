#include <gtest/gtest.h>

#include <array>

#include "base/error.h"
#include "golden_values.h"
#include "graph/transform.h"
#include "infer/engine.h"
#include "nets/lower.h"
#include "nets/torch_engine.h"

namespace gerund::nets {
namespace {

Architecture architecture_of(const nlohmann::json& row) {
  Architecture architecture;
  architecture.volume = row.at("volume");
  architecture.num_frames = row.at("num_frames");
  architecture.width = row.at("width");
  architecture.num_classes = row.at("num_classes");
  return architecture;
}

void expect_near(const tensor::Tensor& actual, const std::vector<float>& expected, double tolerance) {
  ASSERT_EQ(actual.floats().size(), expected.size());
  for (size_t i = 0; i < expected.size(); ++i)
    EXPECT_NEAR(actual.floats()[i], expected[i], tolerance * std::max(1.0F, std::abs(expected[i]))) << i;
}

TEST(Network, LogitsEqualThoseOfPyTorch) {
  set_num_threads(2);
  for (const auto& row : golden("logits")) {
    SCOPED_TRACE(row.dump().substr(0, 80));
    const Architecture architecture = architecture_of(row);
    const auto engine = make_torch_engine(architecture, golden_weights(architecture));
    const tensor::Tensor input = formula("input", input_shape(architecture, 2, row.at("size")), -2, 2);
    expect_near(engine->run(input), row.at("logits").get<std::vector<float>>(), 1e-4);
  }
}

TEST(Network, LoweredAndFoldedGraphGivesTheSameLogits) {
  for (const auto& row : golden("logits")) {
    SCOPED_TRACE(row.dump().substr(0, 80));
    const Architecture architecture = architecture_of(row);
    const graph::Model model =
        graph::fold_batch_norm(lower(architecture, golden_weights(architecture), row.at("size"), row.at("size")));
    for (const graph::Node& node : model.nodes) EXPECT_NE(node.op, "BatchNormalization");
    const auto engine = infer::make_engine(model, {"reference", 2});
    const tensor::Tensor input = formula("input", input_shape(architecture, 2, row.at("size")), -2, 2);
    expect_near(engine->run(input), row.at("logits").get<std::vector<float>>(), 1e-4);
  }
}

// Counts of the reference toolkit's networks, from its published file sizes.
TEST(Network, ParameterCountsEqualThePublishedOnes) {
  struct Row {
    bool volume;
    int64_t num_frames;
    int64_t num_classes;
    int64_t parameters;
  };
  for (const Row& row : {Row{false, 3, 5, 11197893}, Row{false, 32, 5, 11470725}, Row{true, 3, 5, 33187653},
                         Row{true, 32, 51, 33211251}}) {
    Architecture architecture;
    architecture.volume = row.volume;
    architecture.num_frames = row.num_frames;
    architecture.num_classes = row.num_classes;
    const auto weights = weights_of(*make_network(architecture));
    int64_t count = 0;
    int64_t buffers = 0;
    for (const auto& [name, value] : weights) {
      const bool buffer = name.find("running_") != std::string::npos || name.find("num_batches") != std::string::npos;
      (buffer ? buffers : count) += value.size();
    }
    EXPECT_EQ(count, row.parameters);
    EXPECT_EQ(buffers, 9620);
  }
}

// Section "3D ResNet" of the reference: T is divided by four once, height and width by 32.
TEST(Network, VolumesShrinkAsTheReferenceSays) {
  Architecture architecture;
  architecture.width = 8;
  architecture.num_classes = 5;
  const auto weights = weights_of(*make_network(architecture));
  const std::map<int64_t, std::pair<int64_t, int64_t>> stem_and_pool{
      {1, {1, 1}}, {2, {1, 1}}, {3, {2, 1}}, {8, {4, 2}}, {16, {8, 4}}, {32, {16, 8}}, {64, {32, 16}}};
  for (const auto& [frames, times] : stem_and_pool) {
    architecture.num_frames = frames;
    const graph::Model model = lower(architecture, weights, 224, 224);
    const auto shapes = graph::infer_shapes(model, {{"input_rgb", {1, 3, frames, 224, 224}}});
    EXPECT_EQ(shapes.at("conv1.out"), (tensor::Shape{1, 8, times.first, 112, 112}));
    EXPECT_EQ(shapes.at("maxpool.out"), (tensor::Shape{1, 8, times.second, 56, 56}));
    EXPECT_EQ(shapes.at("layer4.1.relu2.out"), (tensor::Shape{1, 64, times.second, 7, 7}));
    EXPECT_EQ(shapes.at("fc_pred"), (tensor::Shape{1, 5}));
  }
}

TEST(Network, ParameterNamesArePyTorchs) {
  Architecture architecture;
  architecture.width = 8;
  architecture.num_classes = 2;
  const auto weights = weights_of(*make_network(architecture));
  for (const char* name :
       {"conv1.weight", "bn1.running_var", "layer1.0.conv1.weight", "layer2.0.downsample.0.weight",
        "layer2.0.downsample.1.bias", "layer4.1.bn2.num_batches_tracked", "fc_cls.weight", "fc_cls.bias"}) {
    EXPECT_TRUE(weights.contains(name)) << name;
  }
  EXPECT_FALSE(weights.contains("layer1.0.downsample.0.weight"));
  EXPECT_EQ(weights.at("conv1.weight").shape(), (tensor::Shape{8, 3, 5, 7, 7}));
}

TEST(Network, FreshConvolutionsHaveTheDeviationOfKaimingFanOut) {
  torch::manual_seed(3);
  Architecture architecture;
  architecture.num_classes = 2;
  const auto weights = weights_of(*make_network(architecture));
  const tensor::Tensor& weight = weights.at("layer3.1.conv1.weight");  // [256, 256, 3, 3, 3]
  double squares = 0;
  for (float value : weight.floats()) squares += static_cast<double>(value) * value;
  EXPECT_NEAR(squares / static_cast<double>(weight.size()), 2.0 / (27 * 256), 2.0 / (27 * 256) * 0.01);
}

// Running statistics of one step are far from those of the data: outputs of very deep networks were infinite.
TEST(Network, TheDeepestOneIsFiniteAfterOneStep) {
  torch::manual_seed(1);
  Architecture architecture;
  architecture.backbone = "resnet_152";
  architecture.width = 4;
  architecture.num_classes = 2;
  const auto network = make_network(architecture);
  const std::array input{torch::randn({4, 3, 4, 32, 32})};
  network->train();
  network->forward(input).log_softmax(1).select(1, 0).sum().backward();
  for (torch::Tensor parameter : network->parameters()) {
    torch::NoGradGuard no_grad;
    parameter.add_(parameter.grad(), -0.01);
  }
  network->eval();
  EXPECT_LT(network->forward(input).abs().max().item<float>(), 1000.0F);
}

TEST(Network, DropoutActsInTrainingOnly) {
  torch::manual_seed(1);
  Architecture architecture;
  architecture.width = 8;
  architecture.num_classes = 4;
  architecture.dropout_ratio = 0.5;
  const auto network = make_network(architecture);
  const std::array input{torch::randn({2, 3, 4, 32, 32})};
  network->train();
  EXPECT_FALSE(torch::equal(network->forward(input), network->forward(input)));
  network->eval();
  EXPECT_TRUE(torch::equal(network->forward(input), network->forward(input)));
}

TEST(TorchEngine, AWrongShapeIsAUserError) {
  Architecture architecture;
  architecture.width = 8;
  architecture.num_classes = 4;
  const auto engine = make_torch_engine(architecture, weights_of(*make_network(architecture)));
  EXPECT_THROW(engine->run(tensor::Tensor({1, 4, 16, 32, 32})), base::UserError);
}

TEST(TorchEngine, LeavesANetworkInTheModeItHad) {
  Architecture architecture;
  architecture.width = 8;
  architecture.num_classes = 4;
  const auto network = make_network(architecture);
  network->train();
  {
    const auto engine = make_torch_engine(network);
    EXPECT_FALSE(network->is_training());
  }
  EXPECT_TRUE(network->is_training());
}

}  // namespace
}  // namespace gerund::nets
