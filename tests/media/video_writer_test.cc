#include "media/video_writer.h"

#include <gtest/gtest.h>

#include <cmath>
#include <cstdlib>

#include "base/error.h"
#include "base/files.h"
#include "media/ffmpeg_handles.h"

namespace gerund::media {
namespace {

namespace fs = std::filesystem;

// Frame `index` of a test video: smooth colours, and a bright square that moves 4 pixels a frame.
tensor::Frame make_frame(int width, int height, int index) {
  tensor::Frame frame(width, height);
  for (int y = 0; y < height; ++y) {
    for (int x = 0; x < width; ++x) {
      uint8_t* pixel = frame.row(y) + 3 * x;
      const bool square = x >= 4 * index && x < 4 * index + 16 && y >= 16 && y < 32;
      pixel[0] = square ? 230 : static_cast<uint8_t>(40 + x);
      pixel[1] = square ? 220 : static_cast<uint8_t>(60 + y);
      pixel[2] = square ? 60 : 90;
    }
  }
  return frame;
}

// What a player sees in a file, found with FFmpeg alone.
struct Played {
  std::string codec;
  double fps = 0;
  int num_keyframes = 0;
  std::vector<double> pts_seconds;
  std::vector<tensor::Frame> frames;
};

tensor::Frame to_rgb(const AVFrame* picture) {
  tensor::Frame frame(picture->width, picture->height);
  ScalerHandle scaler(sws_getContext(frame.width, frame.height, static_cast<AVPixelFormat>(picture->format),
                                     frame.width, frame.height, AV_PIX_FMT_RGB24, SWS_BICUBIC | SWS_ACCURATE_RND,
                                     nullptr, nullptr, nullptr));
  uint8_t* planes[] = {frame.rgb.data()};
  const int strides[] = {frame.width * 3};
  sws_scale(scaler.get(), picture->data, picture->linesize, 0, frame.height, planes, strides);
  return frame;
}

Played play(const fs::path& path) {
  AVFormatContext* raw = nullptr;
  if (avformat_open_input(&raw, path.c_str(), nullptr, nullptr) < 0) throw std::runtime_error("not a video");
  const InputHandle input(raw);
  avformat_find_stream_info(raw, nullptr);
  const AVStream* stream = raw->streams[0];
  Played played;
  played.codec = avcodec_get_name(stream->codecpar->codec_id);
  played.fps = av_q2d(stream->avg_frame_rate);
  const CodecHandle decoder(avcodec_alloc_context3(avcodec_find_decoder(stream->codecpar->codec_id)));
  avcodec_parameters_to_context(decoder.get(), stream->codecpar);
  avcodec_open2(decoder.get(), nullptr, nullptr);
  const PacketHandle packet(av_packet_alloc());
  const FrameHandle picture(av_frame_alloc());
  auto drain = [&] {
    while (avcodec_receive_frame(decoder.get(), picture.get()) >= 0) {
      played.pts_seconds.push_back(static_cast<double>(picture->best_effort_timestamp) * av_q2d(stream->time_base));
      played.frames.push_back(to_rgb(picture.get()));
    }
  };
  while (av_read_frame(raw, packet.get()) >= 0) {
    played.num_keyframes += (packet->flags & AV_PKT_FLAG_KEY) != 0;
    avcodec_send_packet(decoder.get(), packet.get());
    drain();
    av_packet_unref(packet.get());
  }
  avcodec_send_packet(decoder.get(), nullptr);
  drain();
  return played;
}

double mean_difference(const tensor::Frame& a, const tensor::Frame& b) {
  double sum = 0;
  for (size_t i = 0; i < a.rgb.size(); ++i) sum += std::abs(int{a.rgb[i]} - int{b.rgb[i]});
  return sum / static_cast<double>(a.rgb.size());
}

class VideoWriterFiles : public testing::Test {
 protected:
  void SetUp() override {
    folder_ = fs::path(testing::TempDir()) / testing::UnitTest::GetInstance()->current_test_info()->name();
    fs::remove_all(folder_);
  }
  void TearDown() override { fs::remove_all(folder_); }

  fs::path write(const std::string& name, const WriterOptions& options, int num_frames) {
    VideoWriter writer(folder_ / name, options);
    for (int i = 0; i < num_frames; ++i) writer.push(make_frame(options.width, options.height, i));
    writer.finish();
    return folder_ / name;
  }
  int64_t num_files() const { return std::distance(fs::directory_iterator(folder_), {}); }

  fs::path folder_;
};

WriterOptions options_of(Codec codec) {
  WriterOptions options;
  options.width = 96;
  options.height = 64;
  options.codec = codec;
  return options;
}

void expect_same_pictures(const Played& played, int num_frames) {
  ASSERT_EQ(played.frames.size(), static_cast<size_t>(num_frames));
  for (int i = 0; i < num_frames; ++i) {
    const tensor::Frame& frame = played.frames[static_cast<size_t>(i)];
    const double own = mean_difference(frame, make_frame(96, 64, i));
    EXPECT_LT(own, 6.0) << "frame " << i;
    EXPECT_LT(own, mean_difference(frame, make_frame(96, 64, i + 1))) << "frame " << i << " is in another's place";
  }
}

TEST_F(VideoWriterFiles, AviHoldsMpeg4WithEveryFrameInItsPlace) {
  const Played played = play(write("clip.avi", options_of(Codec::mpeg4), 20));
  EXPECT_EQ(played.codec, "mpeg4");
  EXPECT_DOUBLE_EQ(played.fps, 25);
  expect_same_pictures(played, 20);
}

TEST_F(VideoWriterFiles, Mp4HoldsH264WithEveryFrameInItsPlaceAndTime) {
  const Played played = play(write("clip.mp4", options_of(Codec::h264), 20));
  EXPECT_EQ(played.codec, "h264");
  expect_same_pictures(played, 20);
  for (size_t i = 0; i < played.pts_seconds.size(); ++i)
    EXPECT_NEAR(played.pts_seconds[i], static_cast<double>(i) / 25, 1e-4);
}

TEST_F(VideoWriterFiles, ContainerFollowsTheExtensionWhateverTheCodec) {
  for (const char* name : {"a.avi", "a.mp4", "a.mkv", "a.mov"}) {
    for (const Codec codec : {Codec::mpeg4, Codec::h264}) {
      SCOPED_TRACE(std::string(name) + (codec == Codec::h264 ? " h264" : " mpeg4"));
      expect_same_pictures(play(write(name, options_of(codec), 9)), 9);
    }
  }
}

TEST_F(VideoWriterFiles, SameFramesGiveTheSameBytes) {
  for (const char* name : {"clip.avi", "clip.mp4", "clip.mkv"}) {
    const Codec codec = std::string(name) == "clip.avi" ? Codec::mpeg4 : Codec::h264;
    const std::string first = base::read_file(write(name, options_of(codec), 30));
    const std::string second = base::read_file(write(name, options_of(codec), 30));
    EXPECT_TRUE(first == second) << name;
  }
}

TEST_F(VideoWriterFiles, FrameRateOfTelevisionIsKeptExactly) {
  WriterOptions options = options_of(Codec::h264);
  options.fps = 30000.0 / 1001.0;
  const Played played = play(write("clip.mp4", options, 12));
  EXPECT_NEAR(played.fps, 29.97002997, 1e-6);
  options.codec = Codec::mpeg4;
  EXPECT_NEAR(play(write("clip.avi", options, 12)).fps, 29.97002997, 1e-4);
}

TEST_F(VideoWriterFiles, KeyframesStandAtTheDistanceAskedFor) {
  WriterOptions options = options_of(Codec::mpeg4);
  options.gop_frames = 5;
  EXPECT_EQ(play(write("clip.avi", options, 20)).num_keyframes, 4);
}

TEST_F(VideoWriterFiles, SmallerQualityNumberGivesABetterPicture) {
  for (const Codec codec : {Codec::mpeg4, Codec::h264}) {
    WriterOptions options = options_of(codec);
    options.quality = 2;
    const Played fine = play(write("fine.mkv", options, 5));
    options.quality = 30;
    const Played coarse = play(write("coarse.mkv", options, 5));
    EXPECT_LT(mean_difference(fine.frames[4], make_frame(96, 64, 4)),
              mean_difference(coarse.frames[4], make_frame(96, 64, 4)));
    EXPECT_GT(fs::file_size(folder_ / "fine.mkv"), fs::file_size(folder_ / "coarse.mkv"));
  }
}

TEST_F(VideoWriterFiles, FileAppearsOnlyAtFinish) {
  VideoWriter writer(folder_ / "clip.mp4", options_of(Codec::h264));
  writer.push(make_frame(96, 64, 0));
  EXPECT_FALSE(fs::exists(folder_ / "clip.mp4"));
  writer.finish();
  EXPECT_TRUE(fs::exists(folder_ / "clip.mp4"));
  EXPECT_EQ(num_files(), 1);
}

TEST_F(VideoWriterFiles, UnfinishedWriterLeavesNothingBehindAndTheOldFileWhole) {
  base::write_file(folder_ / "clip.avi", "old");
  {
    VideoWriter writer(folder_ / "clip.avi", options_of(Codec::mpeg4));
    for (int i = 0; i < 5; ++i) writer.push(make_frame(96, 64, i));
    EXPECT_EQ(num_files(), 2);
  }
  EXPECT_EQ(num_files(), 1);
  EXPECT_EQ(base::read_file(folder_ / "clip.avi"), "old");
}

TEST_F(VideoWriterFiles, MovedWriterGoesOnWriting) {
  VideoWriter first(folder_ / "clip.avi", options_of(Codec::mpeg4));
  first.push(make_frame(96, 64, 0));
  VideoWriter second = std::move(first);
  second.push(make_frame(96, 64, 1));
  second.finish();
  expect_same_pictures(play(folder_ / "clip.avi"), 2);
}

std::string message_of(const fs::path& path, const WriterOptions& options) {
  try {
    VideoWriter writer(path, options);
  } catch (const base::UserError& error) {
    return error.what();
  }
  return "";
}

TEST_F(VideoWriterFiles, UnknownEndingAndOddSizeAreUserErrorsThatNameThem) {
  WriterOptions options = options_of(Codec::h264);
  EXPECT_NE(message_of(folder_ / "clip.gif", options).find("\".gif\""), std::string::npos);
  options.width = 95;
  EXPECT_NE(message_of(folder_ / "clip.mp4", options).find("95x64"), std::string::npos);
  options.width = 96;
  options.fps = 0;
  EXPECT_NE(message_of(folder_ / "clip.mp4", options).find("0 frames per second"), std::string::npos);
  EXPECT_FALSE(fs::exists(folder_)) << "nothing may be written for a wrong request";
}

TEST_F(VideoWriterFiles, FolderThatCannotBeMadeIsAUserError) {
  base::write_file(folder_ / "file", "not a folder");
  EXPECT_NE(message_of(folder_ / "file" / "clip.mp4", options_of(Codec::h264)).find("cannot be made"),
            std::string::npos);
}

TEST_F(VideoWriterFiles, FrameOfAnotherSizeAndPushAfterFinishAreOurOwnBugs) {
  VideoWriter writer(folder_ / "clip.mp4", options_of(Codec::h264));
  EXPECT_THROW(writer.push(make_frame(64, 64, 0)), base::InternalError);
  writer.push(make_frame(96, 64, 0));
  writer.finish();
  EXPECT_THROW(writer.push(make_frame(96, 64, 1)), base::InternalError);
  EXPECT_THROW(writer.finish(), base::InternalError);
}

}  // namespace
}  // namespace gerund::media
