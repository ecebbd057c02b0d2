// tensor/yuv.h - 8-bit YUV pictures, as decoders and cameras make them, to RGB.
#pragma once

#include <array>
#include <cstdint>

#include "tensor/frame.h"

namespace gerund::tensor {

/// Where the samples lie, and how many columns and rows U and V have.
enum class ChromaLayout {
  i420,  ///< Planes of Y, of U and of V, the last two of (width + 1) / 2 columns and (height + 1) / 2 rows (4:2:0).
  nv12,  ///< A plane of Y and one of U and V in turn, as many.
  i422,  ///< Planes, (width + 1) / 2 columns (4:2:2).
  i444,  ///< Planes, a sample for each pixel (4:4:4).
};

/// The standard that says what share of luma is red, green and blue.
enum class ColorMatrix {
  bt601,      ///< ITU-R BT.601: standard definition, and pictures that name nothing.
  bt709,      ///< ITU-R BT.709: high definition.
  fcc,        ///< FCC 73.682: NTSC of 1953.
  smpte240m,  ///< SMPTE 240M: early high definition.
  bt2020,     ///< ITU-R BT.2020, luminance not constant.
};

/// A picture of 8-bit samples in somebody else's memory. Owns nothing.
struct YuvView {
  int width = 0;                           ///< Pixels, >= 1.
  int height = 0;                          ///< Pixels, >= 1.
  std::array<const uint8_t*, 3> planes{};  ///< First sample of each plane; nv12 has two.
  std::array<int, 3> strides{};            ///< Bytes from one row to the next; negative where rows lie bottom up.
  ChromaLayout layout = ChromaLayout::i420;
  ColorMatrix matrix = ColorMatrix::bt601;
  bool full_range = false;  ///< Black is 0 and white 255; otherwise black is 16 and white 235, as in television.
};

/// The pixels that libswscale (FFmpeg 5.1) makes with SWS_BILINEAR | SWS_FULL_CHR_H_INT | SWS_ACCURATE_RND |
/// SWS_BITEXACT, to the last bit and on every CPU: chroma is interpolated between columns, but between rows it is the
/// mean of both or the upper one alone (tensor/chroma_rows.h). `pts_seconds` of the frame is 0.
///
/// Threads: any number at once.
/// Throws InternalError for a size below 1 or a plane that is missing.
Frame to_rgb(const YuvView& picture);

/// The pixels [x, x + width) x [y, y + height) of to_rgb(picture) without making the others.
///
/// Throws InternalError where they do not lie inside of the picture or are none, and what to_rgb(picture) throws.
Frame to_rgb(const YuvView& picture, int x, int y, int width, int height);

}  // namespace gerund::tensor
