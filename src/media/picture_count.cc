#include "media/picture_count.h"

#include <algorithm>
#include <cstdint>
#include <span>
#include <utility>
#include <vector>

#include "media/mpeg4_vops.h"

namespace gerund::media {
namespace {

std::span<const uint8_t> bytes_of(const AVPacket& packet) {
  return {packet.data, static_cast<size_t>(packet.size)};
}

/// Codecs without memory: each packet is one picture.
class WholePictures final : public PictureCount {
 public:
  std::optional<Look> look(const AVPacket&) override { return Look{true, true, true}; }
};

/// MPEG-4 part 2. A packed stream keeps to AVI's one packet per picture: a reference picture shares its packet with the
/// B picture shown before it. The decoder holds that B back until the next packet, which is a filler, or another B that
/// is then held back in its turn. What is still held back at the end is lost.
class Mpeg4Count final : public PictureCount {
 public:
  explicit Mpeg4Count(const AVCodecParameters& parameters) {
    if (parameters.extradata_size > 0)
      headers_.read({parameters.extradata, static_cast<size_t>(parameters.extradata_size)});
  }

  std::optional<Look> look(const AVPacket& packet) override {
    const std::vector<Vop> vops = headers_.read(bytes_of(packet));
    const auto num_coded = std::count_if(vops.begin(), vops.end(), [](const Vop& vop) { return vop.is_coded; });
    if (!headers_.is_sound() || vops.size() > 2) return std::nullopt;
    if (num_coded == 0 && vops.size() <= 1) return Look{std::exchange(holds_one_, false), false, false};
    if (num_coded == 1 && vops.size() == 1) return look_at_one(vops[0].type);
    const bool is_pair = num_coded == 2 && vops[1].type == Vop::Type::bidirectional;
    if (!is_pair || holds_one_ || !headers_.is_packed()) return std::nullopt;
    holds_one_ = true;
    return Look{true, false, false};
  }

 private:
  std::optional<Look> look_at_one(Vop::Type type) const {
    if (!holds_one_) return Look{true, true, type == Vop::Type::intra};
    if (type != Vop::Type::bidirectional) return std::nullopt;
    return Look{true, false, false};
  }

  Mpeg4Headers headers_;
  bool holds_one_ = false;
};

struct CloseParser {
  void operator()(AVCodecParserContext* parser) const { av_parser_close(parser); }
};

/// H.264 with one whole picture per packet, as MP4, Matroska and AVI have it.
class H264Count final : public PictureCount {
 public:
  explicit H264Count(const AVCodecParameters& parameters)
      : parser_(av_parser_init(AV_CODEC_ID_H264)), codec_(avcodec_alloc_context3(nullptr)) {
    if (parser_) parser_->flags |= PARSER_FLAG_COMPLETE_FRAMES;
    if (codec_) avcodec_parameters_to_context(codec_.get(), &parameters);
    // ISO/IEC 14496-15: an avcC record starts with 1 and says how many bytes give the length of a NAL unit.
    if (parameters.extradata_size > 4 && parameters.extradata[0] == 1)
      length_bytes_ = (parameters.extradata[4] & 3) + 1;
  }

  std::optional<Look> look(const AVPacket& packet) override {
    if (!parser_ || !codec_) return std::nullopt;
    uint8_t* unused = nullptr;
    int unused_size = 0;
    av_parser_parse2(parser_.get(), codec_.get(), &unused, &unused_size, packet.data, packet.size, packet.pts,
                     packet.dts, packet.pos);
    if (parser_->picture_structure != AV_PICTURE_STRUCTURE_FRAME) return std::nullopt;
    return Look{true, true, has_idr(bytes_of(packet))};
  }

 private:
  static bool is_idr(uint8_t nal_header) { return (nal_header & 0x1F) == 5; }

  /// Only an IDR picture cuts all ties to what came before; other "keyframes" of H.264 may not.
  bool has_idr(std::span<const uint8_t> bytes) const {
    if (length_bytes_ == 0) {
      for (size_t i = 0; i + 4 <= bytes.size(); ++i)
        if (bytes[i] == 0 && bytes[i + 1] == 0 && bytes[i + 2] == 1 && is_idr(bytes[i + 3])) return true;
      return false;
    }
    const size_t head = static_cast<size_t>(length_bytes_);
    while (bytes.size() > head) {
      size_t length = 0;
      for (size_t i = 0; i < head; ++i) length = length << 8 | bytes[i];
      if (is_idr(bytes[head])) return true;
      if (length > bytes.size() - head) return false;
      bytes = bytes.subspan(head + length);
    }
    return false;
  }

  std::unique_ptr<AVCodecParserContext, CloseParser> parser_;
  CodecHandle codec_;
  int length_bytes_ = 0;  // 0: NAL units are set apart by start codes.
};

}  // namespace

std::unique_ptr<PictureCount> make_picture_count(const AVCodecParameters& parameters) {
  switch (parameters.codec_id) {
    case AV_CODEC_ID_MPEG4:
      return std::make_unique<Mpeg4Count>(parameters);
    case AV_CODEC_ID_H264:
      return std::make_unique<H264Count>(parameters);
    case AV_CODEC_ID_MJPEG:
    case AV_CODEC_ID_PNG:
    case AV_CODEC_ID_RAWVIDEO:
      return std::make_unique<WholePictures>();
    default:
      return nullptr;
  }
}

}  // namespace gerund::media
