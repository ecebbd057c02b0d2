// tests/media/video_file_test.cc - frames by number are those of a plain decode, whatever the codec and the seeking.
#include <gtest/gtest.h>

#include <optional>
#include <ostream>

#include "base/error.h"
#include "base/interrupt.h"
#include "base/random.h"
#include "media/frame_source.h"
#include "media/raw_video.h"
#include "media/video_index.h"
#include "media/video_writer.h"
#include "small_videos.h"

namespace gerund::media {
namespace {

namespace fs = std::filesystem;
using testing_data::TemporaryFolder;

/// A file that the room must read like a plain player does.
struct Shape {
  std::string name;
  std::string file;
  RawVideo video;
  bool is_counted_by_headers;  ///< Without decoding.
  size_t num_entries;          ///< Places where decoding may begin; 0 where pictures are counted from the start.
};

RawVideo made_by(const std::string& encoder, int num_b_frames = 0, std::map<std::string, std::string> options = {},
                 AVPixelFormat format = AV_PIX_FMT_YUV420P) {
  RawVideo video;
  video.encoder = encoder;
  video.num_b_frames = num_b_frames;
  video.options = std::move(options);
  video.format = format;
  return video;
}

RawVideo odd_size() {
  RawVideo video = made_by("mjpeg", 0, {}, AV_PIX_FMT_YUVJ420P);
  video.width = 63;
  video.height = 45;
  return video;
}

RawVideo interlaced() {
  RawVideo video = made_by("libx264", 2);
  video.flags = AV_CODEC_FLAG_INTERLACED_DCT | AV_CODEC_FLAG_INTERLACED_ME;
  return video;
}

std::vector<Shape> shapes() {
  const auto x264 = [](const std::string& params) {
    return made_by("libx264", 2, {{"x264-params", params}, {"forced-idr", "0"}});
  };
  return {
      {"Mpeg4InAvi", "a.avi", made_by("mpeg4"), true, 3},
      {"Mpeg4InMp4", "a.mp4", made_by("mpeg4"), true, 3},
      {"Mpeg4WithBFramesInAvi", "a.avi", made_by("mpeg4", 2), true, 0},
      {"Mpeg4WithBFramesInMp4", "a.mp4", made_by("mpeg4", 2), true, 3},
      {"Mpeg4WithBFramesInMkv", "a.mkv", made_by("mpeg4", 2), true, 3},
      {"XvidInAvi", "a.avi", made_by("libxvid"), true, 3},
      {"PackedXvidInAvi", "a.avi", made_by("libxvid", 2), true, 0},
      {"H264InMp4", "a.mp4", made_by("libx264", 2), true, 3},
      {"H264InMov", "a.mov", made_by("libx264", 2), true, 3},
      {"H264InMkv", "a.mkv", made_by("libx264", 2), true, 3},
      {"H264InAvi", "a.avi", made_by("libx264"), true, 0},
      {"H264OpenGop", "a.mp4", x264("open-gop=1:scenecut=0"), true, 1},
      {"H264IntraRefresh", "a.mp4", x264("intra-refresh=1:scenecut=0"), true, 1},
      {"H264Interlaced", "a.mp4", interlaced(), true, 3},
      {"H264FullChroma", "a.mp4", made_by("libx264", 2, {}, AV_PIX_FMT_YUV444P), true, 3},
      {"MotionJpegOfOddSize", "a.avi", odd_size(), true, 30},
      {"Vp8WithHiddenFrames", "a.webm", made_by("libvpx", 0, {{"auto-alt-ref", "1"}, {"lag-in-frames", "12"}}), false,
       0},
  };
}

void PrintTo(const Shape& shape, std::ostream* out) {
  *out << shape.name;
}

class VideoShapes : public testing::TestWithParam<Shape> {
 protected:
  VideoShapes() : folder_(std::string("video_shapes_") + GetParam().name), path_(folder_.path() / GetParam().file) {
    encode_video(path_, GetParam().video);
    expected_ = play(path_);
  }

  TemporaryFolder folder_;
  fs::path path_;
  std::vector<tensor::Frame> expected_;
};

TEST_P(VideoShapes, CountsWhatAPlainDecodeGives) {
  // libxvid keeps the last pictures of a packed stream to itself.
  ASSERT_GE(expected_.size(), static_cast<size_t>(GetParam().video.num_frames) - 2);
  const auto source = open_source(path_);
  EXPECT_EQ(source->info().num_frames, static_cast<int64_t>(expected_.size()));
  EXPECT_EQ(source->info().width, GetParam().video.width);
  EXPECT_EQ(source->info().height, GetParam().video.height);
  EXPECT_NEAR(source->info().fps, 25, 1e-3);
}

TEST_P(VideoShapes, AreCountedByHeadersWhereTheseSuffice) {
  Demuxer demuxer(path_);
  const std::optional<VideoIndex> index = index_packets(demuxer);
  ASSERT_EQ(index.has_value(), GetParam().is_counted_by_headers);
  if (index) {
    EXPECT_EQ(index->entries.size(), GetParam().num_entries);
    EXPECT_EQ(index->num_frames, static_cast<int64_t>(expected_.size()));
  }
  demuxer.rewind();
  EXPECT_EQ(index_by_decoding(demuxer).num_frames, static_cast<int64_t>(expected_.size()));
}

TEST_P(VideoShapes, GiveTheSamePixelsOneAfterTheOther) {
  const auto source = open_source(path_);
  for (size_t i = 0; i < expected_.size(); ++i) {
    const std::optional<tensor::Frame> frame = source->next();
    ASSERT_TRUE(frame.has_value()) << i;
    EXPECT_TRUE(frame->rgb == expected_[i].rgb) << i;
    EXPECT_NEAR(frame->pts_seconds, static_cast<double>(i) / 25, 1e-3);
  }
  EXPECT_FALSE(source->next().has_value());
}

TEST_P(VideoShapes, GiveTheSamePixelsInAnyOrder) {
  const auto source = open_source(path_);
  base::Random random(7);
  for (int round = 0; round < 12; ++round) {
    std::vector<int64_t> indices(5);
    for (int64_t& index : indices) index = random.below(static_cast<int64_t>(expected_.size()));
    const std::vector<tensor::Frame> frames = source->read(indices);
    ASSERT_EQ(frames.size(), indices.size());
    for (size_t i = 0; i < indices.size(); ++i)
      EXPECT_TRUE(frames[i].rgb == expected_[static_cast<size_t>(indices[i])].rgb) << indices[i];
  }
}

TEST_P(VideoShapes, GiveTheSamePixelsToAFreshSource) {
  for (size_t i = 0; i < expected_.size(); i += 7) {
    const std::vector<int64_t> index{static_cast<int64_t>(i)};
    EXPECT_TRUE(open_source(path_)->read(index)[0].rgb == expected_[i].rgb) << i;
  }
}

INSTANTIATE_TEST_SUITE_P(Media, VideoShapes, testing::ValuesIn(shapes()),
                         [](const auto& test) { return test.param.name; });

TEST(VideoFile, KeepsNextAndReadApart) {
  const TemporaryFolder folder("next_and_read");
  const fs::path path = folder.path() / "a.mp4";
  encode_video(path, made_by("libx264", 2));
  const std::vector<tensor::Frame> expected = play(path);
  const auto source = open_source(path);
  for (size_t i = 0; i < 6; ++i) {
    EXPECT_TRUE(source->next()->rgb == expected[i].rgb);
    const std::vector<int64_t> far{25, static_cast<int64_t>(i)};
    EXPECT_TRUE(source->read(far)[0].rgb == expected[25].rgb);
  }
}

TEST(VideoFile, GivesRepeatedIndicesEachTheirFrame) {
  const TemporaryFolder folder("repeats");
  const fs::path path = folder.path() / "a.avi";
  encode_video(path, made_by("mpeg4"));
  const std::vector<tensor::Frame> expected = play(path);
  const std::vector<int64_t> indices{9, 2, 9, 9, 0, 2};
  const std::vector<tensor::Frame> frames = open_source(path)->read(indices);
  for (size_t i = 0; i < indices.size(); ++i)
    EXPECT_TRUE(frames[i].rgb == expected[static_cast<size_t>(indices[i])].rgb) << i;
}

TEST(VideoFile, RefusesAnIndexOutsideTheVideo) {
  const TemporaryFolder folder("outside");
  const fs::path path = folder.path() / "a.avi";
  encode_video(path, made_by("mpeg4"));
  const auto source = open_source(path);
  EXPECT_THROW(source->read(std::vector<int64_t>{30}), base::InternalError);
  EXPECT_THROW(source->read(std::vector<int64_t>{-1}), base::InternalError);
  EXPECT_TRUE(source->read(std::vector<int64_t>{}).empty());
}

TEST(VideoFile, ReadsWhatVideoWriterWrites) {
  const TemporaryFolder folder("writer");
  for (const char* name : {"a.avi", "a.mp4"}) {
    const fs::path path = folder.path() / name;
    testing_data::write_moving_square(path, 1, 3, 40);
    const std::vector<tensor::Frame> expected = play(path);
    const auto source = open_source(path);
    EXPECT_EQ(source->info().num_frames, 40);
    EXPECT_EQ(source->info().codec, path.extension() == ".avi" ? "mpeg4" : "h264");
    EXPECT_NEAR(source->info().duration_seconds, 40.0 / 25, 1e-9);
    const std::vector<int64_t> indices{39, 13, 24, 12, 0};
    const std::vector<tensor::Frame> frames = source->read(indices);
    for (size_t i = 0; i < indices.size(); ++i)
      EXPECT_TRUE(frames[i].rgb == expected[static_cast<size_t>(indices[i])].rgb) << name << " " << indices[i];
  }
}

TEST(VideoFile, StopsWhenInterrupted) {
  const TemporaryFolder folder("interrupted");
  const fs::path path = folder.path() / "a.avi";
  encode_video(path, made_by("mpeg4"));
  base::request_interrupt();
  EXPECT_THROW(open_source(path), base::Interrupted);
  base::request_interrupt(false);
}

}  // namespace
}  // namespace gerund::media
