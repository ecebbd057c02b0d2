// media/decoder.h - packets in, decoded pictures out.
#pragma once

#include <string>

#include "media/ffmpeg_handles.h"

namespace gerund::media {

/// Decodes one stream on one thread: loading is parallel over files, and the pictures do not depend on thread timing.
///
/// Threads: none.
/// Owns:    the codec's state.
class Decoder {
 public:
  /// `name` stands in messages. Throws UserError where this FFmpeg has no such decoder or it refuses the stream.
  Decoder(const AVCodecParameters& parameters, AVRational time_base, const std::string& name);

  /// Hands over a packet; nullptr says that the stream is over. A damaged packet is skipped, as any player does. Take
  /// all pictures with receive() before the next packet.
  void send(const AVPacket* packet);
  /// Fills `frame` with the next picture in presentation order; false while more packets are needed, and at the end.
  bool receive(AVFrame* frame);
  /// Forgets all pictures, before packets from elsewhere in the stream follow.
  void flush();

 private:
  CodecHandle codec_;
};

/// "h264", "mpeg4", ...
std::string codec_name(const AVCodecParameters& parameters);

}  // namespace gerund::media
