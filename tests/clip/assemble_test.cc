// tests/clip/assemble_test.cc - from frames to network input; expected values: tools/make_clip_golden.py, and by hand.
#include "clip/assemble.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <set>

#include "clip/golden_pictures.h"
#include "clip/resize.h"

namespace gerund::clip {
namespace {

Recipe small_recipe(int width, int height, int num_frames = 1) {
  Recipe recipe;
  recipe.width = width;
  recipe.height = height;
  recipe.num_frames = num_frames;
  recipe.crop_smaller_edge = 16;
  recipe.mean = {};
  recipe.std = {};
  return recipe;
}

/// A frame whose red is the column and whose green the row.
tensor::Frame map_of_places(int width, int height) {
  tensor::Frame frame(width, height);
  for (int y = 0; y < height; ++y) {
    for (int x = 0; x < width; ++x) {
      frame.row(y)[3 * x] = static_cast<uint8_t>(x);
      frame.row(y)[3 * x + 1] = static_cast<uint8_t>(y);
    }
  }
  return frame;
}

int byte_at(const tensor::Tensor& input, int channel, int y, int x) {
  const auto index = (static_cast<int64_t>(channel) * input.dim(1) * input.dim(2) + y) * input.dim(3) + x;
  return static_cast<int>(input.floats()[static_cast<size_t>(index)] * 255 + 0.5F);
}

TEST(Assemble, GivesTheNumbersOfTheReferencePipeline) {
  int num_checked = 0;
  for (std::istringstream& line : golden_lines("pipeline.txt")) {
    std::string mode;
    std::string hash;
    int in_width = 0;
    int in_height = 0;
    Recipe recipe;
    line >> mode >> in_width >> in_height >> recipe.crop_smaller_edge >> recipe.width >> recipe.height >>
        recipe.num_frames >> hash;
    recipe.resize_mode = mode == "squash" ? ResizeMode::squash : ResizeMode::center_crop;
    std::vector<tensor::Frame> frames;
    for (int t = 0; t < recipe.num_frames; ++t)
      frames.push_back(golden_picture("noise", in_width, in_height, static_cast<uint64_t>(t)));
    for (const InputType type : {InputType::volume_3d, InputType::stacked_2d}) {
      recipe.input_type = type;
      const tensor::Tensor input = assemble(recipe, frames);
      EXPECT_EQ(input.shape(), input_shape(recipe));
      EXPECT_EQ(fnv1a(input.raw()), hash) << line.str();
    }
    const tensor::Tensor input = assemble(recipe, frames);
    const auto size = static_cast<size_t>(input.size());
    for (const size_t i : {size_t{0}, size / 3, size / 2, size - 1}) {
      double expected = 0;
      line >> expected;
      EXPECT_FLOAT_EQ(input.floats()[i], static_cast<float>(expected)) << line.str() << ", value " << i;
    }
    ++num_checked;
  }
  EXPECT_EQ(num_checked, 8);
}

TEST(Assemble, PutsFrameTOfChannelCAtCTimesTPlusT) {
  Recipe recipe = small_recipe(2, 2, 3);
  recipe.input_type = InputType::stacked_2d;
  std::vector<tensor::Frame> frames(3, tensor::Frame(2, 2));
  for (size_t t = 0; t < 3; ++t)
    for (size_t i = 0; i < 12; ++i) frames[t].rgb[i] = static_cast<uint8_t>(10 * (i % 3) + t);
  const tensor::Tensor input = assemble(recipe, frames);
  ASSERT_EQ(input.shape(), (tensor::Shape{9, 2, 2}));
  for (size_t channel = 0; channel < 9; ++channel)
    EXPECT_FLOAT_EQ(input.floats()[channel * 4], static_cast<float>(10 * (channel / 3) + channel % 3) / 255);
}

TEST(Assemble, NormalisesEachChannel) {
  Recipe recipe = small_recipe(1, 1);
  recipe.mean = {0.5, 0.25, 0};
  recipe.std = {0.5, 0.25, 2};
  tensor::Frame frame(1, 1);
  frame.rgb = {255, 0, 255};
  const tensor::Tensor input = assemble(recipe, std::vector<tensor::Frame>{frame});
  EXPECT_FLOAT_EQ(input.floats()[0], 1.0F);
  EXPECT_FLOAT_EQ(input.floats()[1], -1.0F);
  EXPECT_FLOAT_EQ(input.floats()[2], 0.5F);
}

/// [C, T, H, W] of frames that have the size of the input already.
std::vector<float> by_definition(const Recipe& recipe, const std::vector<tensor::Frame>& frames, bool is_mirrored) {
  std::vector<float> values;
  for (size_t c = 0; c < 3; ++c) {
    const auto mean = static_cast<float>(recipe.mean[c]), deviation = static_cast<float>(recipe.std[c]);
    for (const tensor::Frame& frame : frames) {
      for (int i = 0; i < frame.width * frame.height; ++i) {
        const int x = i % frame.width;
        const size_t pixel = 3 * static_cast<size_t>(is_mirrored ? frame.width - 1 - x : x) + c;
        values.push_back((static_cast<float>(frame.row(i / frame.width)[pixel]) / 255.0F - mean) / deviation);
      }
    }
  }
  return values;
}

/// More than 8 MiB go to memory past the caches, by vectors where the width allows that.
TEST(Assemble, GivesTheSameNumbersInClipsThatNoCacheHolds) {
  constexpr int kNumFrames = 24;
  for (const int width : {224, 220, 218, 227}) {
    for (const bool is_mirrored : {false, true}) {
      Recipe recipe = small_recipe(width, 224, kNumFrames);
      recipe.mean = {0.4, 0.5, 0.6};
      recipe.std = {0.2, 0.3, 0.25};
      std::vector<tensor::Frame> frames;
      for (uint64_t t = 0; t < kNumFrames; ++t) frames.push_back(golden_picture("noise", width, 224, t));
      Augment augment;
      augment.crop = TrainCrop::no_crop;
      augment.horizontal_flip_prob = is_mirrored ? 1 : 0;
      base::Random random(1);
      const tensor::Tensor clip = assemble_augmented(recipe, augment, frames, random);
      ASSERT_GT(clip.raw().size(), size_t{8} << 20);
      EXPECT_TRUE(std::ranges::equal(clip.floats(), by_definition(recipe, frames, is_mirrored)))
          << width << " " << is_mirrored;
    }
  }
}

TEST(Assemble, TakesAsManyFramesAsItGets) {
  const std::vector<tensor::Frame> frames(5, tensor::Frame(4, 4));
  EXPECT_EQ(assemble(small_recipe(2, 2, 16), frames).shape(), (tensor::Shape{3, 5, 2, 2}));
}

TEST(Assemble, TakesFramesOfDifferentSizes) {
  const std::vector<tensor::Frame> frames{tensor::Frame(4, 9), tensor::Frame(20, 3)};
  EXPECT_EQ(assemble(small_recipe(6, 5, 2), frames).shape(), (tensor::Shape{3, 2, 5, 6}));
}

TEST(Assemble, EnlargesAFrameThatIsSmallerThanTheCrop) {
  Recipe recipe = small_recipe(24, 20);
  recipe.resize_mode = ResizeMode::center_crop;  // The short edge becomes 16, less than the 20 of the crop.
  tensor::Frame frame(40, 30);
  std::fill(frame.rgb.begin(), frame.rgb.end(), uint8_t{77});
  const tensor::Tensor input = assemble(recipe, std::vector<tensor::Frame>{frame});
  for (const float value : input.floats()) ASSERT_FLOAT_EQ(value, 77.0F / 255);
}

TEST(RandomCrop, DrawsEveryPlaceAndOnlyThose) {
  const Recipe recipe = small_recipe(14, 15);
  Augment augment;
  augment.horizontal_flip_prob = 0;
  const std::vector<tensor::Frame> frames{map_of_places(18, 16)};  // The short edge is 16 already.
  base::Random random(1);
  std::set<std::pair<int, int>> places;
  for (int i = 0; i < 400; ++i) {
    const tensor::Tensor input = assemble_augmented(recipe, augment, frames, random);
    places.emplace(byte_at(input, 0, 0, 0), byte_at(input, 1, 0, 0));
    EXPECT_EQ(byte_at(input, 0, 14, 13), byte_at(input, 0, 0, 0) + 13);
    EXPECT_EQ(byte_at(input, 1, 14, 13), byte_at(input, 1, 0, 0) + 14);
  }
  std::set<std::pair<int, int>> expected;
  for (int x = 0; x <= 4; ++x)
    for (int y = 0; y <= 1; ++y) expected.emplace(x, y);
  EXPECT_EQ(places, expected);
}

TEST(RandomCrop, IsTheSameForAllFramesOfAClip) {
  const Recipe recipe = small_recipe(4, 4, 6);
  const std::vector<tensor::Frame> frames(6, map_of_places(40, 16));
  base::Random random(2);
  for (int i = 0; i < 20; ++i) {
    const tensor::Tensor input = assemble_augmented(recipe, Augment{}, frames, random);
    for (int64_t t = 1; t < 6; ++t)
      for (int64_t k = 0; k < 16; ++k)
        ASSERT_EQ(input.floats()[static_cast<size_t>(t * 16 + k)], input.floats()[static_cast<size_t>(k)]);
  }
}

TEST(MultiScaleCrop, UsesItsThirteenPlaces) {
  const Recipe recipe = small_recipe(8, 8);
  Augment augment;
  augment.crop = TrainCrop::multi_scale_crop;
  augment.scales = {0.5};  // 16 * 0.5 = 8: no resize follows.
  augment.horizontal_flip_prob = 0;
  const std::vector<tensor::Frame> frames{map_of_places(24, 16)};
  base::Random random(3);
  std::set<std::pair<int, int>> places;
  for (int i = 0; i < 600; ++i) {
    const tensor::Tensor input = assemble_augmented(recipe, augment, frames, random);
    places.emplace(byte_at(input, 0, 0, 0), byte_at(input, 1, 0, 0));
  }
  // Steps (24 - 8) / 4 = 4 and (16 - 8) / 4 = 2: corners, centre, edge middles, quarter points.
  EXPECT_EQ(places, (std::set<std::pair<int, int>>{{0, 0},
                                                   {16, 0},
                                                   {0, 8},
                                                   {16, 8},
                                                   {8, 4},
                                                   {0, 4},
                                                   {16, 4},
                                                   {8, 8},
                                                   {8, 0},
                                                   {4, 2},
                                                   {12, 2},
                                                   {4, 6},
                                                   {12, 6}}));
}

TEST(MultiScaleCrop, SnapsASideThatIsNearlyTheInput) {
  Augment augment;
  augment.crop = TrainCrop::multi_scale_crop;
  augment.horizontal_flip_prob = 0;
  const std::vector<tensor::Frame> frames{golden_picture("noise", 30, 16, 0)};
  const auto matches_a_crop = [&](double scale, int side) {
    augment.scales = {scale};
    base::Random random(4);
    const tensor::Tensor input = assemble_augmented(small_recipe(10, 10), augment, frames, random);
    for (int step_x = 0; step_x <= 4; ++step_x) {
      for (int step_y = 0; step_y <= 4; ++step_y) {
        const tensor::Frame expected =
            resize(crop(frames[0], {step_x * ((30 - side) / 4), step_y * ((16 - side) / 4), side, side}), 10, 10);
        bool same = true;
        for (int y = 0; y < 10; ++y)
          for (int x = 0; x < 10; ++x) same = same && byte_at(input, 0, y, x) == expected.row(y)[3 * x];
        if (same) return true;
      }
    }
    return false;
  };
  EXPECT_TRUE(matches_a_crop(0.75, 10));  // 12: two pixels off, snapped.
  EXPECT_TRUE(matches_a_crop(0.5, 10));   // 8.
  EXPECT_TRUE(matches_a_crop(0.82, 13));  // 13.12: three pixels off, kept and resized.
  EXPECT_FALSE(matches_a_crop(0.82, 10));
}

TEST(MultiScaleCrop, DrawsAllScales) {
  Augment augment;
  augment.crop = TrainCrop::multi_scale_crop;
  augment.scales = {1.0, 0.5};
  augment.horizontal_flip_prob = 0;
  const std::vector<tensor::Frame> frames{map_of_places(16, 16)};
  base::Random random(5);
  std::set<int> spans;
  for (int i = 0; i < 100; ++i) {
    const tensor::Tensor input = assemble_augmented(small_recipe(4, 4), augment, frames, random);
    spans.insert(byte_at(input, 0, 0, 3) - byte_at(input, 0, 0, 0));
  }
  EXPECT_EQ(spans.size(), 2U);
}

TEST(NoCrop, SquashesTheWholeFrame) {
  Augment augment;
  augment.crop = TrainCrop::no_crop;
  augment.horizontal_flip_prob = 0;
  const std::vector<tensor::Frame> frames{golden_picture("noise", 31, 17, 0)};
  base::Random random(6);
  const Recipe recipe = small_recipe(12, 9);
  const tensor::Tensor augmented = assemble_augmented(recipe, augment, frames, random);
  const tensor::Tensor plain = assemble(recipe, frames);
  EXPECT_EQ(fnv1a(augmented.raw()), fnv1a(plain.raw()));
}

TEST(Flip, MirrorsColumnsOfTheWholeClip) {
  Augment augment;
  augment.crop = TrainCrop::no_crop;
  augment.horizontal_flip_prob = 1;
  const std::vector<tensor::Frame> frames(2, map_of_places(7, 3));
  base::Random random(7);
  const tensor::Tensor input = assemble_augmented(small_recipe(7, 3, 2), augment, frames, random);
  for (int x = 0; x < 7; ++x) {
    EXPECT_EQ(byte_at(input, 0, 1, x), 6 - x);
    EXPECT_EQ(byte_at(input, 1, 1, x), 1);
  }
}

TEST(Flip, HappensAsOftenAsAsked) {
  Augment augment;
  augment.crop = TrainCrop::no_crop;
  augment.horizontal_flip_prob = 0.25;
  const std::vector<tensor::Frame> frames{map_of_places(4, 2)};
  base::Random random(8);
  int num_flipped = 0;
  for (int i = 0; i < 2000; ++i)
    num_flipped += byte_at(assemble_augmented(small_recipe(4, 2), augment, frames, random), 0, 0, 0) == 3 ? 1 : 0;
  EXPECT_NEAR(num_flipped, 500, 80);  // Four standard deviations.
}

TEST(Assemble, PlanesOfAFrameAreItsPartOfAClip) {
  for (const ResizeMode mode : {ResizeMode::squash, ResizeMode::center_crop, ResizeMode::letterbox}) {
    Recipe recipe = small_recipe(12, 10, 3);
    recipe.resize_mode = mode;
    recipe.mean = {0.1, 0.2, 0.3};
    recipe.std = {0.5, 0.6, 0.7};
    const std::vector<tensor::Frame> frames{map_of_places(20, 17), map_of_places(40, 21), map_of_places(12, 10)};
    const tensor::Tensor clip = assemble(recipe, frames);
    for (size_t t = 0; t < frames.size(); ++t) {
      const tensor::Tensor planes = prepare_planes(recipe, frames[t]);
      ASSERT_EQ(planes.shape(), (tensor::Shape{3, 10, 12}));
      for (size_t c = 0; c < 3; ++c)
        EXPECT_TRUE(
            std::ranges::equal(planes.floats().subspan(c * 120, 120), clip.floats().subspan((c * 3 + t) * 120, 120)));
    }
  }
}

// 20 x 10 pixels into 8 x 8: the picture becomes 8 x 4, the rest is black.
TEST(Assemble, LetterboxKeepsTheAspectRatioAndFillsWithBlack) {
  tensor::Frame white(20, 10);
  std::fill(white.rgb.begin(), white.rgb.end(), uint8_t{255});
  Recipe recipe = small_recipe(8, 8);
  for (const auto& [mode, top] : {std::pair(ResizeMode::letterbox, 0), std::pair(ResizeMode::letterbox_center, 2)}) {
    recipe.resize_mode = mode;
    const tensor::Tensor input = assemble(recipe, {&white, 1});
    for (int y = 0; y < 8; ++y)
      for (int x = 0; x < 8; ++x) EXPECT_EQ(byte_at(input, 1, y, x), y >= top && y < top + 4 ? 255 : 0) << y;
  }
}

// Two pixels side by side with (u, v) = (10, 20) and (0, 255); without mean and deviation a number is level / 255.
TEST(AssembleFlow, HasUAndVAlone) {
  Recipe recipe;
  recipe.modality = Modality::flow;
  recipe.num_frames = 2;
  recipe.width = 2;
  recipe.height = 1;
  recipe.mean = recipe.std = {};
  tensor::Frame frame(2, 1);
  frame.rgb = {10, 20, 77, 0, 255, 77};
  tensor::Frame still(2, 1);
  still.rgb = {128, 128, 77, 128, 128, 77};
  const auto levels = [](const tensor::Tensor& input) {
    std::vector<int> all;
    for (const float value : input.floats()) all.push_back(static_cast<int>(std::lround(value * 255)));
    return all;
  };
  const std::vector<tensor::Frame> frames{frame, still};
  const tensor::Tensor plain = assemble(recipe, frames);
  EXPECT_EQ(plain.shape(), (tensor::Shape{2, 2, 1, 2}));
  EXPECT_EQ(levels(plain), (std::vector<int>{10, 0, 128, 128, 20, 255, 128, 128}));

  Augment augment;
  augment.crop = TrainCrop::no_crop;
  augment.horizontal_flip_prob = 1;
  base::Random random(1);
  // Mirrored, what moved by u moves by -u: 256 - 10, 256 - 0 cut to 255, and 128 stays. The picture of v only mirrors.
  EXPECT_EQ(levels(assemble_augmented(recipe, augment, frames, random)),
            (std::vector<int>{255, 246, 128, 128, 255, 20, 128, 128}));
  augment.negate_flipped_flow = false;
  EXPECT_EQ(levels(assemble_augmented(recipe, augment, frames, random)),
            (std::vector<int>{0, 10, 128, 128, 255, 20, 128, 128}));
}

}  // namespace
}  // namespace gerund::clip
