// tests/media/rgb_converter_test.cc - colours follow the matrix and range of the picture: ITU-R BT.601, BT.709. Pixels
// are those of swscale.
#include "media/rgb_converter.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <cmath>

#include "base/random.h"
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

/// Every byte of the rows is random, those behind the last sample too.
FrameHandle random_picture(int width, int height, AVPixelFormat format, base::Random& random) {
  FrameHandle picture = blank_picture(width, height, format);
  for (size_t plane = 0; plane < 3 && picture->data[plane] != nullptr; ++plane) {
    const AVPixFmtDescriptor* description = av_pix_fmt_desc_get(format);
    const int num_rows = plane == 0 ? height : AV_CEIL_RSHIFT(height, description->log2_chroma_h);
    for (int i = 0; i < num_rows * picture->linesize[plane]; ++i)
      picture->data[plane][i] = static_cast<uint8_t>(random.below(256));
  }
  return picture;
}

/// A matrix as pictures name it and as swscale numbers it.
struct Space {
  AVColorSpace picture;
  int scaler;
};

/// What swscale itself makes, row by row without padding.
std::vector<uint8_t> swscale_pixels(const AVFrame& picture, int space, bool is_full) {
  const ScalerHandle scaler(sws_getContext(picture.width, picture.height, static_cast<AVPixelFormat>(picture.format),
                                           picture.width, picture.height, AV_PIX_FMT_RGB24,
                                           SWS_BILINEAR | SWS_FULL_CHR_H_INT | SWS_ACCURATE_RND | SWS_BITEXACT, nullptr,
                                           nullptr, nullptr));
  const FrameHandle rgb = blank_picture(picture.width, picture.height, AV_PIX_FMT_RGB24);
  sws_setColorspaceDetails(scaler.get(), sws_getCoefficients(space), is_full ? 1 : 0,
                           sws_getCoefficients(SWS_CS_ITU601), 1, 0, 1 << 16, 1 << 16);
  sws_scale(scaler.get(), picture.data, picture.linesize, 0, picture.height, rgb->data, rgb->linesize);
  std::vector<uint8_t> pixels;
  for (int y = 0; y < picture.height; ++y) {
    const uint8_t* row = rgb->data[0] + y * rgb->linesize[0];
    pixels.insert(pixels.end(), row, row + 3 * picture.width);
  }
  return pixels;
}

/// Random pictures of one size: all formats that tensor/yuv.h converts, all matrices, both ranges.
void expect_swscale_pixels(int width, int height, base::Random& random) {
  RgbConverter converter;
  for (const AVPixelFormat format : {AV_PIX_FMT_YUV420P, AV_PIX_FMT_YUVJ420P, AV_PIX_FMT_NV12, AV_PIX_FMT_YUV422P,
                                     AV_PIX_FMT_YUVJ422P, AV_PIX_FMT_YUV444P, AV_PIX_FMT_YUVJ444P}) {
    const FrameHandle picture = random_picture(width, height, format, random);
    for (const Space space :
         {Space{AVCOL_SPC_UNSPECIFIED, SWS_CS_ITU601}, Space{AVCOL_SPC_SMPTE170M, SWS_CS_ITU601},
          Space{AVCOL_SPC_BT709, SWS_CS_ITU709}, Space{AVCOL_SPC_FCC, SWS_CS_FCC},
          Space{AVCOL_SPC_SMPTE240M, SWS_CS_SMPTE240M}, Space{AVCOL_SPC_BT2020_NCL, SWS_CS_BT2020}}) {
      for (const bool is_full : {false, true}) {
        picture->colorspace = space.picture;
        picture->color_range = is_full ? AVCOL_RANGE_JPEG : AVCOL_RANGE_MPEG;
        ASSERT_TRUE(converter.convert(*picture, "").rgb == swscale_pixels(*picture, space.scaler, is_full))
            << width << "x" << height << ", format " << format << ", space " << space.picture << ", full " << is_full;
      }
    }
  }
}

TEST(RgbConverter, MakesThePixelsOfSwscaleInSmallPictures) {
  silence_ffmpeg();
  base::Random random(1);
  for (int width = 1; width < 24; ++width)
    for (int height = 1; height < 14; ++height) ASSERT_NO_FATAL_FAILURE(expect_swscale_pixels(width, height, random));
}

TEST(RgbConverter, MakesThePixelsOfSwscaleInOddSizes) {
  silence_ffmpeg();
  base::Random random(2);
  // Wide and high enough that places of chroma drift from sample to sample: nearly hit, and just above or below 1/2.
  for (const auto& [width, height] :
       {std::pair{130, 97}, {97, 130}, {641, 3}, {1919, 5}, {3, 1079}, {2, 1500}, {9, 2161}})
    ASSERT_NO_FATAL_FAILURE(expect_swscale_pixels(width, height, random));
  for (int i = 0; i < 10; ++i)
    ASSERT_NO_FATAL_FAILURE(expect_swscale_pixels(static_cast<int>(1 + random.below(300)),
                                                  static_cast<int>(1 + random.below(200)), random));
}

TEST(RgbConverter, MakesThePixelsOfSwscaleInAVideoFrame) {
  silence_ffmpeg();
  base::Random random(3);
  for (const AVPixelFormat format : {AV_PIX_FMT_YUV420P, AV_PIX_FMT_NV12, AV_PIX_FMT_YUV422P, AV_PIX_FMT_YUV444P}) {
    const FrameHandle picture = random_picture(1920, 1080, format, random);
    picture->colorspace = AVCOL_SPC_BT709;
    EXPECT_TRUE(RgbConverter().convert(*picture, "").rgb == swscale_pixels(*picture, SWS_CS_ITU709, false));
  }
}

}  // namespace
}  // namespace gerund::media
