// tests/clip/resize_test.cc - Pillow's pixels to the last bit; expected values: tools/make_clip_golden.py.
#include "clip/resize.h"

#include <gtest/gtest.h>

#include "base/error.h"
#include "base/random.h"
#include "clip/golden_pictures.h"

namespace gerund::clip {
namespace {

TEST(Resize, GivesThePixelsOfPillow) {
  int num_hashes = 0;
  int num_stored = 0;
  for (std::istringstream& line : golden_lines("resize.txt")) {
    std::string check;
    std::string kind;
    int width = 0;
    int height = 0;
    int new_width = 0;
    int new_height = 0;
    line >> check;
    if (check == "short") continue;
    line >> kind >> width >> height >> new_width >> new_height;
    const tensor::Frame frame = resize(golden_picture(kind, width, height, 1), new_width, new_height);
    ASSERT_EQ(frame.width, new_width);
    ASSERT_EQ(frame.height, new_height);
    ASSERT_EQ(frame.rgb.size(), static_cast<size_t>(new_width) * static_cast<size_t>(new_height) * 3);
    if (check == "hash") {
      std::string hash;
      line >> hash;
      EXPECT_EQ(fnv1a(std::as_bytes(std::span(frame.rgb))), hash) << line.str();
      ++num_hashes;
    } else {
      for (size_t i = 0; i < frame.rgb.size(); ++i) {
        int value = -1;
        line >> value;
        EXPECT_EQ(frame.rgb[i], value) << line.str() << ", value " << i;
      }
      ++num_stored;
    }
  }
  EXPECT_EQ(num_hashes, 81);
  EXPECT_EQ(num_stored, 4);
}

TEST(Resize, OfTheShortEdgeGivesTheSizesOfTorchvision) {
  int num_checked = 0;
  for (std::istringstream& line : golden_lines("resize.txt")) {
    std::string check;
    std::string hash;
    int width = 0;
    int height = 0;
    int edge = 0;
    int new_width = 0;
    int new_height = 0;
    line >> check >> width >> height >> edge >> new_width >> new_height >> hash;
    if (check != "short") continue;
    const tensor::Frame frame = resize_short_edge(golden_picture("noise", width, height, 1), edge);
    EXPECT_EQ(frame.width, new_width) << line.str();
    EXPECT_EQ(frame.height, new_height) << line.str();
    EXPECT_EQ(fnv1a(std::as_bytes(std::span(frame.rgb))), hash) << line.str();
    ++num_checked;
  }
  EXPECT_EQ(num_checked, 6);
}

TEST(Resize, AveragesAllPixelsOfAReduction) {
  // Two pixels to one: the triangle weighs both alike. (10 + 21) / 2 = 15.5, rounded up.
  tensor::Frame frame(2, 1);
  frame.rgb = {10, 0, 255, 21, 0, 255};
  EXPECT_EQ(resize(frame, 1, 1).rgb, (std::vector<uint8_t>{16, 0, 255}));
}

TEST(Resize, KeepsAFlatPictureFlat) {
  for (const uint8_t value : {uint8_t{0}, uint8_t{1}, uint8_t{127}, uint8_t{255}}) {
    tensor::Frame frame(31, 17);
    std::fill(frame.rgb.begin(), frame.rgb.end(), value);
    for (const auto& [width, height] : {std::pair{7, 5}, {64, 48}, {31, 3}, {1, 1}})
      for (const uint8_t pixel : resize(frame, width, height).rgb) ASSERT_EQ(pixel, value);
  }
}

TEST(Resize, KeepsTheTimeOfTheFrame) {
  tensor::Frame frame(4, 4);
  frame.pts_seconds = 1.5;
  EXPECT_DOUBLE_EQ(resize(frame, 4, 4).pts_seconds, 1.5);
  EXPECT_DOUBLE_EQ(resize(frame, 8, 4).pts_seconds, 1.5);
  EXPECT_DOUBLE_EQ(resize(frame, 4, 8).pts_seconds, 1.5);
  EXPECT_DOUBLE_EQ(resize(frame, 2, 8).pts_seconds, 1.5);
  EXPECT_DOUBLE_EQ(crop(frame, {1, 1, 2, 2}).pts_seconds, 1.5);
}

TEST(ResizePart, GivesThePixelsOfAResizeThatIsCroppedAfterwards) {
  base::Random random(1);
  for (int i = 0; i < 400; ++i) {
    const auto size = [&] { return static_cast<int>(1 + random.below(40)); };
    const tensor::Frame frame = golden_picture("noise", size(), size(), 2);
    const int width = random.chance(0.2) ? frame.width : size();
    const int height = random.chance(0.2) ? frame.height : size();
    Rectangle part;
    part.x = static_cast<int>(random.below(width));
    part.y = static_cast<int>(random.below(height));
    part.width = static_cast<int>(1 + random.below(width - part.x));
    part.height = static_cast<int>(1 + random.below(height - part.y));
    EXPECT_EQ(resize_part(frame, width, height, part).rgb, crop(resize(frame, width, height), part).rgb)
        << frame.width << "x" << frame.height << " to " << width << "x" << height;
  }
}

TEST(ResizePart, RefusesAPartOutsideOfThePicture) {
  const tensor::Frame frame(4, 4);
  for (const Rectangle& part : {Rectangle{-1, 0, 2, 2}, {0, -1, 2, 2}, {7, 0, 2, 2}, {0, 7, 2, 2}, {0, 0, 0, 1}})
    EXPECT_THROW(resize_part(frame, 8, 8, part), base::InternalError);
}

TEST(Crop, TakesARectangle) {
  const tensor::Frame frame = golden_picture("noise", 9, 7, 0);
  const tensor::Frame cut = crop(frame, {2, 3, 5, 4});
  ASSERT_EQ(cut.width, 5);
  ASSERT_EQ(cut.height, 4);
  for (int y = 0; y < 4; ++y)
    for (int i = 0; i < 15; ++i) EXPECT_EQ(cut.row(y)[i], frame.row(y + 3)[i + 6]);
}

TEST(Crop, IsBlackOutsideTheFrame) {
  tensor::Frame frame(2, 2);
  std::fill(frame.rgb.begin(), frame.rgb.end(), uint8_t{9});
  const tensor::Frame cut = crop(frame, {-1, -1, 4, 4});
  for (int y = 0; y < 4; ++y)
    for (int x = 0; x < 4; ++x)
      EXPECT_EQ(cut.row(y)[3 * x], x >= 1 && x <= 2 && y >= 1 && y <= 2 ? 9 : 0) << x << " " << y;
  for (const uint8_t value : crop(frame, {5, 5, 3, 3}).rgb) EXPECT_EQ(value, 0);
  for (const uint8_t value : crop(frame, {-9, -9, 3, 3}).rgb) EXPECT_EQ(value, 0);
}

}  // namespace
}  // namespace gerund::clip
