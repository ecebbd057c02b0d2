#include "media/video_index.h"

#include <algorithm>

#include "media/decoder.h"
#include "media/picture_count.h"

namespace gerund::media {
namespace {

struct Candidate {
  int64_t time;
  bool starts;
  PacketId packet;
};

/// Fills times and entries where every picture has its own time, else leaves them empty.
void order_by_time(std::vector<Candidate>& frames, VideoIndex& index) {
  std::sort(frames.begin(), frames.end(), [](const Candidate& a, const Candidate& b) { return a.time < b.time; });
  const auto same = [](const Candidate& a, const Candidate& b) { return a.time == b.time; };
  if (std::adjacent_find(frames.begin(), frames.end(), same) != frames.end()) return;
  for (const Candidate& frame : frames) {
    if (frame.starts) index.entries.push_back({static_cast<int64_t>(index.times.size()), frame.packet});
    index.times.push_back(frame.time);
  }
}

}  // namespace

std::optional<int64_t> VideoIndex::frame_at(int64_t time) const {
  const auto found = std::lower_bound(times.begin(), times.end(), time);
  if (found == times.end() || *found != time) return std::nullopt;
  return found - times.begin();
}

const VideoIndex::Entry* VideoIndex::entry_before(int64_t frame) const {
  const auto after = std::upper_bound(entries.begin(), entries.end(), frame,
                                      [](int64_t wanted, const Entry& entry) { return wanted < entry.frame; });
  return after == entries.begin() ? nullptr : &*(after - 1);
}

std::optional<VideoIndex> index_packets(Demuxer& demuxer) {
  const std::unique_ptr<PictureCount> count = make_picture_count(*demuxer.stream().codecpar);
  if (!count) return std::nullopt;
  PacketHandle packet(av_packet_alloc());
  std::vector<Candidate> frames;
  VideoIndex index;
  bool is_first = true;
  bool has_times = true;
  while (demuxer.read(packet.get())) {
    const std::optional<PictureCount::Look> look = count->look(*packet);
    if (!look || (packet->flags & AV_PKT_FLAG_CORRUPT) != 0 || (is_first && !look->starts)) return std::nullopt;
    is_first = false;
    // A discarded packet (an edit list cuts it off) is decoded for those that need it, but not shown.
    const bool is_shown = (packet->flags & AV_PKT_FLAG_DISCARD) == 0;
    if (is_shown && look->gives_picture) ++index.num_frames;
    if (!look->is_own || packet->pts == AV_NOPTS_VALUE) has_times = false;
    if (is_shown && has_times)
      frames.push_back({packet->pts, look->starts && (packet->flags & AV_PKT_FLAG_KEY) != 0, id_of(*packet)});
  }
  if (index.num_frames == 0) return std::nullopt;
  if (has_times) order_by_time(frames, index);
  return index;
}

VideoIndex index_by_decoding(Demuxer& demuxer) {
  const AVStream& stream = demuxer.stream();
  Decoder decoder(*stream.codecpar, stream.time_base, demuxer.path().string());
  PacketHandle packet(av_packet_alloc());
  FrameHandle frame(av_frame_alloc());
  VideoIndex index;
  bool more = true;
  while (more) {
    more = demuxer.read(packet.get());
    decoder.send(more ? packet.get() : nullptr);
    while (decoder.receive(frame.get())) ++index.num_frames;
  }
  return index;
}

}  // namespace gerund::media
