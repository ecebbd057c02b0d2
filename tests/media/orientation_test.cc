// tests/media/orientation_test.cc - videos that ask to be turned are, as players do it.
#include "media/orientation.h"

#include <gtest/gtest.h>

#include <functional>

#include "media/frame_source.h"
#include "media/turned_copy.h"
#include "small_videos.h"

namespace gerund::media {
namespace {

using testing_data::TemporaryFolder;

constexpr int kWidth = 64;
constexpr int kHeight = 48;

/// Where pixel (x, y) of the shown picture lies in the coded one.
using Place = std::function<std::pair<int, int>(int, int)>;

struct Case {
  std::string name;
  Turn turn;
  bool is_upright;  ///< 48 wide, 64 high.
  Place place;
};

void PrintTo(const Case& c, std::ostream* out) {
  *out << c.name;
}

// By hand: turned clockwise by 90 degrees, the left column read upwards becomes the top row.
std::vector<Case> cases() {
  return {
      {"None", {0, false}, false, [](int x, int y) { return std::pair(x, y); }},
      {"Clockwise90", {90, false}, true, [](int x, int y) { return std::pair(y, kHeight - 1 - x); }},
      {"Clockwise180", {180, false}, false, [](int x, int y) { return std::pair(kWidth - 1 - x, kHeight - 1 - y); }},
      {"Clockwise270", {270, false}, true, [](int x, int y) { return std::pair(kWidth - 1 - y, x); }},
      {"NearlyUpright", {80, false}, true, [](int x, int y) { return std::pair(y, kHeight - 1 - x); }},
      {"Mirrored", {0, true}, false, [](int x, int y) { return std::pair(kWidth - 1 - x, y); }}};
}

class OrientationTest : public testing::TestWithParam<Case> {};

TEST_P(OrientationTest, TurnsEveryFrame) {
  const TemporaryFolder folder("orientation");
  const auto plain = folder.path() / "plain.mp4";
  const auto turned = folder.path() / "turned.mp4";
  RawVideo video;
  video.num_frames = 5;
  encode_video(plain, video);
  copy_turned(plain, turned, GetParam().turn);
  const auto coded = open_source(plain);
  const auto shown = open_source(turned);
  const int width = GetParam().is_upright ? kHeight : kWidth;
  const int height = GetParam().is_upright ? kWidth : kHeight;
  EXPECT_EQ(shown->info().width, width);
  EXPECT_EQ(shown->info().height, height);
  for (int i = 0; i < video.num_frames; ++i) {
    const tensor::Frame from = *coded->next();
    const tensor::Frame to = *shown->next();
    ASSERT_EQ(to.width, width);
    ASSERT_EQ(to.height, height);
    EXPECT_EQ(to.pts_seconds, from.pts_seconds);
    for (int y = 0; y < height; ++y) {
      for (int x = 0; x < width; ++x) {
        const auto [column, row] = GetParam().place(x, y);
        for (int c = 0; c < 3; ++c)
          ASSERT_EQ(to.row(y)[3 * x + c], from.row(row)[3 * column + c]) << "frame " << i << " at " << x << ", " << y;
      }
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Orientation, OrientationTest, testing::ValuesIn(cases()),
                         [](const auto& named) { return named.param.name; });

}  // namespace
}  // namespace gerund::media
