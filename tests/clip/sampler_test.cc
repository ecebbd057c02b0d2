// tests/clip/sampler_test.cc - the index formulas of the reference toolkit; its own examples and hand calculations.
#include "clip/sampler.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <numeric>
#include <set>

#include "drawn_sequences.h"

namespace gerund::clip {
namespace {

Recipe recipe_of(SampleStrategy strategy, int num_frames, int rate = 1, InputType type = InputType::stacked_2d) {
  Recipe recipe;
  recipe.input_type = type;
  recipe.num_frames = num_frames;
  recipe.sample_strategy = strategy;
  recipe.sample_rate = rate;
  return recipe;
}

constexpr SampleStrategy kInterval = SampleStrategy::random_interval;
constexpr SampleStrategy kConsecutive = SampleStrategy::consecutive;

/// first, first + step, ... `count` numbers.
FrameIndices run(int64_t first, int64_t count, int64_t step = 1) {
  FrameIndices indices;
  for (int64_t i = 0; i < count; ++i) indices.push_back(first + i * step);
  return indices;
}

FrameIndices center(const Recipe& recipe, int64_t num_frames) {
  const std::vector<FrameIndices> clips = sample_view(recipe, View::center, num_frames, 10);
  EXPECT_EQ(clips.size(), 1U);
  return clips.at(0);
}

FrameIndices firsts(const std::vector<FrameIndices>& clips) {
  FrameIndices starts;
  for (const FrameIndices& clip : clips) starts.push_back(clip.at(0));
  return starts;
}

TEST(CenterConsecutive, IsTheMiddleOfTheVideo) {
  EXPECT_EQ(center(recipe_of(kConsecutive, 32), 128), run(48, 32));
}

TEST(CenterConsecutive, WrapsAShortVideo) {
  FrameIndices expected;
  for (int64_t i = 0; i < 64; ++i) expected.push_back(i % 58);
  EXPECT_EQ(center(recipe_of(kConsecutive, 64), 58), expected);
}

TEST(CenterConsecutive, KeepsTheStride) {
  // a = 20 - 4 * 3 + 1 = 9, start 4.
  EXPECT_EQ(center(recipe_of(kConsecutive, 4, 3), 20), run(4, 4, 3));
  // a = 12 - 12 + 1 = 1: the whole video. One frame less wraps: a = 0, start 0, and 0 + 3 * 3 = 9 is still inside.
  EXPECT_EQ(center(recipe_of(kConsecutive, 4, 3), 12), run(0, 4, 3));
  EXPECT_EQ(center(recipe_of(kConsecutive, 4, 3), 11), run(0, 4, 3));
  EXPECT_EQ(center(recipe_of(kConsecutive, 4, 3), 8), (FrameIndices{0, 3, 6, 1}));
}

TEST(CenterConsecutive, RepeatsASingleFrame) {
  EXPECT_EQ(center(recipe_of(kConsecutive, 4, 2), 1), (FrameIndices{0, 0, 0, 0}));
}

TEST(CenterInterval, TakesTheMiddleOfEachInterval) {
  EXPECT_EQ(center(recipe_of(kInterval, 3), 10), (FrameIndices{1, 5, 8}));
  EXPECT_EQ(center(recipe_of(kInterval, 1), 9), (FrameIndices{4}));
  EXPECT_EQ(center(recipe_of(kInterval, 4), 4), (FrameIndices{0, 1, 2, 3}));
}

TEST(CenterInterval, RepeatsFramesOfAShortVideo) {
  // 3 / 8 = 0.375: 0.1875, 0.5625, 0.9375, 1.3125, 1.6875, 2.0625, 2.4375, 2.8125.
  EXPECT_EQ(center(recipe_of(kInterval, 8), 3), (FrameIndices{0, 0, 0, 1, 1, 2, 2, 2}));
  EXPECT_EQ(center(recipe_of(kInterval, 3), 1), (FrameIndices{0, 0, 0}));
}

TEST(ConvConsecutive, SpreadsItsClips) {
  const auto clips = sample_view(recipe_of(kConsecutive, 32), View::conv, 128, 10);
  EXPECT_EQ(firsts(clips), (FrameIndices{4, 14, 24, 33, 43, 53, 63, 72, 82, 92}));
  for (const FrameIndices& clip : clips) EXPECT_EQ(clip, run(clip[0], 32));
}

TEST(ConvConsecutive, CountsTheStride) {
  // tick = (30 - 12 + 1) / 2 = 9.5; offsets 4.75 and 14.25.
  const auto clips = sample_view(recipe_of(kConsecutive, 4, 3), View::conv, 30, 2);
  EXPECT_EQ(clips, (std::vector<FrameIndices>{run(4, 4, 3), run(14, 4, 3)}));
}

TEST(ConvConsecutive, GivesOneClipOfAVideoThatIsTooShort) {
  EXPECT_EQ(sample_view(recipe_of(kConsecutive, 8), View::conv, 7, 10),
            (std::vector<FrameIndices>{{0, 1, 2, 3, 4, 5, 6, 0}}));
}

TEST(ConvConsecutive, RepeatsTheOnlyPlaceOfAVideoThatJustFits) {
  // tick = 1 / 3: all three offsets are 0.
  EXPECT_EQ(sample_view(recipe_of(kConsecutive, 8), View::conv, 8, 3), (std::vector<FrameIndices>(3, run(0, 8))));
}

TEST(ConvInterval, GivesEveryPhaseWhateverTheSegments) {
  const std::vector<FrameIndices> expected{{0, 3, 6}, {1, 4, 7}, {2, 5, 8}};
  for (const InputType type : {InputType::stacked_2d, InputType::volume_3d})
    for (const int num_segments : {1, 10})
      EXPECT_EQ(sample_view(recipe_of(kInterval, 3, 1, type), View::conv, 11, num_segments), expected);
  EXPECT_EQ(sample_view(recipe_of(kInterval, 3), View::all, 11, 10), expected);
}

TEST(ConvInterval, ClampsAShortVideo) {
  for (const View view : {View::conv, View::all})
    EXPECT_EQ(sample_view(recipe_of(kInterval, 5), view, 3, 10), (std::vector<FrameIndices>{{0, 1, 2, 2, 2}}));
}

TEST(AllConsecutive2d, CutsBlocksIntoPhases) {
  // floor(14 / 6) = 2 blocks of 6 frames, 2 phases each; frames 12 and 13 are dropped.
  EXPECT_EQ(sample_view(recipe_of(kConsecutive, 3, 2), View::all, 14, 10),
            (std::vector<FrameIndices>{{0, 2, 4}, {1, 3, 5}, {6, 8, 10}, {7, 9, 11}}));
}

TEST(AllConsecutive2d, GivesOneWrappedClipOfAShortVideo) {
  EXPECT_EQ(sample_view(recipe_of(kConsecutive, 4, 2), View::all, 5, 10), (std::vector<FrameIndices>{{0, 2, 4, 1}}));
}

TEST(All3d, IsTheWholeVideoOrItsCenter) {
  const Recipe consecutive = recipe_of(kConsecutive, 4, 2, InputType::volume_3d);
  EXPECT_EQ(sample_view(consecutive, View::all, 23, 10), (std::vector<FrameIndices>{run(0, 23)}));
  EXPECT_EQ(sample_view(consecutive, View::all, 1, 10), (std::vector<FrameIndices>{{0}}));
  EXPECT_EQ(sample_view(recipe_of(kInterval, 3, 1, InputType::volume_3d), View::all, 10, 10),
            (std::vector<FrameIndices>{{1, 5, 8}}));
}

TEST(TrainConsecutive, DrawsEveryStartThatFitsAndNoOther) {
  // N - L * r + 1 = 12 - 8 + 1 = 5 starts: 0..4. The reference also draws 5, whose last index wraps for r = 1.
  base::Random random(3);
  std::set<int64_t> starts;
  for (int i = 0; i < 500; ++i) {
    const FrameIndices clip = sample_train(recipe_of(kConsecutive, 4, 2), 12, random);
    EXPECT_EQ(clip, run(clip[0], 4, 2));
    starts.insert(clip[0]);
  }
  EXPECT_EQ(starts, (std::set<int64_t>{0, 1, 2, 3, 4}));
}

TEST(TrainConsecutive, NeverWrapsAVideoThatIsLongEnough) {
  base::Random random(4);
  for (int i = 0; i < 300; ++i) {
    const FrameIndices clip = sample_train(recipe_of(kConsecutive, 8), 9, random);
    EXPECT_TRUE(std::is_sorted(clip.begin(), clip.end()));
  }
}

TEST(TrainConsecutive, StartsAShortVideoAtItsBeginning) {
  base::Random random(5);
  EXPECT_EQ(sample_train(recipe_of(kConsecutive, 5), 3, random), (FrameIndices{0, 1, 2, 0, 1}));
  EXPECT_EQ(sample_train(recipe_of(kConsecutive, 5), 5, random), run(0, 5));
}

TEST(TrainInterval, DrawsOneFrameOfEachInterval) {
  base::Random random(6);
  std::set<int64_t> seen;
  for (int i = 0; i < 500; ++i) {
    // 14 / 4 = 3: intervals 0..2, 3..5, 6..8, 9..11; the tail 12, 13 is never drawn.
    const FrameIndices clip = sample_train(recipe_of(kInterval, 4), 14, random);
    ASSERT_EQ(clip.size(), 4U);
    for (size_t k = 0; k < 4; ++k) EXPECT_EQ(clip[k] / 3, static_cast<int64_t>(k));
    seen.insert(clip.begin(), clip.end());
  }
  EXPECT_EQ(seen.size(), 12U);
}

TEST(TrainInterval, DrawsSortedFramesOfAShortVideo) {
  base::Random random(7);
  std::set<int64_t> seen;
  for (int i = 0; i < 200; ++i) {
    const FrameIndices clip = sample_train(recipe_of(kInterval, 8), 3, random);
    ASSERT_EQ(clip.size(), 8U);
    EXPECT_TRUE(std::is_sorted(clip.begin(), clip.end()));
    seen.insert(clip.begin(), clip.end());
  }
  EXPECT_EQ(seen, (std::set<int64_t>{0, 1, 2}));
}

TEST(TrainSampling, FollowsItsRandomNumbers) {
  for (const SampleStrategy strategy : {kInterval, kConsecutive}) {
    base::Random one(9);
    base::Random same(9);
    for (int i = 0; i < 20; ++i)
      EXPECT_EQ(sample_train(recipe_of(strategy, 4), 100, one), sample_train(recipe_of(strategy, 4), 100, same));
  }
}

TEST(TrainHistory, StepsBackFromTheClipAtItsStride) {
  base::Random random(10);
  for (int i = 0; i < 100; ++i) {
    const FrameIndices indices = sample_train_with_history(recipe_of(kConsecutive, 4, 3), 200, 8, random);
    const int64_t first = indices[8] - 24;
    if (first < 0) continue;
    EXPECT_EQ(indices, run(first, 12, 3));
  }
}

TEST(TrainHistory, RunsTheVideoBackwardsBeforeItsFirstFrame) {
  base::Random random(11);
  // The only clip of 8 frames in a video of 8 begins at 0; the video turns round again at its end.
  EXPECT_EQ(sample_train_with_history(recipe_of(kConsecutive, 8), 8, 12, random),
            (FrameIndices{2, 3, 4, 5, 6, 7, 6, 5, 4, 3, 2, 1, 0, 1, 2, 3, 4, 5, 6, 7}));
  EXPECT_EQ(sample_train_with_history(recipe_of(kConsecutive, 4), 1, 4, random), FrameIndices(8, 0));
}

TEST(TrainHistory, TakesOneFrameOfEachIntervalBefore) {
  base::Random random(12);
  for (int i = 0; i < 200; ++i) {
    const FrameIndices indices = sample_train_with_history(recipe_of(kInterval, 4), 41, 8, random);
    ASSERT_EQ(indices.size(), 12U);
    for (int64_t back = 1; back <= 4; ++back) {
      const int64_t index = indices[static_cast<size_t>(8 - back)];  // Mirrored: 1 .. 10 before the clip, and so on.
      EXPECT_TRUE(index >= 10 * back - 9 && index <= 10 * back) << index;
    }
  }
}

TEST(TrainHistory, LeavesTheClipAsItIsDrawnWithoutIt) {
  for (const SampleStrategy strategy : {kInterval, kConsecutive}) {
    for (uint64_t seed = 0; seed < 20; ++seed) {
      base::Random with(seed);
      base::Random without(seed);
      const FrameIndices indices = sample_train_with_history(recipe_of(strategy, 8, 2), 50, 12, with);
      EXPECT_EQ(FrameIndices(indices.end() - 8, indices.end()), sample_train(recipe_of(strategy, 8, 2), 50, without));
    }
  }
}

TEST(Sampling, StaysInsideTheVideoAndGivesFullClips) {
  base::Random random(8);
  for (int i = 0; i < 3000; ++i) {
    const int64_t num_frames = 1 + random.below(70);
    const InputType type = random.chance(0.5) ? InputType::stacked_2d : InputType::volume_3d;
    const SampleStrategy strategy = random.chance(0.5) ? kInterval : kConsecutive;
    const Recipe recipe =
        recipe_of(strategy, static_cast<int>(1 + random.below(20)), static_cast<int>(1 + random.below(6)), type);
    std::vector<FrameIndices> clips{sample_train(recipe, num_frames, random),
                                    sample_train_with_history(recipe, num_frames, random.below(40), random)};
    for (const View view : {View::center, View::conv, View::all}) {
      const auto more = sample_view(recipe, view, num_frames, static_cast<int>(1 + random.below(12)));
      ASSERT_FALSE(more.empty());
      const bool is_whole = view == View::all && type == InputType::volume_3d && strategy == kConsecutive;
      for (const FrameIndices& clip : more)
        ASSERT_EQ(static_cast<int64_t>(clip.size()), is_whole ? num_frames : recipe.num_frames);
      clips.insert(clips.end(), more.begin(), more.end());
    }
    for (const FrameIndices& clip : clips)
      for (const int64_t index : clip) ASSERT_TRUE(index >= 0 && index < num_frames) << index << " of " << num_frames;
  }
}

Recipes joint_of(SampleStrategy strategy, int rgb_frames, int flow_frames, int rate = 1) {
  Recipes recipes{recipe_of(strategy, rgb_frames, rate), recipe_of(strategy, flow_frames, rate)};
  recipes[1].modality = Modality::flow;
  return recipes;
}

ClipIndices joint_center(const Recipes& recipes, int64_t num_frames) {
  return sample_view(recipes, View::center, num_frames, 10).at(0);
}

TEST(JointCenterConsecutive, TakesTheShorterFromTheMiddleOfTheLonger) {
  // The longer: a = 30 - 10 * 2 + 1 = 11, start 5. The shorter: a = 10 - 3 + 1 = 8, so from place 4 of it on.
  EXPECT_EQ(joint_center(joint_of(kConsecutive, 3, 10, 2), 30), (ClipIndices{{13, 15, 17}, run(5, 10, 2)}));
  EXPECT_EQ(joint_center(joint_of(kConsecutive, 10, 3, 2), 30), (ClipIndices{run(5, 10, 2), {13, 15, 17}}));
}

TEST(JointCenterConsecutive, OfEqualLengthsKeepsTheStrideInBoth) {
  EXPECT_EQ(joint_center(joint_of(kConsecutive, 4, 4, 3), 20), (ClipIndices{run(4, 4, 3), run(4, 4, 3)}));
}

TEST(JointCenterRandomInterval, TakesTheMiddlesOfPartsOfTheLonger) {
  // The longer: int(3 / 2 + 3 x) = 1, 4, ..., 28. The shorter: places int(5 / 2 + 5 x) = 2, 7 of it.
  EXPECT_EQ(joint_center(joint_of(kInterval, 2, 10), 30), (ClipIndices{{7, 22}, run(1, 10, 3)}));
}

TEST(JointConv, TakesTheMiddlesOfPartsOfTheLonger) {
  // tick = (20 - 4 + 1) / 2 = 8.5: offsets 4 and 12. Places int(2 / 2 + 2 x) = 1, 3.
  const std::vector<ClipIndices> expected{{run(4, 4), {5, 7}}, {run(12, 4), {13, 15}}};
  EXPECT_EQ(sample_view(joint_of(kConsecutive, 4, 2), View::conv, 20, 2), expected);
}

TEST(JointAll, Of3dConsecutiveTakesThemFromTheWholeVideo) {
  Recipes recipes = joint_of(kConsecutive, 4, 2);
  for (Recipe& recipe : recipes) recipe.input_type = InputType::volume_3d;
  EXPECT_EQ(sample_view(recipes, View::all, 12, 1), (std::vector<ClipIndices>{{run(0, 12), {3, 9}}}));
}

TEST(JointTrain, TakesOneOfEachPartOfTheLonger) {
  const Recipes recipes = joint_of(kInterval, 3, 12);
  std::set<int64_t> places;
  for (uint64_t seed = 0; seed < 300; ++seed) {
    base::Random random(seed), same(seed);
    const ClipIndices clip = sample_train(recipes, 36, 0, random);
    EXPECT_EQ(clip[1], sample_train(recipes[1], 36, same));
    ASSERT_EQ(clip[0].size(), 3U);
    for (size_t i = 0; i < 3; ++i) {
      const auto place = std::find(clip[1].begin(), clip[1].end(), clip[0][i]) - clip[1].begin();
      EXPECT_EQ(place / 4, static_cast<int64_t>(i));
      places.insert(place);
    }
  }
  EXPECT_EQ(places.size(), 12U);
}

TEST(JointTrain, ConsecutiveTakesNeighboursFromTheMiddle) {
  for (uint64_t seed = 0; seed < 50; ++seed) {
    base::Random random(seed);
    const ClipIndices clip = sample_train(joint_of(kConsecutive, 8, 4, 2), 40, 0, random);
    EXPECT_EQ(clip[0], run(clip[0][0], 8, 2));
    EXPECT_EQ(clip[1], run(clip[0][2], 4, 2));  // a = 8 - 4 + 1 = 5: from place 2 on.
  }
}

Recipe recipe_of(const DrawnLine& line) {
  return recipe_of(line.text("strategy", "") == "consecutive" ? kConsecutive : kInterval, line.integer("L", 0),
                   line.integer("r", 1),
                   line.text("input", "2d") == "3d" ? InputType::volume_3d : InputType::stacked_2d);
}

/// The clips that sampling gives for a line of the guide's pictures.
std::vector<FrameIndices> clips_of(const DrawnLine& line) {
  const std::string view = line.text("view", "");
  const int num_frames = line.integer("N", 0);
  if (view == "train") {
    std::vector<FrameIndices> clips;
    for (const int64_t seed : numbers_in(line.text("seeds", ""))) {
      base::Random random(static_cast<uint64_t>(seed));
      clips.push_back(sample_train(recipe_of(line), num_frames, random));
    }
    return clips;
  }
  return sample_view(recipe_of(line),
                     view == "center" ? View::center
                     : view == "conv" ? View::conv
                                      : View::all,
                     num_frames, line.integer("segments", 1));
}

TEST(Sampler, GivesTheClipsThatTheGuideDraws) {
  const std::vector<DrawnLine> lines = drawn_lines("clip");
  EXPECT_EQ(lines.size(), 10U);
  for (const DrawnLine& line : lines) {
    EXPECT_EQ(clips_of(line), lists_in(line.values.at("clips"))) << line.name;
    if (!line.has("starts")) continue;
    std::set<int64_t> starts;
    base::Random random(1);
    for (int i = 0; i < 1000; ++i) starts.insert(sample_train(recipe_of(line), line.integer("N", 0), random).front());
    const std::vector<int64_t> drawn = numbers_in(line.values.at("starts"));
    EXPECT_EQ(starts, std::set<int64_t>(drawn.begin(), drawn.end())) << line.name;
  }
}

}  // namespace
}  // namespace gerund::clip
