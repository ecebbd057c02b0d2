// tests/media/picture_folder_test.cc - folders of PNG and JPEG pictures as videos.
#include <gtest/gtest.h>

#include <fstream>

#include "base/error.h"
#include "base/files.h"
#include "media/frame_source.h"
#include "media/raw_picture.h"
#include "small_videos.h"

namespace gerund::media {
namespace {

namespace fs = std::filesystem;
using testing_data::TemporaryFolder;

std::vector<int> gray_values(std::vector<tensor::Frame> frames) {
  std::vector<int> values;
  for (const tensor::Frame& frame : frames) values.push_back(frame.rgb[0]);
  return values;
}

TEST(PictureFolder, TakesPicturesInTheOrderOfTheirNames) {
  const TemporaryFolder folder("picture_order");
  write_gray(folder.path() / "000010.png", 10);
  write_gray(folder.path() / "000002.png", 2);
  write_gray(folder.path() / "000001.PNG", 1);
  std::ofstream(folder.path() / "Thumbs.db") << "no picture";
  const auto source = open_source(folder.path());
  EXPECT_EQ(source->info().num_frames, 3);
  EXPECT_EQ(source->info().codec, "png");
  EXPECT_EQ(source->info().width, 8);
  EXPECT_EQ(source->info().height, 6);
  EXPECT_DOUBLE_EQ(source->info().fps, 25);
  EXPECT_DOUBLE_EQ(source->info().duration_seconds, 3.0 / 25);
  const std::vector<int64_t> indices{2, 0, 1, 2};
  EXPECT_EQ(gray_values(source->read(indices)), (std::vector<int>{10, 1, 2, 10}));
  const std::optional<tensor::Frame> first = source->next();
  ASSERT_TRUE(first.has_value());
  EXPECT_EQ(first->rgb[0], 1);
  EXPECT_EQ(source->next()->rgb[0], 2);
  EXPECT_DOUBLE_EQ(source->next()->pts_seconds, 2.0 / 25);
  EXPECT_FALSE(source->next().has_value());
}

TEST(PictureFolder, PrefersItsRgbFolder) {
  const TemporaryFolder folder("picture_rgb");
  write_gray(folder.path() / "cover.png", 1);
  write_gray(folder.path() / "rgb" / "000001.png", 7);
  write_gray(folder.path() / "rgb" / "000002.png", 8);
  write_gray(folder.path() / "u" / "000001.png", 9);
  const auto source = open_source(folder.path());
  EXPECT_EQ(source->info().num_frames, 2);
  EXPECT_EQ(source->next()->rgb[0], 7);
}

TEST(PictureFolder, KnowsFoldersAndVideosByTheirLooks) {
  const TemporaryFolder folder("picture_looks");
  write_gray(folder.path() / "a" / "rgb" / "1.png", 7);
  write_gray(folder.path() / "b" / "1.png", 7);
  fs::create_directories(folder.path() / "c" / "rgb");
  EXPECT_TRUE(is_frame_folder(folder.path() / "a"));
  EXPECT_TRUE(is_frame_folder(folder.path() / "b"));
  EXPECT_FALSE(is_frame_folder(folder.path() / "c"));
  EXPECT_FALSE(is_frame_folder(folder.path()));
  EXPECT_FALSE(is_frame_folder(folder.path() / "missing"));
  for (const char* name : {"x.avi", "x.mp4", "x.mkv", "x.MOV", "x.webm"}) EXPECT_TRUE(is_video_file(name)) << name;
  for (const char* name : {"x.png", "x", "avi", "x.avi.txt"}) EXPECT_FALSE(is_video_file(name)) << name;
}

TEST(PictureFolder, ReplacesADamagedPictureByTheOneBefore) {
  const TemporaryFolder folder("picture_damaged");
  std::ofstream(folder.path() / "0.png") << "not a picture";
  write_gray(folder.path() / "1.png", 10);
  std::ofstream(folder.path() / "2.png").flush();
  const std::string whole = [&] {
    write_gray(folder.path() / "3.png", 30);
    return base::read_file(folder.path() / "3.png");
  }();
  std::ofstream(folder.path() / "3.png", std::ios::binary) << whole.substr(0, 20);
  write_gray(folder.path() / "4.png", 40);
  const auto source = open_source(folder.path());
  const std::vector<int64_t> indices{0, 1, 2, 3, 4};
  EXPECT_EQ(gray_values(source->read(indices)), (std::vector<int>{10, 10, 10, 10, 40}));
}

TEST(PictureFolder, SaysThatNoPictureDecodes) {
  const TemporaryFolder folder("picture_none");
  std::ofstream(folder.path() / "0.png") << "not a picture";
  std::ofstream(folder.path() / "1.jpg").flush();
  try {
    open_source(folder.path());
    FAIL();
  } catch (const base::UserError& error) {
    EXPECT_NE(std::string(error.what()).find(folder.path().string() + ": not one of its 2 pictures decodes"),
              std::string::npos)
        << error.what();
  }
}

TEST(PictureFolder, ReadsColourPixelForPixel) {
  const TemporaryFolder folder("picture_rgb24");
  const FrameHandle picture = blank_picture(5, 3, AV_PIX_FMT_RGB24);
  for (int i = 0; i < 45; ++i) picture->data[0][i / 15 * picture->linesize[0] + i % 15] = static_cast<uint8_t>(i * 5);
  encode_picture(folder.path() / "1.png", "png", *picture);
  const tensor::Frame frame = *open_source(folder.path())->next();
  for (size_t i = 0; i < 45; ++i) EXPECT_EQ(frame.rgb[i], i * 5) << i;
}

TEST(PictureFolder, MakesGrayOfEveryValueRgb) {
  const TemporaryFolder folder("picture_gray");
  const FrameHandle picture = blank_picture(256, 1, AV_PIX_FMT_GRAY8);
  for (int x = 0; x < 256; ++x) picture->data[0][x] = static_cast<uint8_t>(x);
  encode_picture(folder.path() / "1.png", "png", *picture);
  const tensor::Frame frame = *open_source(folder.path())->next();
  for (size_t i = 0; i < 768; ++i) EXPECT_EQ(frame.rgb[i], i / 3) << i;
}

TEST(PictureFolder, DropsAlpha) {
  const TemporaryFolder folder("picture_alpha");
  const FrameHandle picture = blank_picture(3, 1, AV_PIX_FMT_RGBA);
  const std::vector<uint8_t> pixels{200, 100, 50, 0, 1, 2, 3, 128, 255, 254, 253, 255};
  std::copy(pixels.begin(), pixels.end(), picture->data[0]);
  encode_picture(folder.path() / "1.png", "png", *picture);
  EXPECT_EQ(open_source(folder.path())->next()->rgb, (std::vector<uint8_t>{200, 100, 50, 1, 2, 3, 255, 254, 253}));
}

TEST(PictureFolder, LooksColoursUpInAPalette) {
  const TemporaryFolder folder("picture_palette");
  const FrameHandle picture = blank_picture(3, 1, AV_PIX_FMT_PAL8);
  picture->data[0][0] = 2;
  picture->data[0][1] = 0;
  picture->data[0][2] = 1;
  auto* palette = reinterpret_cast<uint32_t*>(picture->data[1]);
  std::fill_n(palette, 256, 0xFF000000U);
  palette[0] = 0xFF0A141EU;
  palette[1] = 0xFFC80000U;
  palette[2] = 0xFF0000C8U;
  encode_picture(folder.path() / "1.png", "png", *picture);
  EXPECT_EQ(open_source(folder.path())->next()->rgb, (std::vector<uint8_t>{0, 0, 200, 10, 20, 30, 200, 0, 0}));
}

TEST(PictureFolder, NarrowsSixteenBits) {
  const TemporaryFolder folder("picture_16");
  const FrameHandle picture = blank_picture(2, 1, AV_PIX_FMT_RGB48BE);
  const std::vector<uint8_t> pixels{200, 200, 100, 100, 0, 0, 255, 255, 17, 17, 1, 1};
  std::copy(pixels.begin(), pixels.end(), picture->data[0]);
  encode_picture(folder.path() / "1.png", "png", *picture);
  const tensor::Frame frame = *open_source(folder.path())->next();
  for (size_t i = 0; i < 6; ++i) EXPECT_NEAR(frame.rgb[i], pixels[2 * i], 1) << i;
}

TEST(PictureFolder, ReadsJpeg) {
  const TemporaryFolder folder("picture_jpeg");
  const FrameHandle picture = blank_picture(16, 16, AV_PIX_FMT_YUVJ420P);
  for (int y = 0; y < 16; ++y) std::fill_n(picture->data[0] + y * picture->linesize[0], 16, 100);
  for (int plane = 1; plane < 3; ++plane)
    for (int y = 0; y < 8; ++y)
      std::fill_n(picture->data[plane] + y * picture->linesize[plane], 8, plane == 1 ? 90 : 170);
  encode_picture(folder.path() / "1.jpg", "mjpeg", *picture);
  const auto source = open_source(folder.path());
  EXPECT_EQ(source->info().codec, "mjpeg");
  const tensor::Frame frame = *source->next();
  // ITU-T T.871: R = Y + 1.402 (Cr - 128), G = Y - 0.344136 (Cb - 128) - 0.714136 (Cr - 128), B = Y + 1.772 (Cb - 128).
  EXPECT_NEAR(frame.rgb[0], 158.9, 2);
  EXPECT_NEAR(frame.rgb[1], 83.1, 2);
  EXPECT_NEAR(frame.rgb[2], 32.7, 2);
}

TEST(PictureFolder, LetsEveryPictureKeepItsSize) {
  const TemporaryFolder folder("picture_sizes");
  write_gray(folder.path() / "1.png", 10, 8, 6);
  write_gray(folder.path() / "2.png", 20, 3, 5);
  const std::vector<int64_t> indices{0, 1};
  const std::vector<tensor::Frame> frames = open_source(folder.path())->read(indices);
  EXPECT_EQ(frames[0].width, 8);
  EXPECT_EQ(frames[1].width, 3);
  EXPECT_EQ(frames[1].height, 5);
  EXPECT_EQ(frames[1].rgb.size(), 45U);
}

}  // namespace
}  // namespace gerund::media
