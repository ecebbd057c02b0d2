#include "media/rgb_converter.h"

extern "C" {
#include <libavutil/pixdesc.h>
}

#include <fmt/format.h>

#include <cstring>
#include <optional>

#include "base/error.h"
#include "tensor/yuv.h"

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

/// Of what tensor/yuv.h makes RGB.
std::optional<tensor::ChromaLayout> chroma_layout(const AVFrame& picture) {
  switch (picture.format) {
    case AV_PIX_FMT_YUV420P:
    case AV_PIX_FMT_YUVJ420P:
      return tensor::ChromaLayout::i420;
    case AV_PIX_FMT_NV12:
      return tensor::ChromaLayout::nv12;
    case AV_PIX_FMT_YUV422P:
    case AV_PIX_FMT_YUVJ422P:
      return tensor::ChromaLayout::i422;
    case AV_PIX_FMT_YUV444P:
    case AV_PIX_FMT_YUVJ444P:
      return tensor::ChromaLayout::i444;
    default:
      return std::nullopt;
  }
}

tensor::ColorMatrix color_matrix(AVColorSpace space) {
  switch (space) {
    case AVCOL_SPC_BT709:
      return tensor::ColorMatrix::bt709;
    case AVCOL_SPC_FCC:
      return tensor::ColorMatrix::fcc;
    case AVCOL_SPC_SMPTE240M:
      return tensor::ColorMatrix::smpte240m;
    case AVCOL_SPC_BT2020_NCL:
    case AVCOL_SPC_BT2020_CL:
      return tensor::ColorMatrix::bt2020;
    default:
      return tensor::ColorMatrix::bt601;
  }
}

const int* coefficients(tensor::ColorMatrix matrix) {
  switch (matrix) {
    case tensor::ColorMatrix::bt709:
      return sws_getCoefficients(SWS_CS_ITU709);
    case tensor::ColorMatrix::fcc:
      return sws_getCoefficients(SWS_CS_FCC);
    case tensor::ColorMatrix::smpte240m:
      return sws_getCoefficients(SWS_CS_SMPTE240M);
    case tensor::ColorMatrix::bt2020:
      return sws_getCoefficients(SWS_CS_BT2020);
    case tensor::ColorMatrix::bt601:
      break;
  }
  return sws_getCoefficients(SWS_CS_ITU601);
}

tensor::YuvView view_of(const AVFrame& picture, tensor::ChromaLayout layout) {
  tensor::YuvView view;
  view.width = picture.width;
  view.height = picture.height;
  for (size_t plane = 0; plane < view.planes.size(); ++plane) {
    view.planes[plane] = picture.data[plane];
    view.strides[plane] = picture.linesize[plane];
  }
  view.layout = layout;
  view.matrix = color_matrix(picture.colorspace);
  view.full_range = is_full_range(picture);
  return view;
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
  sws_setColorspaceDetails(scaler_.get(), coefficients(color_matrix(picture.colorspace)),
                           is_full_range(picture) ? 1 : 0, sws_getCoefficients(SWS_CS_ITU601), 1, 0, kUnity, kUnity);
  seen_.reset(av_frame_alloc());
  seen_->width = picture.width;
  seen_->height = picture.height;
  seen_->format = picture.format;
  seen_->colorspace = picture.colorspace;
  seen_->color_range = picture.color_range;
}

tensor::Frame RgbConverter::convert(const AVFrame& picture, const std::string& name) {
  if (const auto layout = chroma_layout(picture)) return tensor::to_rgb(view_of(picture, *layout));
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
