// All families of networks: against PyTorch (tools/make_nets_golden.py), their graphs in every engine, their sizes.
#include <gtest/gtest.h>

#include <fmt/format.h>

#include <array>

#include "base/error.h"
#include "golden_values.h"
#include "graph/transform.h"
#include "infer/engine.h"
#include "nets/checkpoint.h"
#include "nets/lower.h"
#include "nets/torch_engine.h"

namespace gerund::nets {
namespace {

using tensor::Shape;
using tensor::Tensor;

ModelType type_of(const std::string& name) {
  return name == "rgb" ? ModelType::rgb : name == "of" ? ModelType::of : ModelType::joint;
}

Architecture whole(const std::string& backbone, bool volume, int64_t num_frames, int64_t num_classes,
                   const std::string& type = "rgb") {
  Architecture architecture;
  architecture.backbone = backbone;
  architecture.volume = volume;
  architecture.num_frames = num_frames;
  architecture.num_classes = num_classes;
  architecture.model_type = type_of(type);
  return architecture;
}

Architecture narrow(const std::string& backbone, int64_t num_classes, const std::string& type = "rgb") {
  Architecture architecture = whole(backbone, true, 4, num_classes, type);
  architecture.width = 4;
  return architecture;
}

Architecture architecture_of(const nlohmann::json& row) {
  Architecture architecture =
      whole(row.at("backbone"), row.at("volume"), row.at("num_frames"), row.at("num_classes"), row.at("model_type"));
  architecture.flow_frames = row.at("flow_frames");
  architecture.width = row.at("width");
  architecture.num_fc = row.at("num_fc");
  return architecture;
}

void expect_near(const Tensor& actual, const nlohmann::json& row) {
  const auto expected = row.at("logits").get<std::vector<float>>();
  ASSERT_EQ(actual.floats().size(), expected.size());
  for (size_t i = 0; i < expected.size(); ++i)
    EXPECT_NEAR(actual.floats()[i], expected[i], 1e-4F * std::max(1.0F, std::abs(expected[i]))) << i;
}

std::string name_of(const nlohmann::json& row) {
  return fmt::format("{} {} {} width {}", row.at("backbone").get<std::string>(),
                     row.at("model_type").get<std::string>(), row.at("volume").get<bool>() ? "3d" : "2d",
                     row.at("width").get<int64_t>());
}

TEST(Families, LogitsEqualThoseOfPyTorch) {
  set_num_threads(1);  // The networks are small.
  for (const auto& row : golden("networks")) {
    SCOPED_TRACE(name_of(row));
    const Architecture architecture = architecture_of(row);
    const auto engine = make_torch_engine(architecture, golden_weights(architecture));
    expect_near(engine->run_all(golden_inputs(architecture, row.at("size"))).front(), row);
  }
}

TEST(Families, LoweredAndFoldedGraphsGiveTheSameLogitsInEveryEngine) {
  for (const auto& row : golden("networks")) {
    const Architecture architecture = architecture_of(row);
    const graph::Model model =
        graph::fold_batch_norm(lower(architecture, golden_weights(architecture), row.at("size"), row.at("size")));
    for (const graph::Node& node : model.nodes) EXPECT_NE(node.op, "BatchNormalization") << node.name;
    for (const char* engine : {"reference", "onednn"}) {
      SCOPED_TRACE(name_of(row) + " in " + engine);
      expect_near(infer::make_engine(model, {engine, 1})->run_all(golden_inputs(architecture, row.at("size"))).front(),
                  row);
    }
  }
}

// Counts of docs/networks.md: the reference toolkit's (training-toolkit, 3.5), pytorch-i3d's, torchvision's and
// pytorchvideo's (3.79 M).
TEST(Families, ParameterCountsEqualThePublishedOnes) {
  struct Row {
    Architecture architecture;
    int64_t parameters;
  };
  for (const Row& row :
       {Row{whole("resnet_34", false, 3, 5), 21306053}, Row{whole("resnet_50", false, 3, 5), 23537093},
        Row{whole("resnet_18", false, 10, 5, "of"), 11232389}, Row{whole("resnet_18", false, 32, 5, "of"), 11370373},
        Row{whole("resnet_18", true, 16, 5, "of"), 33171973}, Row{whole("resnet_34", true, 16, 5), 63497285},
        Row{whole("resnet_50", true, 16, 5), 46190405}, Row{whole("resnet_18", false, 3, 5, "joint"), 22431311},
        Row{whole("resnet_18", true, 16, 5, "joint"), 66360655}, Row{whole("i3d", true, 16, 400), 12697264},
        Row{whole("r3d_18", true, 16, 400), 33371472}, Row{whole("mc3_18", true, 16, 400), 11695440},
        Row{whole("r2plus1d_18", true, 16, 400), 31505325}, Row{whole("x3d_s", true, 13, 400), 3794274}}) {
    SCOPED_TRACE(row.architecture.backbone);
    EXPECT_EQ(num_parameters(weights_of(*make_network(row.architecture))), row.parameters);
  }
}

TEST(Families, TheDeepestResNetsHaveThePublishedCounts) {
  for (const auto& [backbone, parameters] :
       {std::pair{"resnet_101", int64_t{85236549}}, std::pair{"resnet_152", int64_t{117395269}}}) {
    SCOPED_TRACE(backbone);
    EXPECT_EQ(num_parameters(weights_of(*make_network(whole(backbone, true, 16, 5)))), parameters);
  }
}

TEST(Families, GraphsOfJointNetworksTakeColourThenFlow) {
  Architecture architecture = narrow("resnet_18", 3, "joint");
  architecture.flow_frames = 6;
  const graph::Model model = lower(architecture, golden_weights(architecture), 32, 48);
  ASSERT_EQ(model.inputs.size(), 2U);
  EXPECT_EQ(model.inputs[0].name, "input_rgb");
  EXPECT_EQ(model.inputs[0].shape, (Shape{-1, 3, 4, 32, 48}));
  EXPECT_EQ(model.inputs[1].name, "input_of");
  EXPECT_EQ(model.inputs[1].shape, (Shape{-1, 2, 6, 32, 48}));
  ASSERT_EQ(model.outputs.size(), 1U);
  EXPECT_EQ(model.outputs[0].name, "fc_pred");
  EXPECT_EQ(model.name, "resnet_18_3d_joint");

  architecture = whole("resnet_18", false, 5, 3, "of");
  architecture.width = 4;
  const graph::Model flow = lower(architecture, golden_weights(architecture), 32, 48);
  ASSERT_EQ(flow.inputs.size(), 1U);
  EXPECT_EQ(flow.inputs[0].name, "input_of");
  EXPECT_EQ(flow.inputs[0].shape, (Shape{-1, 10, 32, 48}));
}

TEST(Families, ClipsTooSmallForI3dAreUserErrorsInLibTorchToo) {
  const Architecture architecture = narrow("i3d", 3);
  const auto engine = make_torch_engine(architecture, golden_weights(architecture));
  EXPECT_THROW(engine->run(Tensor({1, 3, 8, 193, 193})), base::UserError);
  EXPECT_THROW(engine->run(Tensor({1, 3, 9, 193, 192})), base::UserError);
  EXPECT_EQ(engine->run(Tensor({1, 3, 9, 193, 193})).shape(), (Shape{1, 3}));
}

std::string refusal(const spec::Experiment& experiment) {
  try {
    make_architecture(experiment);
  } catch (const base::UserError& error) {
    return error.what();
  }
  return "";
}

TEST(Families, SpecsThatNoNetworkFitsAreRefused) {
  spec::Experiment experiment;
  experiment.dataset.label_map = {{"walk", 0}, {"run", 1}};
  experiment.model.backbone = "i3d";
  EXPECT_NE(refusal(experiment).find("i3d has no 2d variant"), std::string::npos);
  experiment.model.input_type = "3d";
  experiment.model.rgb_seq_length = 8;
  EXPECT_NE(refusal(experiment).find("model.rgb_seq_length: is 8; i3d needs clips of at least 9"), std::string::npos);
  experiment.model.rgb_seq_length = 9;
  EXPECT_EQ(refusal(experiment), "");
  experiment.model.input_width = 192;
  EXPECT_NE(refusal(experiment).find("are 224 and 192; i3d needs at least 193"), std::string::npos);
  experiment.model.backbone = "x3d_s";
  EXPECT_EQ(refusal(experiment), "");
  experiment.model.temporal = "causal";
  EXPECT_NE(refusal(experiment).find("causal is not known for x3d_s"), std::string::npos);
  experiment.model.backbone = "resnet_50";
  experiment.model.rgb_seq_length = 8;
  EXPECT_EQ(refusal(experiment), "");
  experiment.model.backbone = "resnet_51";
  EXPECT_NE(refusal(experiment).find("allowed: resnet_18"), std::string::npos);
}

TEST(Families, OtherColoursThanThoseOfThePublishedWeightsAreWarnedOf) {
  spec::Experiment experiment;
  EXPECT_EQ(colour_warning(experiment), "");
  experiment.model.backbone = "r3d_18";
  EXPECT_NE(colour_warning(experiment).find("0.394666"), std::string::npos);
  spec::AugmentationSpec& colours = experiment.dataset.augmentation_config;
  colours.rgb_input_mean = {0.43216, 0.394666, 0.37645};
  EXPECT_NE(colour_warning(experiment), "");
  colours.rgb_input_std = {0.22803, 0.22145, 0.216989};
  EXPECT_EQ(colour_warning(experiment), "");
  experiment.model.backbone = "x3d_s";
  EXPECT_NE(colour_warning(experiment), "");
  colours.rgb_input_mean = {0.45, 0.45, 0.45};
  colours.rgb_input_std = {0.225};
  EXPECT_EQ(colour_warning(experiment), "");
  colours.rgb_input_std = {};
  EXPECT_NE(colour_warning(experiment), "");
}

TEST(Families, AJointNetworkWithOneInputIsAUserError) {
  const Architecture architecture = narrow("resnet_18", 3, "joint");
  const auto engine = make_torch_engine(architecture, golden_weights(architecture));
  EXPECT_THROW(engine->run(Tensor({1, 3, 4, 32, 32})), base::UserError);
}

TEST(Families, OtherClassesGetAFreshHeadWhateverItIsCalled) {
  const std::map<std::string, std::vector<std::string>> heads{
      {"resnet_50", {"fc_cls.bias", "fc_cls.weight"}},
      {"i3d", {"logits.conv3d.bias", "logits.conv3d.weight"}},
      {"r2plus1d_18", {"fc.bias", "fc.weight"}},
      {"x3d_s", {"blocks.5.proj.bias", "blocks.5.proj.weight"}}};
  for (const auto& [backbone, head] : heads) {
    SCOPED_TRACE(backbone);
    const auto network = make_network(narrow(backbone, 3));
    const Transfer transfer = transfer_weights(*network, golden_weights(narrow(backbone, 5)), /*same_labels=*/false);
    EXPECT_EQ(transfer.fresh, head);
    EXPECT_TRUE(transfer.unused.empty());
    EXPECT_TRUE(transfer_weights(*network, golden_weights(narrow(backbone, 3)), true).fresh.empty());
  }
  const auto network = make_network(narrow("resnet_18", 3, "joint"));
  const Transfer transfer = transfer_weights(*network, golden_weights(narrow("resnet_18", 5, "joint")), false);
  EXPECT_EQ(transfer.fresh,
            (std::vector<std::string>{"fc1.bias", "fc1.weight", "fc2.bias", "fc2.weight", "model_of.fc_cls.bias",
                                      "model_of.fc_cls.weight", "model_rgb.fc_cls.bias", "model_rgb.fc_cls.weight"}));
}

TEST(Families, AFlowNetworkStartsFromAColourNetwork) {
  const std::map<std::string, std::string> stems{{"resnet_18", "conv1.weight"},
                                                 {"i3d", "Conv3d_1a_7x7.conv3d.weight"},
                                                 {"mc3_18", "stem.0.weight"},
                                                 {"x3d_s", "blocks.0.conv.conv_t.weight"}};
  for (const auto& [backbone, stem] : stems) {
    SCOPED_TRACE(backbone);
    const auto source = golden_weights(narrow(backbone, 3));
    const auto network = make_network(narrow(backbone, 3, "of"));
    EXPECT_EQ(transfer_weights(*network, source, true).adapted, std::vector<std::string>{stem});
    const torch::Tensor colour = to_torch(source.at(stem));
    const torch::Tensor flow = to_torch(weights_of(*network).at(stem));
    EXPECT_EQ(flow.size(1), 2);
    EXPECT_TRUE(torch::allclose(flow.sum(1), colour.sum(1), 1e-4, 1e-5));
  }
}

TEST(Families, EveryNetworkOfTheTableLearns) {
  for (const Backbone& backbone : backbones()) {
    SCOPED_TRACE(backbone.name);
    torch::manual_seed(1);
    Architecture architecture = narrow(std::string(backbone.name), 2);
    architecture.dropout_ratio = 0;
    const bool is_i3d = backbone.family == Family::i3d;
    const auto network = make_network(architecture);
    const torch::Tensor input = torch::randn({2, 3, is_i3d ? 9 : 4, is_i3d ? 193 : 32, is_i3d ? 193 : 32});
    network->train();
    network->forward(std::array{input}).log_softmax(1).select(1, 0).sum().backward();
    for (const auto& parameter : network->named_parameters())
      EXPECT_TRUE(parameter.value().grad().defined()) << parameter.key();
  }
}

}  // namespace
}  // namespace gerund::nets
