// tests/train/plan_test.cc - what is chosen for a data set, by the rules in train/plan.h; expected values by hand.
#include "train/plan.h"

#include <gtest/gtest.h>

#include "base/error.h"

namespace gerund::train {
namespace {

/// `per_class` clips of each class, all alike.
data::Survey survey_of(const std::vector<std::string>& labels, int per_class, double seconds = 3, double fps = 25,
                       int width = 640, int height = 480) {
  data::Survey survey;
  for (const std::string& label : labels) {
    for (int i = 0; i < per_class; ++i) {
      data::ClipFacts clip;
      clip.item.label = label;
      clip.info.width = width;
      clip.info.height = height;
      clip.info.num_frames = static_cast<int64_t>(seconds * fps);
      clip.info.fps = fps;
      clip.info.duration_seconds = seconds;
      clip.info.codec = "h264";
      survey.clips.push_back(clip);
    }
  }
  return survey;
}

const data::LabelMap kTwo{{"run", 0}, {"walk", 1}};

std::string complaint(const data::Survey& survey, const data::LabelMap& label_map) {
  try {
    plan_training(survey, label_map, {});
  } catch (const base::UserError& error) {
    return error.what();
  }
  return "";
}

TEST(Plan, SeesShortClipsWholeAndLongOnesInParts) {
  const spec::ModelSpec whole = plan_training(survey_of({"run", "walk"}, 5, 6), kTwo, {}).experiment.model;
  EXPECT_EQ(whole.sample_strategy, "random_interval");
  EXPECT_EQ(whole.rgb_seq_length, 16);
  EXPECT_EQ(whole.input_type, "3d");
  // 2.5 s at 30 frames per second are 75 frames: every 4.7th of them, so every fifth.
  const spec::ModelSpec part = plan_training(survey_of({"run", "walk"}, 5, 20, 30), kTwo, {}).experiment.model;
  EXPECT_EQ(part.sample_strategy, "consecutive");
  EXPECT_EQ(part.sample_rate, 5);
  EXPECT_EQ(plan_training(survey_of({"run", "walk"}, 5, 20, 2), kTwo, {}).experiment.model.sample_rate, 1);
}

TEST(Plan, SeesFewerFramesWhereClipsHaveFewer) {
  const auto frames_of = [](double seconds) {
    return plan_training(survey_of({"run", "walk"}, 5, seconds, 10), kTwo, {}).experiment.model.rgb_seq_length;
  };
  EXPECT_EQ(frames_of(1.6), 16);
  EXPECT_EQ(frames_of(1.5), 8);
  EXPECT_EQ(frames_of(0.7), 4);
  EXPECT_EQ(frames_of(0.3), 4);
}

TEST(Plan, ChoosesTheNetworkByWhatThereIsToComputeWithAndToLearnFrom) {
  const spec::ModelSpec few = plan_training(survey_of({"run", "walk"}, 200), kTwo, {}).experiment.model;
  EXPECT_EQ(few.width, 16);
  EXPECT_EQ(few.input_width, 112);
  EXPECT_EQ(few.input_height, 84);
  const spec::ModelSpec many = plan_training(survey_of({"run", "walk"}, 201), kTwo, {}).experiment.model;
  EXPECT_EQ(many.width, 32);
  EXPECT_EQ(many.input_height, 112);
  EXPECT_EQ(many.input_width, 148);  // 112 * 4 / 3 = 149.3, in fours.
  PlanOptions gpu;
  gpu.has_gpu = true;
  EXPECT_EQ(plan_training(survey_of({"run", "walk"}, 5), kTwo, gpu).experiment.model.width, 64);
}

TEST(Plan, KeepsTheShapeOfThePictures) {
  const spec::ModelSpec tall =
      plan_training(survey_of({"run", "walk"}, 5, 3, 25, 1080, 1920), kTwo, {}).experiment.model;
  EXPECT_EQ(tall.input_width, 84);
  EXPECT_EQ(tall.input_height, 148);  // 84 * 16 / 9 = 149.3, in fours.
  EXPECT_EQ(plan_training(survey_of({"run", "walk"}, 5, 3, 25, 4000, 100), kTwo, {}).experiment.model.input_width, 168);
}

TEST(Plan, StartsFromWeightsWhereTheyFit) {
  PlanOptions options;
  options.find_start = [](const spec::ModelSpec& model) -> std::optional<Start> {
    if (model.backbone != "resnet_18" || model.input_type != "3d" || model.width != 16) return std::nullopt;
    return Start{"folder/base.safetensors", "to jump"};
  };
  const Plan plan = plan_training(survey_of({"run", "walk"}, 5), kTwo, options);
  EXPECT_NE(plan.reasons.back().find("weights that know to jump (base.safetensors)"), std::string::npos);
  const spec::Experiment& few = plan.experiment;
  EXPECT_EQ(few.model.rgb_pretrained_model_path, "folder/base.safetensors");
  EXPECT_EQ(few.train.optim.lr, 0.005);
  const spec::Experiment many = plan_training(survey_of({"run", "walk"}, 300), kTwo, options).experiment;
  EXPECT_FALSE(many.model.rgb_pretrained_model_path);
  EXPECT_EQ(many.train.optim.lr, 0.01);
}

TEST(Plan, TrainsForSomeFourteenThousandClips) {
  const auto epochs = [](int64_t num_clips, bool has_gpu = false) {
    Plan plan = plan_training(survey_of({"run", "walk"}, 5), kTwo, {});
    PlanOptions options;
    options.has_gpu = has_gpu;
    plan_epochs(num_clips, options, plan);
    EXPECT_EQ(plan.reasons.size(), 3U);
    return plan.experiment.train.num_epochs;
  };
  EXPECT_EQ(epochs(480), 30);
  EXPECT_EQ(epochs(8), 60);
  EXPECT_EQ(epochs(100000), 10);
  EXPECT_EQ(epochs(2400, true), 30);
}

TEST(Plan, MirrorsNoClipsWhereNamesTellLeftFromRight) {
  const auto flip = [](const std::string& label) {
    return plan_training(survey_of({label, "walk"}, 5), {{label, 0}, {"walk", 1}}, {})
        .experiment.dataset.augmentation_config.horizontal_flip_prob;
  };
  EXPECT_EQ(flip("wave_Left"), 0);
  EXPECT_EQ(flip("turn right"), 0);
  EXPECT_EQ(flip("bright"), 0.5);
}

TEST(Plan, SaysWhatIsMissing) {
  EXPECT_NE(complaint(survey_of({"walk"}, 9), {{"walk", 0}}).find("there is one class, 'walk'"), std::string::npos);
  data::Survey few = survey_of({"run", "walk"}, 4);
  EXPECT_EQ(complaint(few, kTwo), "");
  few.clips.pop_back();
  EXPECT_NE(complaint(few, kTwo).find("class 'walk' has 3 clips that can be used"), std::string::npos);
  PlanOptions parted;
  parted.least_clips = 3;
  EXPECT_NO_THROW(plan_training(few, kTwo, parted));
  EXPECT_NE(complaint(survey_of({"run"}, 9), kTwo).find("class 'walk' has 0 clips"), std::string::npos);
}

}  // namespace
}  // namespace gerund::train
