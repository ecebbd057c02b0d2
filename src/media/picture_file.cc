#include "media/picture_file.h"

#include <fmt/format.h>

#include <cstring>
#include <optional>
#include <string_view>
#include <utility>

#include "base/error.h"
#include "base/files.h"
#include "base/lower_case.h"

namespace gerund::media {
namespace {

constexpr std::string_view kPngSignature("\x89PNG\r\n\x1a\n", 8);
constexpr std::string_view kJpegSignature("\xff\xd8\xff", 3);

base::UserError broken(const std::string& name, const std::string& reason) {
  return base::UserError(fmt::format("{}: {}; replace the file or leave it out", name, reason));
}

AVCodecID codec_of(std::string_view bytes, const std::string& name) {
  if (bytes.empty()) throw broken(name, "the picture is empty (0 bytes)");
  if (bytes.substr(0, kPngSignature.size()) == kPngSignature) return AV_CODEC_ID_PNG;
  if (bytes.substr(0, kJpegSignature.size()) == kJpegSignature) return AV_CODEC_ID_MJPEG;
  throw broken(name, "neither a PNG nor a JPEG picture");
}

struct FreeParameters {
  void operator()(AVCodecParameters* parameters) const { avcodec_parameters_free(&parameters); }
};

}  // namespace

bool is_picture_file(const std::filesystem::path& path) {
  if (path.filename().native().starts_with('.')) return false;
  const std::string extension = base::lower_case(path.extension().string());
  return extension == ".png" || extension == ".jpg" || extension == ".jpeg";
}

Decoder& PictureDecoder::decoder_for(AVCodecID codec, const std::string& name) {
  std::unique_ptr<Decoder>& decoder = codec == AV_CODEC_ID_PNG ? png_ : jpeg_;
  if (!decoder) {
    std::unique_ptr<AVCodecParameters, FreeParameters> parameters(avcodec_parameters_alloc());
    parameters->codec_type = AVMEDIA_TYPE_VIDEO;
    parameters->codec_id = codec;
    decoder = std::make_unique<Decoder>(*parameters, AVRational{1, 1}, name);
  }
  codec_ = avcodec_get_name(codec);
  return *decoder;
}

tensor::Frame PictureDecoder::read(const std::filesystem::path& path) {
  silence_ffmpeg();
  const std::string name = path.string();
  const std::string bytes = base::read_file(path);
  if (std::optional<tensor::Frame> frame = fast_png_.decode(bytes)) {
    codec_ = "png";
    return std::move(*frame);
  }
  Decoder& decoder = decoder_for(codec_of(bytes, name), name);
  PacketHandle packet(av_packet_alloc());
  if (!packet || av_new_packet(packet.get(), static_cast<int>(bytes.size())) < 0)
    throw broken(name, "the picture is too large");
  std::memcpy(packet->data, bytes.data(), bytes.size());
  packet->flags |= AV_PKT_FLAG_KEY;  // Else the PNG decoder adds the picture to the one before it.
  decoder.flush();
  decoder.send(packet.get());
  if (!decoder.receive(picture_.get())) throw broken(name, "the picture is damaged, or larger than 8192x8192 pixels");
  return converter_.convert(*picture_, name);
}

}  // namespace gerund::media
