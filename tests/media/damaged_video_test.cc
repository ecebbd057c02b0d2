// tests/media/damaged_video_test.cc - files cut short, altered or of another kind: an error with a reason, or the
// frames that are left.
#include <gtest/gtest.h>

#include <algorithm>
#include <fstream>
#include <string_view>
#include <tuple>

#include "base/error.h"
#include "base/files.h"
#include "base/random.h"
#include "media/frame_source.h"
#include "media/raw_video.h"
#include "media/video_index.h"
#include "small_videos.h"

namespace gerund::media {
namespace {

namespace fs = std::filesystem;
using testing_data::TemporaryFolder;

/// base::write_file would wait for the disk, hundreds of times.
void write_bytes(const fs::path& path, const std::string& bytes) {
  std::ofstream(path, std::ios::binary) << bytes;
}

fs::path video_in(const fs::path& folder, const std::string& file, const std::string& encoder, int num_b_frames) {
  RawVideo video;
  video.encoder = encoder;
  video.num_b_frames = num_b_frames;
  if (encoder == "mjpeg") video.format = AV_PIX_FMT_YUVJ420P;
  const fs::path path = folder / file;
  encode_video(path, video);
  return path;
}

/// The message of the UserError that opening gives, or "" where it opens.
std::string complaint(const fs::path& path) {
  try {
    open_source(path);
  } catch (const base::UserError& error) {
    return error.what();
  }
  return "";
}

void expect_complaint(const fs::path& path, const std::string& reason) {
  const std::string message = complaint(path);
  EXPECT_NE(message.find(path.string()), std::string::npos) << message;
  EXPECT_NE(message.find(reason), std::string::npos) << message;
}

/// Opens and reads everything there is; true where frames came.
bool reads_without_harm(const fs::path& path) {
  try {
    const auto source = open_source(path);
    const int64_t num_frames = source->info().num_frames;
    EXPECT_GT(num_frames, 0);
    const std::vector<int64_t> indices{num_frames - 1, 0, num_frames / 2};
    EXPECT_EQ(source->read(indices).size(), 3U);
    int64_t num_read = 0;
    while (source->next()) ++num_read;
    EXPECT_EQ(num_read, num_frames);
    return true;
  } catch (const base::UserError& error) {
    EXPECT_NE(std::string(error.what()).find(path.string()), std::string::npos) << error.what();
    return false;
  }
}

TEST(DamagedVideo, SaysWhatIsWrongWithAFile) {
  const TemporaryFolder folder("wrong_files");
  expect_complaint(folder.path() / "missing.mp4", "there is no such file");
  write_bytes(folder.path() / "zero.mp4", "");
  expect_complaint(folder.path() / "zero.mp4", "empty (0 bytes)");
  write_bytes(folder.path() / "text.mp4", "this is a letter, not a video\n");
  expect_complaint(folder.path() / "text.mp4", "not a readable");
  write_bytes(folder.path() / "list.mkv", "#EXTM3U\n#EXT-X-TARGETDURATION:5\n#EXTINF:5,\nother.ts\n");
  expect_complaint(folder.path() / "list.mkv", "not a readable");
  write_bytes(folder.path() / "notes.txt", "notes");
  expect_complaint(folder.path() / "notes.txt", "not a video by its name");
  fs::create_directories(folder.path() / "hollow" / "rgb");
  expect_complaint(folder.path() / "hollow", "a folder without frames");
}

TEST(DamagedVideo, SaysThatAFileHasOnlySound) {
  const TemporaryFolder folder("sound");
  const fs::path path = folder.path() / "sound.mov";
  AVFormatContext* raw = nullptr;
  ASSERT_GE(avformat_alloc_output_context2(&raw, nullptr, nullptr, path.c_str()), 0);
  {
    const OutputHandle output(raw);
    AVStream* stream = avformat_new_stream(raw, nullptr);
    stream->codecpar->codec_type = AVMEDIA_TYPE_AUDIO;
    stream->codecpar->codec_id = AV_CODEC_ID_PCM_S16LE;
    stream->codecpar->sample_rate = 8000;
    stream->codecpar->bits_per_coded_sample = 16;
    stream->codecpar->block_align = 2;
    stream->codecpar->ch_layout.nb_channels = 1;
    stream->time_base = {1, 8000};
    ASSERT_GE(avio_open(&output->pb, path.c_str(), AVIO_FLAG_WRITE), 0);
    ASSERT_GE(avformat_write_header(raw, nullptr), 0);
    const PacketHandle packet(av_packet_alloc());
    ASSERT_GE(av_new_packet(packet.get(), 1600), 0);
    std::fill_n(packet->data, 1600, uint8_t{1});
    packet->pts = packet->dts = 0;
    packet->duration = 800;
    ASSERT_GE(av_write_frame(raw, packet.get()), 0);
    ASSERT_GE(av_write_trailer(raw), 0);
  }
  expect_complaint(path, "no video stream");
}

TEST(DamagedVideo, SaysThatNoFrameDecodes) {
  const TemporaryFolder folder("no_frame");
  const fs::path path = video_in(folder.path(), "a.avi", "mpeg4", 0);
  std::string bytes = base::read_file(path);
  // Every picture header of the stream becomes another code.
  const std::string_view vop("\0\0\1\xB6", 4);
  for (size_t at = bytes.find(vop); at != std::string::npos; at = bytes.find(vop, at)) bytes[at + 3] = '\xC9';
  write_bytes(path, bytes);
  expect_complaint(path, "not one frame of its mpeg4 video decodes");
}

TEST(DamagedVideo, KeepsTheFramesOfAFileCutShort) {
  const TemporaryFolder folder("cut");
  int num_opened = 0;
  for (const auto& [file, encoder, num_b_frames] : {std::tuple<const char*, const char*, int>{"a.avi", "mpeg4", 0},
                                                    {"b.avi", "mpeg4", 2},
                                                    {"c.mkv", "libx264", 2},
                                                    {"d.mp4", "libx264", 2}}) {
    const fs::path path = video_in(folder.path(), file, encoder, num_b_frames);
    const std::string whole = base::read_file(path);
    const int64_t num_whole = open_source(path)->info().num_frames;
    for (size_t share = 0; share < 24; ++share) {
      write_bytes(path, whole.substr(0, whole.size() * share / 24 + share % 5));
      const std::vector<tensor::Frame> expected = play(path);
      if (expected.empty()) {
        EXPECT_NE(complaint(path), "") << file << " " << share;
        continue;
      }
      ++num_opened;
      const auto source = open_source(path);
      if (path.extension() == ".avi") {
        EXPECT_EQ(source->info().stated_frames, num_whole) << file << " " << share;
      }
      ASSERT_EQ(source->info().num_frames, static_cast<int64_t>(expected.size())) << file << " " << share;
      const std::vector<int64_t> indices{source->info().num_frames - 1, source->info().num_frames / 2, 0};
      const std::vector<tensor::Frame> frames = source->read(indices);
      for (size_t i = 0; i < indices.size(); ++i)
        EXPECT_TRUE(frames[i].rgb == expected[static_cast<size_t>(indices[i])].rgb) << file << " " << share << " " << i;
    }
  }
  EXPECT_GT(num_opened, 40);
}

TEST(DamagedVideo, NeverDoesHarmWhereBytesAreAltered) {
  const TemporaryFolder folder("altered");
  base::Random random(11);
  int num_opened = 0;
  for (const auto& [file, encoder, num_b_frames] : {std::tuple<const char*, const char*, int>{"a.avi", "mpeg4", 0},
                                                    {"b.avi", "libxvid", 2},
                                                    {"c.mkv", "libx264", 2},
                                                    {"d.mp4", "libx264", 2}}) {
    const fs::path path = video_in(folder.path(), file, encoder, num_b_frames);
    const std::string whole = base::read_file(path);
    for (int round = 0; round < 40; ++round) {
      std::string altered = whole;
      const int64_t num_bytes = 1 + random.below(1 + 3 * round);
      for (int64_t i = 0; i < num_bytes; ++i)
        altered[static_cast<size_t>(random.below(static_cast<int64_t>(whole.size())))] =
            static_cast<char>(random.below(256));
      write_bytes(path, altered);
      num_opened += reads_without_harm(path) ? 1 : 0;
    }
  }
  EXPECT_GT(num_opened, 80);
}

/// Adds to the big-endian number of 4 bytes at `at`.
void add_to(std::string& bytes, size_t at, uint32_t amount) {
  uint32_t value = 0;
  for (size_t i = 0; i < 4; ++i) value = value << 8 | static_cast<uint8_t>(bytes[at + i]);
  value += amount;
  for (size_t i = 0; i < 4; ++i) bytes[at + i] = static_cast<char>(value >> (24 - 8 * i) & 0xFF);
}

TEST(DamagedVideo, LeavesOutWhatAnEditListCutsOff) {
  const TemporaryFolder folder("edit_list");
  const fs::path path = video_in(folder.path(), "a.mp4", "libx264", 2);
  const std::vector<tensor::Frame> whole = play(path);
  std::string bytes = base::read_file(path);
  const size_t list = bytes.find("elst");
  ASSERT_NE(list, std::string::npos);
  // ISO/IEC 14496-12, 8.6.6: version and flags, number of entries, then duration and media time of the first one.
  const uint32_t ticks_per_frame = 512;  // FFmpeg writes 12800 ticks a second for 25 frames a second.
  add_to(bytes, list + 4 + 4 + 4 + 4, 5 * ticks_per_frame);
  write_bytes(path, bytes);
  const std::vector<tensor::Frame> expected = play(path);
  ASSERT_LT(expected.size(), whole.size());
  ASSERT_TRUE(expected[0].rgb == whole[5].rgb);
  Demuxer demuxer(path);
  const std::optional<VideoIndex> index = index_packets(demuxer);
  ASSERT_TRUE(index.has_value());
  EXPECT_EQ(index->num_frames, static_cast<int64_t>(expected.size()));
  const auto source = open_source(path);
  ASSERT_EQ(source->info().num_frames, static_cast<int64_t>(expected.size()));
  for (int64_t i = source->info().num_frames - 1; i >= 0; i -= 3) {
    const std::vector<int64_t> wanted{i};
    EXPECT_TRUE(source->read(wanted)[0].rgb == expected[static_cast<size_t>(i)].rgb) << i;
  }
}

TEST(DamagedVideo, ReplacesAFrameThatDoesNotDecodeByTheOneBefore) {
  const TemporaryFolder folder("replaced");
  const fs::path path = video_in(folder.path(), "a.avi", "mjpeg", 0);
  const std::vector<tensor::Frame> whole = play(path);
  std::string bytes = base::read_file(path);
  size_t at = 0;
  for (int i = 0; i < 8; ++i) at = bytes.find("\xFF\xD8\xFF", at + 1);
  ASSERT_NE(at, std::string::npos);
  // Picture 7 is left without its start, its tables and all else.
  std::fill_n(bytes.begin() + static_cast<std::ptrdiff_t>(at), 400, '\0');
  write_bytes(path, bytes);
  ASSERT_EQ(play(path).size(), whole.size() - 1);
  const auto source = open_source(path);
  const std::vector<int64_t> indices{7, 6, 8};
  const std::vector<tensor::Frame> frames = source->read(indices);
  EXPECT_TRUE(frames[0].rgb == whole[6].rgb);
  EXPECT_TRUE(frames[1].rgb == whole[6].rgb);
  EXPECT_TRUE(frames[2].rgb == whole[8].rgb);
  EXPECT_DOUBLE_EQ(frames[0].pts_seconds, 7.0 / 25);
}

}  // namespace
}  // namespace gerund::media
