// media/video_reader.h - one position in a video file, moved from frame to frame.
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>

#include "media/decoder.h"
#include "media/demuxer.h"
#include "media/orientation.h"
#include "media/rgb_converter.h"
#include "media/video_index.h"
#include "tensor/frame.h"

namespace gerund::media {

/// Gives frames by number (Note [Frame numbers] in media/video_index.h). Going forward is cheap; it jumps to a keyframe
/// where that is nearer and leads to the same pixels.
///
/// Threads: none.
/// Owns:    the open file and its decoder.
class VideoReader {
 public:
  /// Opens the file and counts its frames. Throws UserError naming `path` where not one decodes.
  explicit VideoReader(const std::filesystem::path& path);
  /// Opens a file whose index is known.
  VideoReader(const std::filesystem::path& path, VideoIndex index);

  const VideoIndex& index() const { return index_; }
  const AVStream& stream() const { return demuxer_.stream(); }
  int64_t stated_frames() const { return demuxer_.stated_frames(); }
  /// Average frames per second; 25 where the file does not say.
  double fps() const { return fps_; }
  /// Size in pixels of the first picture, turned as the file asks; later ones may differ.
  int width() const { return width_; }
  int height() const { return height_; }

  /// Frame `number` of [0, num_frames). One that does not decode is replaced by the nearest earlier one that does, or
  /// by the first that does. Throws UserError naming the file where nothing decodes any more.
  tensor::Frame read(int64_t number);

 private:
  /// A decoded picture and its frame number; -1 where there is none.
  struct Picture {
    FrameHandle frame{av_frame_alloc()};
    int64_t number = -1;
  };

  void restart();
  void forget_pictures(int64_t first_number);
  void approach(int64_t number);
  void jump(const VideoIndex::Entry& entry);
  void walk_to(int64_t number);
  bool look_ahead();
  bool decode();
  int64_t number_of(const AVFrame& frame);
  tensor::Frame convert(const Picture& picture, int64_t number);

  Demuxer demuxer_;
  VideoIndex index_;
  double fps_ = 0;
  Orientation orientation_;
  int width_ = 0;
  int height_ = 0;
  bool may_jump_ = true;
  std::unique_ptr<Decoder> decoder_;
  RgbConverter converter_;
  PacketHandle packet_{av_packet_alloc()};
  bool ended_ = false;        // The decoder was told that the stream is over.
  int64_t num_counted_ = 0;   // Pictures since the first packet.
  int64_t first_number_ = 0;  // Pictures before this one come from a jump into their middle.
  Picture current_;           // The last one given out, or passed on the way.
  Picture ahead_;             // The next one, where decoding has gone so far.
};

}  // namespace gerund::media
