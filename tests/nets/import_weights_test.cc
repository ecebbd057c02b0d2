// Golden files and logits: tools/make_import_golden.py.
#include "nets/import_weights.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <numeric>

#include "base/error.h"
#include "base/files.h"
#include "golden_values.h"
#include "nets/torch_engine.h"
#include "small_videos.h"

namespace gerund::nets {
namespace {

constexpr double kTolerance = 1e-4;

std::string golden_file(const std::string& name) {
  return GERUND_SOURCE_DIR "/tests/nets/golden/import/" + name;
}

/// Recognises and imports the file as `wanted` asks, and compares its logits with PyTorch's.
Transfer expect_logits(const std::string& file, const nlohmann::json& answer, int64_t num_classes,
                       const WantedNetwork& wanted) {
  WeightFile source = read_weight_file(golden_file(file), "");
  const Architecture architecture = recognise_network(source.weights, wanted, file);
  EXPECT_EQ(architecture.backbone, "resnet_18");
  EXPECT_EQ(architecture.volume, answer.at("volume").get<bool>());
  EXPECT_EQ(architecture.width, 2);
  EXPECT_EQ(architecture.num_classes, num_classes);
  EXPECT_EQ(architecture.num_frames, answer.at("num_frames").get<int64_t>());
  const ImportedWeights imported = import_weights(architecture, std::move(source.weights));
  EXPECT_TRUE(imported.transfer.fresh.empty()) << imported.transfer.fresh.front();
  EXPECT_TRUE(imported.transfer.unused.empty()) << imported.transfer.unused.front();
  const auto engine = make_torch_engine(architecture, imported.weights);
  const tensor::Tensor input =
      formula("input", input_shape(architecture, 2, answer.at("size").get<int64_t>()), -2.0, 2.0);
  const tensor::Tensor logits = engine->run(input);
  const auto expected = answer.at("logits").get<std::vector<float>>();
  EXPECT_EQ(logits.floats().size(), expected.size());
  for (size_t i = 0; i < expected.size(); ++i) EXPECT_NEAR(logits.floats()[i], expected[i], kTolerance) << file << i;
  return imported.transfer;
}

std::string error_of(const std::map<std::string, tensor::Tensor>& weights, const WantedNetwork& wanted) {
  try {
    recognise_network(weights, wanted, "net.pth");
  } catch (const base::UserError& error) {
    return error.what();
  }
  return "";
}

TEST(ImportWeights, FilesOfOthersGiveTheLogitsOfPyTorch) {
  for (const auto& entry : golden("import/cases")) {
    const auto file = entry.at("file").get<std::string>();
    const Transfer transfer = expect_logits(file, entry.at("as_is"), entry.at("num_classes").get<int64_t>(), {});
    EXPECT_TRUE(transfer.adapted.empty()) << file;
  }
}

TEST(ImportWeights, PicturesBecomeVolumesThatAnswerAsPyTorchsInflatedOnes) {
  for (const auto& entry : golden("import/cases")) {
    if (!entry.contains("inflated")) continue;
    const nlohmann::json& answer = entry.at("inflated");
    const Transfer transfer =
        expect_logits(entry.at("file").get<std::string>(), answer, entry.at("num_classes").get<int64_t>(),
                      {std::nullopt, true, answer.at("num_frames").get<int64_t>()});
    EXPECT_EQ(transfer.adapted.size(), 20U);  // All kernels of resnet_18: stem, 16 of blocks, 3 of shortcuts.
  }
}

TEST(ImportWeights, AnInflatedKernelAnswersAStillClipAsThePictureDid) {
  const tensor::Tensor kernel = formula("k", {2, 3, 3, 3}, -1, 1);
  const FittedWeights fitted = fit_weights({{"conv", kernel}}, {{"conv", {2, 3, 5, 3, 3}}});
  EXPECT_EQ(fitted.inflated, std::vector<std::string>{"conv"});
  const auto volume = to_torch(fitted.weights.at("conv"));
  EXPECT_TRUE(torch::allclose(volume.sum(2), to_torch(kernel), 1e-5, 1e-6));
  EXPECT_TRUE(torch::equal(volume.select(2, 0), volume.select(2, 4)));
}

TEST(ImportWeights, OwnCheckpointsAndPlainSafetensorsAreReadAsWell) {
  const testing_data::TemporaryFolder folder("import_weights");
  Architecture architecture;
  architecture.width = 4;
  architecture.num_classes = 2;
  const auto weights = golden_weights(architecture);
  tensor::write_safetensors(folder.path() / "plain.safetensors", {weights, {}});
  const WeightFile plain = read_weight_file(folder.path() / "plain.safetensors", "");
  EXPECT_FALSE(plain.checkpoint);
  Architecture recognised = recognise_network(plain.weights, {}, "x");
  recognised.dropout_ratio = architecture.dropout_ratio;
  EXPECT_EQ(recognised, architecture);

  Checkpoint checkpoint;
  checkpoint.labels = {"left", "right"};
  checkpoint.weights = weights;
  checkpoint.origin = R"({"file":"a.pth"})";
  save_checkpoint(folder.path() / "own.safetensors", checkpoint);
  const WeightFile own = read_weight_file(folder.path() / "own.safetensors", "");
  ASSERT_TRUE(own.checkpoint);
  EXPECT_EQ(own.checkpoint->labels, checkpoint.labels);
  EXPECT_EQ(own.checkpoint->origin, checkpoint.origin);
  EXPECT_EQ(own.weights.size(), weights.size());
}

TEST(ImportWeights, TheFirstWeightTellsFlowFromColours) {
  Architecture flow;
  flow.model_type = ModelType::of;
  flow.width = 4;
  flow.num_classes = 2;
  const Architecture recognised = recognise_network(golden_weights(flow), {}, "net.pth");
  EXPECT_EQ(recognised.model_type, ModelType::of);
  EXPECT_TRUE(recognised.volume);

  flow.volume = false;
  flow.num_frames = 10;
  const auto stacked = golden_weights(flow);  // 20 channels.
  const std::string error = error_of(stacked, {});
  EXPECT_TRUE(error.starts_with("net.pth: its first weight has 20 input channels")) << error;
  EXPECT_NE(error.find("--model-type"), std::string::npos) << error;
  WantedNetwork wanted;
  wanted.model_type = ModelType::of;
  EXPECT_EQ(recognise_network(stacked, wanted, "net.pth").num_frames, 10);

  auto odd = golden_weights(flow);
  odd.at("conv1.weight") = tensor::Tensor({4, 5, 7, 7});
  EXPECT_NE(error_of(odd, {}).find("5 input channels"), std::string::npos);
}

TEST(ImportWeights, WhatNoNetworkFitsIsAUserError) {
  Architecture architecture;
  architecture.width = 4;
  architecture.num_classes = 2;
  auto weights = golden_weights(architecture);
  EXPECT_NE(error_of({{"embedding", tensor::Tensor({3})}}, {}).find("no network of gerund"), std::string::npos);
  EXPECT_NE(error_of(weights, {"resnet_9000", std::nullopt, std::nullopt}).find("resnet_9000"), std::string::npos);
  std::erase_if(weights, [](const auto& entry) { return entry.first.starts_with("layer3"); });
  const std::string error = error_of(weights, {});
  EXPECT_TRUE(error.starts_with("net.pth: ")) << error;
  EXPECT_NE(error.find("resnet_18 (3d) comes closest"), std::string::npos) << error;
}

TEST(ImportWeights, VolumesAreNoPictures) {
  const WeightFile file = read_weight_file(golden_file("lightning.ckpt"), "");
  EXPECT_NE(error_of(file.weights, {std::nullopt, false, std::nullopt}), "");
}

TEST(ImportWeights, AFileWithoutAHeadHasNoClasses) {
  WeightFile file = read_weight_file(golden_file("torchvision.pth"), "");
  file.weights.erase("fc.weight");
  file.weights.erase("fc.bias");
  Architecture architecture = recognise_network(file.weights, {}, "x");
  EXPECT_EQ(architecture.num_classes, 0);
  architecture.num_classes = 4;
  EXPECT_EQ(import_weights(architecture, file.weights).transfer.fresh,
            (std::vector<std::string>{"fc_cls.bias", "fc_cls.weight"}));
}

TEST(ImportWeights, SealedFilesOpenWithTheirKeyAlone) {
  const testing_data::TemporaryFolder folder("import_sealed");
  Checkpoint checkpoint;
  checkpoint.experiment.encryption_key = "open sesame";
  checkpoint.labels = {"left", "right"};
  checkpoint.weights = {{"w", tensor::Tensor({1})}};
  const auto path = folder.path() / "sealed.safetensors";
  save_checkpoint(path, checkpoint);
  const std::string bytes = base::read_file(path);
  for (const char* word : {"left", "gerund.spec", "sesame", "__metadata__"})
    EXPECT_EQ(bytes.find(word), std::string::npos) << word;
  EXPECT_EQ(load_checkpoint(path, "open sesame").labels, checkpoint.labels);
  EXPECT_FALSE(load_checkpoint(path, "open sesame").experiment.encryption_key);
  EXPECT_EQ(read_weight_file(path, "open sesame").weights.size(), 1U);
  EXPECT_THROW(load_checkpoint(path, "open barley"), base::UserError);
  EXPECT_THROW(load_checkpoint(path), base::UserError);
  EXPECT_THROW(read_weight_file(path, ""), base::UserError);
}

TEST(LoadCheckpoint, AFileOfPyTorchSaysHowToImportIt) {
  try {
    load_checkpoint(golden_file("torchvision.pth"));
    FAIL();
  } catch (const base::UserError& error) {
    EXPECT_NE(std::string(error.what()).find("gerund models import"), std::string::npos) << error.what();
  }
}

}  // namespace
}  // namespace gerund::nets
