#include "serve/stream_windows.h"

#include <gtest/gtest.h>

#include <cmath>
#include <map>
#include <set>

#include "base/error.h"
#include "clip/assemble.h"
#include "graph/expect_text.h"
#include "serve/small_clips.h"

namespace gerund::serve {
namespace {

using clip::Rectangle;

constexpr int kWidth = 32;
constexpr int kHeight = 24;

clip::Recipe small_recipe() {
  clip::Recipe recipe;
  recipe.width = 4;
  recipe.height = 3;
  return recipe;
}

WindowOptions windows_of(int num_frames) {
  WindowOptions options;
  options.num_frames = num_frames;
  return options;
}

/// Frame `number`: no two pixels near each other are alike, nor are two frames.
tensor::Frame picture(int64_t number, int width = kWidth, int height = kHeight) {
  tensor::Frame frame(width, height);
  for (size_t i = 0; i < frame.rgb.size(); ++i)
    frame.rgb[i] = static_cast<uint8_t>(i * 37 + i / 64 * 11 + static_cast<size_t>(number) * 91);
  return frame;
}

/// Feeds the pictures of a stream of ten frames a second.
class Feed {
 public:
  explicit Feed(const WindowOptions& window, const KeyLimits& limits = {}, clip::Recipe recipe = small_recipe())
      : windows(std::move(recipe), window, limits) {}

  StreamWindows::Outcome push(const std::vector<Region>& regions) {
    return push_at(0.1 * static_cast<double>(number), regions);
  }
  StreamWindows::Outcome push_at(double pts_seconds, const std::vector<Region>& regions) {
    const tensor::Frame frame = picture(number, width, height);
    const auto pixels = [&](const Rectangle& box) {
      cut.push_back(box);
      return clip::crop(frame, box);
    };
    return windows.push({number++, pts_seconds}, width, height, regions, pixels);
  }

  StreamWindows windows;
  int64_t number = 0;
  int width = kWidth;
  int height = kHeight;
  std::vector<Rectangle> cut;
};

Region area(const std::string& id, const Rectangle& box) {
  return {{RegionKind::area, id}, box};
}

Region person(const std::string& id, const Rectangle& box) {
  return {track(id), box};
}

std::vector<std::string> ids_of(const std::vector<RegionClip>& clips) {
  std::vector<std::string> ids;
  for (const RegionClip& clip : clips) ids.push_back(clip.key.id);
  return ids;
}

TEST(StreamWindows, RegionsOfEqualLeftTopAndWidthBothHaveResults) {
  Feed feed(windows_of(2));
  const std::vector<Region> regions{area("low", {4, 0, 10, 8}), area("high", {4, 0, 10, 16})};
  EXPECT_TRUE(feed.push(regions).clips.empty());
  const auto clips = feed.push(regions).clips;
  EXPECT_EQ(ids_of(clips), (std::vector<std::string>{"low", "high"}));
  EXPECT_EQ(clips[0].box, (Rectangle{4, 0, 10, 8}));
  EXPECT_EQ(clips[1].box, (Rectangle{4, 0, 10, 16}));
}

TEST(StreamWindows, AMovingPersonKeepsItsSequence) {
  Feed feed(windows_of(4));
  std::shared_ptr<RegionMemory> memory;
  for (int step = 0; step < 12; ++step) {
    const Rectangle box{step, step / 2, 10, 8 + step};
    const auto outcome = feed.push({person("7", box)});
    EXPECT_EQ(outcome.clips.size(), step < 3 ? 0U : 1U) << step;
    EXPECT_TRUE(outcome.dropped.empty());
    for (const RegionClip& clip : outcome.clips) {
      EXPECT_EQ(clip.box, box);
      EXPECT_EQ(clip.clip.is_first, step == 3);
      EXPECT_TRUE(!memory || clip.memory == memory);
      memory = clip.memory;
    }
  }
  EXPECT_EQ(feed.windows.num_regions(), 1U);
}

TEST(StreamWindows, TwoPersonsInOnePlaceAreTwoSequences) {
  Feed feed(windows_of(2));
  const Rectangle box{4, 4, 8, 8};
  feed.push({person("1", box), person("2", box), area("1", box)});
  const auto clips = feed.push({person("1", box), person("2", box), area("1", box)}).clips;
  ASSERT_EQ(clips.size(), 3U);
  EXPECT_NE(clips[0].memory, clips[1].memory);
  EXPECT_NE(clips[0].memory, clips[2].memory);
}

// The reference runtime stalls for good after some 28 boxes.
TEST(StreamWindows, AThousandMovingBoxesAreBoundedAndToldWhenDropped) {
  KeyLimits limits;
  limits.max_regions = 16;
  limits.ttl_seconds = 0.35;
  Feed feed(windows_of(4), limits);
  constexpr int kBoxes = 1000;
  constexpr int kLife = 8;  // Frames; four boxes are alive at once, and one in two frames is new.
  std::map<std::string, int> num_windows;
  std::set<std::string> dropped;
  for (int frame = 0; frame < 2 * (kBoxes - 1) + kLife; ++frame) {
    std::vector<Region> regions;
    for (int box = frame / 2; box >= 0 && frame - 2 * box < kLife; --box)
      if (box < kBoxes) regions.push_back(person(std::to_string(box), {(box * 3 + frame) % 20, box % 10, 8, 10}));
    const auto outcome = feed.push(regions);
    for (const RegionClip& clip : outcome.clips) ++num_windows[clip.key.id];
    for (const DroppedRegion& gone : outcome.dropped) {
      EXPECT_TRUE(dropped.insert(gone.key.id).second) << gone.key.id;
      EXPECT_EQ(gone.reason, DropReason::lost);
    }
    EXPECT_LE(feed.windows.num_regions(), 6U);  // Those alive, and those of the last 0.35 s.
  }
  EXPECT_EQ(num_windows.size(), static_cast<size_t>(kBoxes));
  for (const auto& [id, count] : num_windows) EXPECT_EQ(count, kLife - 3) << id;
  EXPECT_EQ(dropped.size() + feed.windows.num_regions(), static_cast<size_t>(kBoxes));
}

TEST(StreamWindows, FreshIdsInEveryFrameStayBelowTheLimit) {
  KeyLimits limits;
  limits.max_regions = 16;
  limits.ttl_seconds = 1000;
  Feed feed(windows_of(4), limits);
  std::vector<std::string> dropped;
  for (int frame = 0; frame < 250; ++frame) {
    std::vector<Region> regions;
    for (int i = 0; i < 4; ++i) regions.push_back(person(std::to_string(4 * frame + i), {i, i, 8, 8}));
    for (const DroppedRegion& gone : feed.push(regions).dropped) {
      EXPECT_EQ(gone.reason, DropReason::crowded);
      dropped.push_back(gone.key.id);
    }
    EXPECT_LE(feed.windows.num_regions(), 16U);
  }
  // Whoever was seen longest ago goes first.
  ASSERT_EQ(dropped.size(), 1000U - 16U);
  for (size_t i = 0; i < dropped.size(); ++i) EXPECT_EQ(dropped[i], std::to_string(i));
}

TEST(StreamWindows, ARegionThatIsSeenAgainIsNotTheNextToGo) {
  KeyLimits limits;
  limits.max_regions = 2;
  Feed feed(windows_of(2), limits);
  const Rectangle box{0, 0, 8, 8};
  feed.push({person("old", box)});
  feed.push({person("other", box)});
  feed.push({person("old", box)});
  const auto dropped = feed.push({person("new", box)}).dropped;
  ASSERT_EQ(dropped.size(), 1U);
  EXPECT_EQ(dropped[0].key, track("other"));
}

TEST(StreamWindows, OneBoxTooManyCostsTheOthersNothing) {
  KeyLimits limits;
  limits.max_regions = 2;
  Feed feed(windows_of(3), limits);
  const Rectangle box{0, 0, 8, 8};
  std::vector<DroppedRegion> dropped;
  std::map<std::string, int> num_windows;
  // Detectors list their boxes in any order.
  const std::vector<std::vector<std::string>> frames{{"a", "b", "c"}, {"c", "b", "a"}, {"c", "a", "b"},
                                                     {"b", "c", "a"}, {"a", "c", "b"}, {"c", "b", "a"}};
  for (const auto& ids : frames) {
    std::vector<Region> regions;
    for (const std::string& id : ids) regions.push_back(person(id, box));
    const auto outcome = feed.push(regions);
    for (const RegionClip& clip : outcome.clips) ++num_windows[clip.key.id];
    dropped.insert(dropped.end(), outcome.dropped.begin(), outcome.dropped.end());
  }
  EXPECT_EQ(num_windows, (std::map<std::string, int>{{"a", 4}, {"b", 4}}));
  EXPECT_EQ(dropped, (std::vector<DroppedRegion>{{track("c"), DropReason::crowded}}));  // Told once.
  // Its turn comes when another is gone.
  EXPECT_EQ(feed.push({person("b", box), person("c", box)}).dropped,
            (std::vector<DroppedRegion>{{track("a"), DropReason::crowded}}));
  feed.push({person("b", box), person("c", box)});
  EXPECT_EQ(ids_of(feed.push({person("b", box), person("c", box)}).clips), (std::vector<std::string>{"b", "c"}));
}

TEST(StreamWindows, ARegionNotSeenForItsTimeIsDroppedAndComesBackAsANewOne) {
  KeyLimits limits;
  limits.ttl_seconds = 2;
  WindowOptions window = windows_of(2);
  window.max_gap_seconds = 100;
  Feed feed(window, limits);
  const Rectangle box{0, 0, 8, 8};
  feed.push_at(0, {person("a", box), person("b", box)});
  EXPECT_TRUE(feed.push_at(2, {person("b", box)}).dropped.empty());
  const auto dropped = feed.push_at(2.25, {person("b", box)}).dropped;
  ASSERT_EQ(dropped.size(), 1U);
  EXPECT_EQ(dropped[0].key, track("a"));
  EXPECT_EQ(dropped[0].reason, DropReason::lost);
  EXPECT_TRUE(feed.push_at(2.5, {person("a", box)}).clips.empty());
  const auto clips = feed.push_at(2.75, {person("a", box)}).clips;
  ASSERT_EQ(clips.size(), 1U);
  EXPECT_TRUE(clips[0].clip.is_first);
  EXPECT_EQ(clips[0].clip.positions[0].pts_seconds, 2.5);
}

TEST(StreamWindows, FramesWithoutRegionsLetRegionsGo) {
  Feed feed(windows_of(2));
  feed.push_at(0, {person("a", {0, 0, 8, 8})});
  EXPECT_EQ(feed.push_at(2.5, {}).dropped.size(), 1U);
  EXPECT_EQ(feed.windows.num_regions(), 0U);
}

TEST(StreamWindows, RegionsOfALaterTimeGoWhereTimeWentBack) {
  Feed feed(windows_of(2));
  const Rectangle box{0, 0, 8, 8};
  feed.push_at(100, {person("a", box)});
  feed.push_at(0, {person("b", box)});
  for (int i = 1; i < 50; ++i) feed.push_at(0.1 * i, {person("b", box)});
  EXPECT_EQ(feed.windows.num_regions(), 1U);
}

TEST(StreamWindows, ASecondRegionOfTheSameKeyInAFrameIsPassedOver) {
  Feed feed(windows_of(2));
  const std::vector<Region> twice{person("1", {0, 0, 8, 8}), person("1", {16, 8, 8, 8})};
  feed.push(twice);
  const auto clips = feed.push(twice).clips;
  ASSERT_EQ(clips.size(), 1U);
  EXPECT_EQ(clips[0].box, (Rectangle{0, 0, 8, 8}));
  EXPECT_EQ(numbers_of({clips[0].clip}), (std::vector<std::vector<int64_t>>{{0, 1}}));
  EXPECT_EQ(feed.cut, (std::vector<Rectangle>{{0, 0, 8, 8}, {0, 0, 8, 8}}));
}

TEST(StreamWindows, ABoxOverTheEdgeIsClamped) {
  Feed feed(windows_of(1));
  const auto clips = feed.push({person("1", {-4, 20, 10, 10})}).clips;
  ASSERT_EQ(clips.size(), 1U);
  EXPECT_EQ(clips[0].box, (Rectangle{0, 20, 6, 4}));
  EXPECT_EQ(feed.cut, (std::vector<Rectangle>{{0, 20, 6, 4}}));
}

TEST(StreamWindows, ARegionOutsideOfTheFrameIsAsOneNotSeen) {
  Feed feed(windows_of(1));
  EXPECT_TRUE(
      feed.push({person("1", {kWidth, 0, 8, 8}), person("2", {0, -8, 8, 8}), person("3", {3, 3, 0, 5})}).clips.empty());
  EXPECT_EQ(feed.windows.num_regions(), 0U);
  feed.push_at(1, {person("1", {0, 0, 8, 8})});
  EXPECT_EQ(feed.push_at(4, {person("1", {kWidth, 0, 8, 8})}).dropped.size(), 1U);
}

TEST(StreamWindows, AnotherSizeStartsAllWindowsAnew) {
  Feed feed(windows_of(3));
  const std::vector<Region> regions{person("1", {0, 0, 8, 8}), area("door", {8, 8, 8, 8})};
  for (int i = 0; i < 5; ++i) feed.push(regions);
  feed.width = kWidth + 2;
  EXPECT_TRUE(feed.push(regions).clips.empty());
  EXPECT_TRUE(feed.push(regions).clips.empty());
  const auto clips = feed.push(regions).clips;
  ASSERT_EQ(clips.size(), 2U);
  for (const RegionClip& clip : clips) {
    EXPECT_TRUE(clip.clip.is_first);
    EXPECT_EQ(clip.clip.positions[0].number, 5);
  }
  feed.height = kHeight - 1;
  EXPECT_TRUE(feed.push(regions).clips.empty());
}

TEST(StreamWindows, ResetForgetsAllRegions) {
  Feed feed(windows_of(2));
  feed.push({person("1", {0, 0, 8, 8}), area("door", {0, 0, 8, 8})});
  EXPECT_EQ(feed.windows.reset(), (std::vector<DroppedRegion>{{track("1"), DropReason::reset},
                                                              {{RegionKind::area, "door"}, DropReason::reset}}));
  EXPECT_EQ(feed.windows.num_regions(), 0U);
  EXPECT_TRUE(feed.push({person("1", {0, 0, 8, 8})}).clips.empty());
  EXPECT_TRUE(feed.push({person("1", {0, 0, 8, 8})}).clips.at(0).clip.is_first);
}

TEST(StreamWindows, TheEndOfTheStreamPadsEveryRegion) {
  WindowOptions window = windows_of(4);
  window.at_end = AtEnd::pad;
  Feed feed(window);
  feed.push({person("1", {0, 0, 8, 8})});
  feed.push({person("1", {2, 0, 8, 8}), person("2", {4, 4, 8, 8})});
  const auto clips = feed.windows.finish();
  EXPECT_EQ(ids_of(clips), (std::vector<std::string>{"1", "2"}));
  EXPECT_EQ(numbers_of({clips[0].clip, clips[1].clip}),
            (std::vector<std::vector<int64_t>>{{0, 1, 1, 1}, {1, 1, 1, 1}}));
  EXPECT_EQ(clips[0].box, (Rectangle{2, 0, 8, 8}));
}

TEST(StreamWindows, PixelsAreCutOutOncePerFrameThatIsTaken) {
  WindowOptions window = windows_of(4);
  window.subsample = 1;
  Feed feed(window);
  for (int i = 0; i < 21; ++i) feed.push({person("1", {1, 2, 8, 8}), person("2", {3, 4, 8, 8})});
  EXPECT_EQ(feed.cut.size(), 22U);  // Frames 0, 2, ..., 20 of two regions.
}

TEST(StreamWindows, ThePlanesAreThoseOfTheTrainingOnTheSameRectangle) {
  for (const clip::ResizeMode mode :
       {clip::ResizeMode::squash, clip::ResizeMode::center_crop, clip::ResizeMode::letterbox}) {
    clip::Recipe recipe = small_recipe();
    recipe.num_frames = 3;
    recipe.resize_mode = mode;
    recipe.crop_smaller_edge = 5;
    Feed feed(windows_of(3), {}, recipe);
    const std::vector<Rectangle> boxes{{2, 3, 11, 9}, {3, 3, 12, 9}, {4, 2, 12, 11}};
    std::vector<tensor::Frame> cropped;
    std::vector<RegionClip> clips;
    for (const Rectangle& box : boxes) {
      cropped.push_back(clip::crop(picture(feed.number), box));
      clips = feed.push({person("1", box)}).clips;
    }
    ASSERT_EQ(clips.size(), 1U);
    const tensor::Tensor expected = clip::assemble(recipe, cropped);  // [3, T, H, W]
    const size_t plane = 4 * 3;
    for (size_t c = 0; c < 3; ++c)
      for (size_t t = 0; t < 3; ++t)
        EXPECT_EQ(list_of(clips[0].clip.frames[t]->floats().subspan(c * plane, plane)),
                  list_of(expected.floats().subspan((c * 3 + t) * plane, plane)))
            << c << " " << t;
  }
}

TEST(StreamWindows, OptionsOutOfRangeAreRefusedByName) {
  const auto refusal = [](const WindowOptions& window, const KeyLimits& limits) -> std::string {
    try {
      const StreamWindows windows(small_recipe(), window, limits);
    } catch (const base::UserError& error) {
      return error.what();
    }
    return "";
  };
  EXPECT_EQ(refusal({}, {}), "");
  EXPECT_TRUE(holds(refusal(windows_of(0), {}), {"num_frames"}));
  EXPECT_TRUE(holds(refusal({}, {0, 2}), {"max_regions", "0", "1 or more"}));
  for (const double ttl : {0.0, -1.0, std::nan("")})
    EXPECT_TRUE(holds(refusal({}, {1, ttl}), {"ttl_seconds", "more than 0"})) << ttl;
}

}  // namespace
}  // namespace gerund::serve
