#include "deploy/deepstream_preprocess.h"

#include <gtest/gtest.h>

#include "deploy/deepstream_files.h"

namespace gerund::deploy {
namespace {

using clip::InputType;
using clip::ResizeMode;
using DeepStreamPreprocess = DeepStream;

TEST_F(DeepStreamPreprocess, TheRecipeIsThatOfTheShapeAndTheUserConfigs) {
  const AppConfig config = read();
  ASSERT_TRUE(config.recipe);
  EXPECT_EQ(config.recipe->input_type, InputType::volume_3d);
  EXPECT_EQ(config.recipe->num_frames, 16);
  EXPECT_EQ(config.recipe->height, 112);
  EXPECT_EQ(config.recipe->width, 96);
  EXPECT_EQ(config.recipe->sample_strategy, clip::SampleStrategy::consecutive);
  EXPECT_EQ(config.recipe->sample_rate, 2);
  EXPECT_EQ(config.recipe->resize_mode, ResizeMode::squash);
  ASSERT_EQ(config.recipe->mean.size(), 3U);
  for (size_t c = 0; c < 3; ++c) {
    EXPECT_DOUBLE_EQ(config.recipe->mean[c], 0.5);
    EXPECT_NEAR(config.recipe->std[c], 0.5, 1e-6);
  }
}

TEST_F(DeepStreamPreprocess, ShortListsRepeatTheirLastValue) {
  user_ = "[user-configs]\nchannel-scale-factors=1;0.5\nchannel-mean-offsets=255;0;51;\n";
  const AppConfig config = read();
  EXPECT_EQ(config.recipe->mean, (std::vector<double>{1, 0, 0.2}));
  EXPECT_EQ(config.recipe->std, (std::vector<double>{1 / 255.0, 2 / 255.0, 2 / 255.0}));
  EXPECT_EQ(config.window.stride, 1);
  EXPECT_EQ(config.window.subsample, 0);
  user_ = "";
  EXPECT_EQ(read().recipe->mean, (std::vector<double>{0, 0, 0}));
  EXPECT_EQ(read().recipe->std, (std::vector<double>{1 / 255.0, 1 / 255.0, 1 / 255.0}));
}

TEST_F(DeepStreamPreprocess, TheLibraryForSinglePicturesHasOneFactor) {
  user_ = "[user-configs]\npixel-normalization-factor=0.5\noffsets=51\nmean-file=mean.ppm\n";
  const AppConfig config = read();
  EXPECT_EQ(config.recipe->mean, (std::vector<double>{0.2, 0.2, 0.2}));
  EXPECT_EQ(config.recipe->std, (std::vector<double>{2 / 255.0, 2 / 255.0, 2 / 255.0}));
  EXPECT_TRUE(warns_once("mean-file"));
}

TEST_F(DeepStreamPreprocess, ShapesOfRankFourAreStacks) {
  pre_ = changed(kPreprocess, "2;3;16;112;96", "2;48;112;96");
  const AppConfig config = read();
  EXPECT_EQ(config.recipe->input_type, InputType::stacked_2d);
  EXPECT_EQ(config.recipe->num_frames, 16);
  EXPECT_EQ(config.recipe->height, 112);
  EXPECT_EQ(config.recipe->width, 96);
}

TEST_F(DeepStreamPreprocess, ShapesThatAreNoClipsOfColourPicturesAreRefused) {
  const auto refusal = [&](const std::string& shape) {
    pre_ = changed(kPreprocess, "2;3;16;112;96", shape);
    return short_error();
  };
  EXPECT_TRUE(refusal("64;2;100;17;3").starts_with("pre.txt:5: network-input-shape: 64;2;100;17;3 has 2 channels"));
  EXPECT_TRUE(contains(refusal("64;2;100;17;3"), "skeleton"));
  EXPECT_TRUE(contains(refusal("4;17;100;17;1"), "has 17 channels"));
  EXPECT_TRUE(contains(refusal("4;64;224;224"), "a multiple of 3"));
  EXPECT_TRUE(contains(refusal("3;224;224"), "has 3 numbers"));
  EXPECT_TRUE(contains(refusal("4;3;0;224;224"), "0 is out of range"));
  EXPECT_TRUE(contains(refusal("4;3;x;224;224"), "'x' is not an integer"));
  pre_ = changed(kPreprocess, "network-input-shape= 2;3;16;112;96\n", "");
  EXPECT_TRUE(short_error().starts_with("pre.txt:1: network-input-shape: is not given"));
}

TEST_F(DeepStreamPreprocess, InputThatCannotBeMadeIsRefused) {
  const auto refusal = [&](const std::string& from, const std::string& to) {
    pre_ = changed(kPreprocess, from, to);
    return short_error();
  };
  EXPECT_TRUE(refusal("color-format=0", "color-format=1").starts_with("pre.txt:6: network-color-format: 1 (BGR)"));
  EXPECT_TRUE(contains(refusal("color-format=0", "color-format=2"), "2 (GRAY)"));
  EXPECT_TRUE(contains(refusal("input-order=2", "input-order=1"), "NHWC"));
  const std::string objects = refusal("process-on-frame=1", "process-on-frame=0");
  EXPECT_TRUE(objects.starts_with("pre.txt:4: process-on-frame: 0"));
  EXPECT_TRUE(contains(objects, "GstVideoRegionOfInterestMeta"));
}

TEST_F(DeepStreamPreprocess, StrideAndSubsampleHaveTheirRange) {
  const auto refusal = [&](const std::string& from, const std::string& to) {
    user_ = changed(kUser, from, to);
    return short_error();
  };
  EXPECT_TRUE(contains(refusal("stride=4", "stride=0"), "stride: 0 is out of range"));
  EXPECT_TRUE(contains(refusal("stride=4", "stride=-2"), "stride: -2 is out of range"));
  EXPECT_TRUE(contains(refusal("subsample=1", "subsample=-1"), "subsample: -1 is out of range"));
  EXPECT_TRUE(contains(refusal("0.007843137", "0"), "channel-scale-factors: 0 is out of range"));
  EXPECT_TRUE(contains(refusal("127.5", "1;2;3;4"), "channel-mean-offsets: a list of 4"));
}

TEST_F(DeepStreamPreprocess, LetterboxesAreOneOfTwo) {
  pre_ = std::string(kPreprocess) + "maintain-aspect-ratio=1\n";
  EXPECT_EQ(read().recipe->resize_mode, ResizeMode::letterbox);
  pre_ += "symmetric-padding=1\n";
  EXPECT_EQ(read().recipe->resize_mode, ResizeMode::letterbox_center);
  EXPECT_EQ(joined(warnings_), "");
  pre_ = std::string(kPreprocess) + "symmetric-padding=1\n";
  EXPECT_EQ(read().recipe->resize_mode, ResizeMode::squash);
  EXPECT_TRUE(warns_once("symmetric-padding"));
}

TEST_F(DeepStreamPreprocess, OddPropertiesAreNamed) {
  pre_ = changed(kPreprocess, "tensor-data-type=0", "tensor-data-type=5");
  pre_ = changed(pre_, "processing-width=96", "processing-width=128");
  pre_ += "custom-tensor-preparation-function=MyOwn\n";
  const AppConfig config = read();
  EXPECT_EQ(config.recipe->width, 96);
  EXPECT_TRUE(warns_once("pre.txt:8: tensor-data-type: 5 is not obeyed"));
  EXPECT_TRUE(warns_once("pre.txt:10: processing-width: 128 is not the size in network-input-shape; 96 is taken"));
  EXPECT_TRUE(warns_once("'MyOwn' is not run"));
  EXPECT_EQ(warnings_.size(), 3U);
}

TEST_F(DeepStreamPreprocess, MissingPropertiesAreNamedInOneLine) {
  pre_ = "[property]\nnetwork-input-shape=1;3;8;32;32\n";
  const AppConfig config = read();
  EXPECT_EQ(config.recipe->num_frames, 8);
  EXPECT_FALSE(config.input_name);
  EXPECT_TRUE(warns_once("network-input-order, network-color-format, tensor-data-type, tensor-name"));
  pre_ = "";
  EXPECT_TRUE(contains(error(), "has no group [property]"));
}

TEST_F(DeepStreamPreprocess, DisabledPreprocessingLooksAtNothing) {
  pre_ = changed(kPreprocess, "enable=1", "enable=0");
  EXPECT_FALSE(read().sources[0].is_watched);
  EXPECT_TRUE(warns_once("pre.txt:2: enable: 0 switches the preprocessing off"));
}

}  // namespace
}  // namespace gerund::deploy
