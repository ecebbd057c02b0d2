#include "media/picture_count.h"

#include <cstdint>
#include <span>

#include "media/mpeg4_vops.h"

namespace gerund::media {
namespace {

/// Codecs without memory: each packet is one picture.
class WholePictures final : public PictureCount {
 public:
  std::optional<Look> look(const AVPacket&) override { return Look{1, true}; }
};

/// MPEG-4 part 2. A packed stream keeps AVI's one chunk per frame: a reference picture and the B picture shown before
/// it share a packet, and a later packet is a filler without a picture.
class Mpeg4Count final : public PictureCount {
 public:
  explicit Mpeg4Count(const AVCodecParameters& parameters) {
    if (parameters.extradata_size > 0)
      vops_.look({parameters.extradata, static_cast<size_t>(parameters.extradata_size)});
  }

  std::optional<Look> look(const AVPacket& packet) override {
    const Mpeg4Vops::Packet vops = vops_.look({packet.data, static_cast<size_t>(packet.size)});
    if (!vops.is_plain) return std::nullopt;
    if (vops.coded == 2 && vops.empty == 0 && !owes_filler_) {
      owes_filler_ = true;
    } else if (vops.coded == 0 && vops.empty <= 1) {
      if (vops.empty == 1) owes_filler_ = false;
    } else if (vops.coded != 1 || vops.empty != 0 || owes_filler_) {
      return std::nullopt;
    }
    return Look{vops.coded, vops.is_intra && vops.coded == 1};
  }

  bool complete() const override { return !owes_filler_; }

 private:
  Mpeg4Vops vops_;
  bool owes_filler_ = false;
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
    return Look{1, has_idr({packet.data, static_cast<size_t>(packet.size)})};
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
