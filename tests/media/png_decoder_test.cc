// tests/media/png_decoder_test.cc - PNG is lossless: what was encoded (by FFmpeg, with each filter) must come out.
#include "media/png_decoder.h"

#include <gtest/gtest.h>

#include "base/files.h"
#include "base/random.h"
#include "media/picture_file.h"
#include "media/raw_picture.h"
#include "small_videos.h"

namespace gerund::media {
namespace {

using testing_data::TemporaryFolder;

/// Noise in the upper half, slopes in the lower one.
FrameHandle drawn_picture(int width, int height, AVPixelFormat format = AV_PIX_FMT_RGB24) {
  FrameHandle picture = blank_picture(width, height, format);
  base::Random random(5);
  for (int y = 0; y < height; ++y)
    for (int i = 0; i < picture->linesize[0]; ++i)
      picture->data[0][y * picture->linesize[0] + i] =
          static_cast<uint8_t>(y < height / 2 ? random.below(256) : 3 * y + i + i * y / 7);
  return picture;
}

std::string encoded(const AVFrame& picture, const char* filter) {
  silence_ffmpeg();
  const CodecHandle context(avcodec_alloc_context3(avcodec_find_encoder(AV_CODEC_ID_PNG)));
  context->width = picture.width;
  context->height = picture.height;
  context->pix_fmt = static_cast<AVPixelFormat>(picture.format);
  context->time_base = {1, 25};
  AVDictionary* settings = nullptr;
  av_dict_set(&settings, "pred", filter, 0);
  require(avcodec_open2(context.get(), nullptr, &settings) >= 0, "opening the encoder");
  av_dict_free(&settings);
  const PacketHandle packet(av_packet_alloc());
  require(avcodec_send_frame(context.get(), &picture) >= 0, "encoding");
  require(avcodec_receive_packet(context.get(), packet.get()) >= 0, "encoding");
  return {reinterpret_cast<const char*>(packet->data), static_cast<size_t>(packet->size)};
}

bool equals(const tensor::Frame& frame, const AVFrame& picture) {
  if (frame.width != picture.width || frame.height != picture.height) return false;
  for (int y = 0; y < frame.height; ++y)
    if (!std::equal(frame.row(y), frame.row(y) + 3 * static_cast<ptrdiff_t>(frame.width),
                    picture.data[0] + static_cast<ptrdiff_t>(y) * picture.linesize[0]))
      return false;
  return true;
}

TEST(PngDecoder, GivesThePixelsThatWereEncodedWithEveryFilter) {
  PngDecoder decoder;
  for (const auto& [width, height] : {std::pair(61, 40), std::pair(1, 1), std::pair(16, 3), std::pair(2, 33),
                                      std::pair(3, 7), std::pair(4, 6), std::pair(5, 5)}) {
    const FrameHandle picture = drawn_picture(width, height);
    for (const char* filter : {"none", "sub", "up", "avg", "paeth", "mixed"}) {
      const auto frame = decoder.decode(encoded(*picture, filter));
      ASSERT_TRUE(frame) << filter;
      EXPECT_TRUE(equals(*frame, *picture)) << filter << " " << width << "x" << height;
    }
  }
}

TEST(PngDecoder, PutsTheDataOfSeveralChunksTogether) {
  const FrameHandle picture = drawn_picture(40, 30);
  const std::string whole = encoded(*picture, "paeth");
  const size_t name = whole.find("IDAT");
  const size_t size = (static_cast<unsigned char>(whole[name - 2]) << 8) | static_cast<unsigned char>(whole[name - 1]);
  const std::string data = whole.substr(name + 4, size);
  std::string parts;
  for (size_t at = 0; at < size; at += 100) {
    const std::string part = data.substr(at, 100);
    parts += std::string("\0\0\0", 3) + static_cast<char>(part.size()) + "IDAT" + part + "sum?";
  }
  const auto frame = PngDecoder().decode(whole.substr(0, name - 4) + parts + whole.substr(name + 8 + size));
  ASSERT_TRUE(frame);
  EXPECT_TRUE(equals(*frame, *picture));
}

TEST(PngDecoder, LeavesOtherKindsToFfmpeg) {
  for (const AVPixelFormat format :
       {AV_PIX_FMT_GRAY8, AV_PIX_FMT_RGBA, AV_PIX_FMT_RGB48BE, AV_PIX_FMT_YA8, AV_PIX_FMT_MONOBLACK})
    EXPECT_FALSE(PngDecoder().decode(encoded(*drawn_picture(20, 12, format), "none"))) << format;
  const std::string whole = encoded(*drawn_picture(20, 12), "none");
  const size_t name = whole.find("IDAT");
  const std::string clear = std::string("\0\0\0\6tRNS\0\1\0\2\0\3sum?", 18);
  EXPECT_FALSE(PngDecoder().decode(whole.substr(0, name - 4) + clear + whole.substr(name - 4))) << "one color clear";
}

TEST(PngDecoder, GivesNoWrongPixelsOfADamagedFile) {
  const FrameHandle picture = drawn_picture(14, 9);
  const std::string whole = encoded(*picture, "mixed");
  PngDecoder decoder;
  for (size_t size = 0; size < whole.size(); ++size) EXPECT_FALSE(decoder.decode(whole.substr(0, size))) << size;
  int num_refused = 0;
  for (size_t i = 0; i < whole.size(); ++i)
    for (const int bit : {0, 3, 7}) {
      std::string damaged = whole;
      damaged[i] = static_cast<char>(damaged[i] ^ (1 << bit));
      const auto frame = decoder.decode(damaged);
      num_refused += frame ? 0 : 1;
      EXPECT_TRUE(!frame || equals(*frame, *picture)) << "byte " << i << ", bit " << bit;
    }
  EXPECT_GT(num_refused, 14 * 9 * 3) << "nearly all of the file matters";
}

TEST(PngDecoder, IsWhatPictureFilesGoThroughWithTheSamePixels) {
  const TemporaryFolder folder("png_decoder");
  const FrameHandle picture = drawn_picture(50, 20);
  base::write_file(folder.path() / "a.png", encoded(*picture, "mixed"));
  PictureDecoder decoder;
  EXPECT_TRUE(equals(decoder.read(folder.path() / "a.png"), *picture));
  EXPECT_EQ(decoder.codec(), "png");
}

}  // namespace
}  // namespace gerund::media
