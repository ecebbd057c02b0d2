#include "media/rgb_converter.h"

extern "C" {
#include <libavutil/pixdesc.h>
}

#include <fmt/format.h>

#include <cstring>

#include "base/error.h"

namespace gerund::media {
namespace {

/// Without these flags the conversion is faster, but off by one on average, and another one on other CPUs.
constexpr int kFlags = SWS_BILINEAR | SWS_FULL_CHR_H_INT | SWS_ACCURATE_RND | SWS_BITEXACT;
constexpr int kUnity = 1 << 16;

bool same_kind(const AVFrame& a, const AVFrame& b) {
  return a.width == b.width && a.height == b.height && a.format == b.format && a.colorspace == b.colorspace &&
         a.color_range == b.color_range;
}

/// True where 0 is black and the largest value white; false for the 16..235 of television.
bool is_full_range(const AVFrame& picture) {
  if (picture.color_range != AVCOL_RANGE_UNSPECIFIED) return picture.color_range == AVCOL_RANGE_JPEG;
  switch (picture.format) {
    case AV_PIX_FMT_YUVJ420P:
    case AV_PIX_FMT_YUVJ411P:
    case AV_PIX_FMT_YUVJ422P:
    case AV_PIX_FMT_YUVJ440P:
    case AV_PIX_FMT_YUVJ444P:
      return true;
    default:
      break;
  }
  const AVPixFmtDescriptor* description = av_pix_fmt_desc_get(static_cast<AVPixelFormat>(picture.format));
  return description != nullptr && description->nb_components < 3;  // Gray comes from picture files.
}

const int* matrix(AVColorSpace space) {
  switch (space) {
    case AVCOL_SPC_BT709:
      return sws_getCoefficients(SWS_CS_ITU709);
    case AVCOL_SPC_FCC:
      return sws_getCoefficients(SWS_CS_FCC);
    case AVCOL_SPC_SMPTE240M:
      return sws_getCoefficients(SWS_CS_SMPTE240M);
    case AVCOL_SPC_BT2020_NCL:
    case AVCOL_SPC_BT2020_CL:
      return sws_getCoefficients(SWS_CS_BT2020);
    default:
      return sws_getCoefficients(SWS_CS_ITU601);
  }
}

void copy_rows(const AVFrame& rgb, tensor::Frame& frame) {
  for (int y = 0; y < frame.height; ++y)
    std::memcpy(frame.row(y), rgb.data[0] + static_cast<ptrdiff_t>(y) * rgb.linesize[0],
                static_cast<size_t>(frame.width) * 3);
}

}  // namespace

void RgbConverter::prepare(const AVFrame& picture, const std::string& name) {
  if (seen_ && same_kind(*seen_, picture)) return;
  seen_.reset();
  scaler_.reset(sws_getContext(picture.width, picture.height, static_cast<AVPixelFormat>(picture.format), picture.width,
                               picture.height, AV_PIX_FMT_RGB24, kFlags, nullptr, nullptr, nullptr));
  padded_.reset(av_frame_alloc());
  padded_->format = AV_PIX_FMT_RGB24;
  padded_->width = picture.width;
  padded_->height = picture.height;
  if (!scaler_ || av_frame_get_buffer(padded_.get(), 0) < 0)
    throw base::UserError(
        fmt::format("{}: pictures of {}x{} pixels in format {} cannot be made RGB; encode the file "
                    "again",
                    name, picture.width, picture.height, picture.format));
  sws_setColorspaceDetails(scaler_.get(), matrix(picture.colorspace), is_full_range(picture) ? 1 : 0,
                           sws_getCoefficients(SWS_CS_ITU601), 1, 0, kUnity, kUnity);
  seen_.reset(av_frame_alloc());
  seen_->width = picture.width;
  seen_->height = picture.height;
  seen_->format = picture.format;
  seen_->colorspace = picture.colorspace;
  seen_->color_range = picture.color_range;
}

tensor::Frame RgbConverter::convert(const AVFrame& picture, const std::string& name) {
  tensor::Frame frame(picture.width, picture.height);
  if (picture.format == AV_PIX_FMT_RGB24) {
    copy_rows(picture, frame);
    return frame;
  }
  prepare(picture, name);
  sws_scale(scaler_.get(), picture.data, picture.linesize, 0, picture.height, padded_->data, padded_->linesize);
  copy_rows(*padded_, frame);
  return frame;
}

}  // namespace gerund::media
