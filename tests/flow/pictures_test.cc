#include "flow/pictures.h"

#include <gtest/gtest.h>

#include <cmath>

#include "base/error.h"
#include "base/files.h"
#include "media/picture_file.h"
#include "small_videos.h"

namespace gerund::flow {
namespace {

Field field_of(int width, int height, std::vector<float> uv) {
  Field field(width, height);
  field.uv = std::move(uv);
  return field;
}

// All levels by hand from uint8(x / m * 127.999 + 128), m = max(1, longest).
TEST(FlowPictures, TheLongestMotionOfThePairIsTheScale) {
  // m = 5: 3/5*127.999+128 = 204.7994, 4/5.. = 230.3992, -5/5.. = 0.001, 1/5.. = 153.5998, -1/5.. = 102.4002.
  const FlowPictures pictures = to_pictures(field_of(2, 2, {3, 4, -5, 0, 1, -1, 0, 0}), {});
  EXPECT_EQ(pictures.u.width, 2);
  EXPECT_EQ(pictures.v.height, 2);
  EXPECT_EQ(pictures.u.pixels, (std::vector<uint8_t>{204, 0, 153, 128}));
  EXPECT_EQ(pictures.v.pixels, (std::vector<uint8_t>{230, 128, 102, 128}));
}

TEST(FlowPictures, SlowMotionIsNotBlownUp) {
  // m = 1: 0.5*127.999+128 = 191.9995, -0.25.. = 96.00025.
  const FlowPictures pictures = to_pictures(field_of(1, 1, {0.5F, -0.25F}), {});
  EXPECT_EQ(pictures.u.pixels[0], 191);
  EXPECT_EQ(pictures.v.pixels[0], 96);
}

TEST(FlowPictures, AClampGivesEveryPairOneScale) {
  // m = 20: 10/20*127.999+128 = 191.9995; 55 is cut to 20: 255.999; -30 to -20: 0.001.
  const FlowPictures pictures = to_pictures(field_of(2, 1, {10, 55, -30, 0}), {.clamp_pixels = 20});
  EXPECT_EQ(pictures.u.pixels, (std::vector<uint8_t>{191, 0}));
  EXPECT_EQ(pictures.v.pixels, (std::vector<uint8_t>{255, 128}));
}

TEST(FlowPictures, UnknownFlowDoesNotMoveAndIsNoScale) {
  const FlowPictures pictures = to_pictures(field_of(2, 1, {2e9F, 1, 2, 0}), {});
  EXPECT_EQ(pictures.u.pixels, (std::vector<uint8_t>{128, 255}));
  EXPECT_EQ(pictures.v.pixels, (std::vector<uint8_t>{128, 128}));
}

TEST(FlowPictures, AWrongClampIsRefused) {
  const Field field(1, 1);
  EXPECT_THROW(to_pictures(field, {.clamp_pixels = -1}), base::UserError);
  EXPECT_THROW(to_pictures(field, {.clamp_pixels = NAN}), base::UserError);
}

TEST(FlowPictures, FilesHoldThePicture) {
  GreyPicture grey{48, 32, std::vector<uint8_t>(48 * 32)};
  for (size_t i = 0; i < grey.pixels.size(); ++i) grey.pixels[i] = static_cast<uint8_t>(100 + i % 48);
  const testing_data::TemporaryFolder folder("flow_pictures");
  media::PictureDecoder decoder;
  for (const std::string extension : {".png", ".jpg"}) {
    base::write_file(folder.path() / ("a" + extension), encode(grey, extension));
    const tensor::Frame frame = decoder.read(folder.path() / ("a" + extension));
    ASSERT_EQ(frame.width, 48);
    const int most = extension == ".png" ? 0 : 3;
    for (size_t i = 0; i < grey.pixels.size(); ++i) ASSERT_NEAR(frame.rgb[3 * i], grey.pixels[i], most) << i;
  }
}

}  // namespace
}  // namespace gerund::flow
