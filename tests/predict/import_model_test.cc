#include "predict/import_model.h"

#include <gtest/gtest.h>

#include "message_of.h"
#include "nets/architecture.h"
#include "nets/golden_values.h"
#include "small_videos.h"

namespace gerund::predict {
namespace {

namespace fs = std::filesystem;

/// A checkpoint of a narrow network of random weights.
fs::path write_checkpoint(const fs::path& folder, const std::string& model_type) {
  nets::Checkpoint checkpoint;
  spec::ModelSpec& model = checkpoint.experiment.model;
  model.model_type = model_type;
  model.input_type = "2d";
  model.width = 4;
  model.rgb_seq_length = 3;
  model.of_seq_length = 5;
  checkpoint.labels = {"left", "right"};
  checkpoint.experiment.dataset.label_map = {{"left", 0}, {"right", 1}};
  checkpoint.weights = nets::golden_weights(nets::make_architecture(checkpoint.experiment));
  const fs::path path = folder / (model_type + ".safetensors");
  nets::save_checkpoint(path, checkpoint);
  return path;
}

TEST(ImportModel, CheckpointsOfEveryKindAreWhatTheySay) {
  const testing_data::TemporaryFolder folder("import_model");
  for (const char* model_type : {"rgb", "of", "joint"}) {
    ImportOptions options;
    options.labels = {"up", "down"};
    const Import imported = import_model(write_checkpoint(folder.path(), model_type), options);
    EXPECT_TRUE(imported.transfer.fresh.empty()) << model_type;
    EXPECT_TRUE(imported.transfer.adapted.empty()) << model_type;
    EXPECT_TRUE(imported.transfer.unused.empty()) << model_type;
    const spec::ModelSpec& model = imported.checkpoint.experiment.model;
    EXPECT_EQ(model.model_type, model_type);
    EXPECT_EQ(model.input_type, "2d");
    EXPECT_EQ(model.rgb_seq_length, 3);
    EXPECT_EQ(model.of_seq_length, 5);
    EXPECT_EQ(imported.checkpoint.labels, options.labels);
  }
}

TEST(ImportModel, FlowIsInflatedAsFlow) {
  const testing_data::TemporaryFolder folder("import_model");
  ImportOptions options;
  options.input_type = "3d";
  options.num_frames = 8;
  const Import imported = import_model(write_checkpoint(folder.path(), "of"), options);
  EXPECT_EQ(imported.checkpoint.experiment.model.model_type, "of");
  EXPECT_EQ(imported.checkpoint.experiment.model.of_seq_length, 8);
  EXPECT_EQ(imported.checkpoint.weights.at("conv1.weight").dim(1), 2);
}

TEST(ImportModel, AJointNetworkKeepsItsInputs) {
  const testing_data::TemporaryFolder folder("import_model");
  ImportOptions options;
  options.input_type = "3d";
  const fs::path path = write_checkpoint(folder.path(), "joint");
  const std::string message = testing_data::message_of([&] { import_model(path, options); });
  EXPECT_TRUE(message.starts_with(path.string() + ": is a joint network")) << message;
}

}  // namespace
}  // namespace gerund::predict
