// tests/media/rgb_converter_test.cc - colours follow the matrix and range of the picture: ITU-R BT.601, BT.709.
#include "media/rgb_converter.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <cmath>

#include "media/raw_picture.h"

namespace gerund::media {
namespace {

FrameHandle flat(int width, int height, std::array<uint8_t, 3> yuv, AVPixelFormat format = AV_PIX_FMT_YUV420P) {
  FrameHandle picture = blank_picture(width, height, format);
  for (size_t plane = 0; plane < 3; ++plane) {
    const int shift = plane > 0 ? 1 : 0;
    for (int y = 0; y < (height + shift) >> shift; ++y)
      std::fill_n(picture->data[plane] + y * picture->linesize[plane], (width + shift) >> shift, yuv[plane]);
  }
  return picture;
}

/// R'G'B' of the standard's formula; kr and kb are its luma shares of red and blue.
std::array<double, 3> formula(std::array<uint8_t, 3> yuv, double kr, double kb, bool is_full) {
  const double y = is_full ? yuv[0] : (yuv[0] - 16) * 255.0 / 219;
  const double u = (yuv[1] - 128) * (is_full ? 1 : 255.0 / 224);
  const double v = (yuv[2] - 128) * (is_full ? 1 : 255.0 / 224);
  const double r = y + 2 * (1 - kr) * v;
  const double b = y + 2 * (1 - kb) * u;
  const double g = (y - kr * r - kb * b) / (1 - kr - kb);
  return {std::clamp(r, 0.0, 255.0), std::clamp(g, 0.0, 255.0), std::clamp(b, 0.0, 255.0)};
}

void expect_colour(const tensor::Frame& frame, std::array<double, 3> expected) {
  for (size_t i = 0; i < frame.rgb.size(); ++i) ASSERT_NEAR(frame.rgb[i], expected[i % 3], 1.5) << i;
}

TEST(RgbConverter, UsesBt601WhereThePictureNamesNothing) {
  RgbConverter converter;
  for (const std::array<uint8_t, 3> yuv : {std::array<uint8_t, 3>{16, 128, 128},
                                           {235, 128, 128},
                                           {81, 90, 240},
                                           {145, 54, 34},
                                           {41, 240, 110},
                                           {120, 100, 150}})
    expect_colour(converter.convert(*flat(16, 8, yuv), ""), formula(yuv, 0.299, 0.114, false));
}

TEST(RgbConverter, FollowsTheMatrixOfThePicture) {
  const std::array<uint8_t, 3> yuv{120, 100, 170};
  const FrameHandle picture = flat(16, 8, yuv);
  picture->colorspace = AVCOL_SPC_BT709;
  RgbConverter converter;
  expect_colour(converter.convert(*picture, ""), formula(yuv, 0.2126, 0.0722, false));
  picture->colorspace = AVCOL_SPC_BT2020_NCL;
  expect_colour(converter.convert(*picture, ""), formula(yuv, 0.2627, 0.0593, false));
}

TEST(RgbConverter, FollowsTheRangeOfThePicture) {
  const std::array<uint8_t, 3> yuv{200, 100, 150};
  const FrameHandle tagged = flat(16, 8, yuv);
  tagged->color_range = AVCOL_RANGE_JPEG;
  RgbConverter converter;
  expect_colour(converter.convert(*tagged, ""), formula(yuv, 0.299, 0.114, true));
  expect_colour(converter.convert(*flat(16, 8, yuv, AV_PIX_FMT_YUVJ420P), ""), formula(yuv, 0.299, 0.114, true));
  expect_colour(converter.convert(*flat(16, 8, yuv), ""), formula(yuv, 0.299, 0.114, false));
}

TEST(RgbConverter, TakesEverySmallSize) {
  RgbConverter converter;
  const std::array<uint8_t, 3> yuv{120, 100, 150};
  for (int width = 1; width < 20; ++width) {
    for (int height = 1; height < 8; ++height) {
      const tensor::Frame frame = converter.convert(*flat(width, height, yuv), "");
      ASSERT_EQ(frame.width, width);
      ASSERT_EQ(frame.height, height);
      ASSERT_EQ(frame.rgb.size(), static_cast<size_t>(width) * static_cast<size_t>(height) * 3);
      expect_colour(frame, formula(yuv, 0.299, 0.114, false));
    }
  }
}

TEST(RgbConverter, KeepsPixelsInTheirPlaces) {
  const FrameHandle picture = flat(33, 17, {16, 128, 128});
  for (int i = 0; i < 17; ++i) picture->data[0][i * picture->linesize[0] + 2 * i] = 235;
  RgbConverter converter;
  const tensor::Frame frame = converter.convert(*picture, "");
  for (int y = 0; y < 17; ++y)
    for (int x = 0; x < 33; ++x) ASSERT_NEAR(frame.row(y)[3 * x], x == 2 * y ? 255 : 0, 1) << x << " " << y;
}

}  // namespace
}  // namespace gerund::media
