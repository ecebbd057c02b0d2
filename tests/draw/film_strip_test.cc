#include "draw/film_strip.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "base/error.h"

namespace gerund::draw {
namespace {

tensor::Frame filled(int width, int height, uint8_t value) {
  tensor::Frame frame(width, height);
  std::fill(frame.rgb.begin(), frame.rgb.end(), value);
  return frame;
}

// By hand: at 40 pixels of height 80x40 stays 80 wide, 20x80 becomes 10; two pixels lie between them.
TEST(FilmStrip, PutsFramesOfAnyShapeSideBySide) {
  const std::vector<tensor::Frame> frames{filled(80, 40, 200), filled(20, 80, 90)};
  const tensor::Frame strip = draw_film_strip(frames, 40);
  EXPECT_EQ(strip.width, 92);
  EXPECT_EQ(strip.height, 40);
  EXPECT_EQ(strip.row(20)[3 * 40], 200);
  EXPECT_EQ(strip.row(20)[3 * 87], 90);
  EXPECT_LT(strip.row(20)[3 * 81], 40) << "the gap";
}

TEST(FilmStrip, WithoutFramesOrPixelsIsOurOwnMistake) {
  EXPECT_THROW(draw_film_strip({}, 40), base::InternalError);
  const std::vector<tensor::Frame> empty(1);
  EXPECT_THROW(draw_film_strip(empty, 40), base::InternalError);
  EXPECT_THROW(encode_jpeg({}, 80), base::InternalError);
}

// ITU-T T.81: SOI marker first, EOI last.
TEST(FilmStrip, JpegIsAWholeFile) {
  const std::string bytes = encode_jpeg(filled(33, 17, 128), 80);
  EXPECT_EQ(bytes.substr(0, 3), "\xff\xd8\xff");
  EXPECT_EQ(bytes.substr(bytes.size() - 2), "\xff\xd9");
}

}  // namespace
}  // namespace gerund::draw
