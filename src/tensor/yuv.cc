#include "tensor/yuv.h"

#include <algorithm>
#include <cstddef>

#include "base/error.h"
#include "tensor/chroma_rows.h"

// Note [Sums as in swscale]
// The matrix has 13 bits behind the point, luma and chroma have 9. Sums have 32 bits and wrap: a blue of 512 or more
// turns into 0. That takes luma above 235 or chroma above 240, which no picture has that keeps to its range.

namespace gerund::tensor {
namespace {

constexpr int kMatrixBits = 13;             // Behind the point.
constexpr int kHalfBits = kMatrixBits + 8;  // Behind the point in sums. Chroma then fits 16 bits.
constexpr int kChromaZero = 2 * 128 * 128;  // The sum of two rows of chroma where there is no colour.
constexpr int kBlockPixels = 256;           // Few enough to stay in the first cache until they are stored.

// What a level of Y, U or V adds to red, green and blue, kMatrixBits behind the point.
struct Matrix {
  int16_t y = 0;
  int16_t black = 0;  // The level of Y.
  int16_t red_v = 0;
  int16_t green_u = 0;
  int16_t green_v = 0;
  int16_t blue_u = 0;
};

// 2^16 times what a level adds where white is 235: 2 (1 - Kr) 255 / 224 for red and so on, rounded as in FFmpeg.
struct StandardMatrix {
  int red_v;
  int blue_u;
  int green_u;
  int green_v;
};

StandardMatrix standard_matrix(ColorMatrix matrix) {
  switch (matrix) {
    case ColorMatrix::bt709:
      return {117489, 138438, -13975, -34925};
    case ColorMatrix::fcc:
      return {104448, 132798, -24759, -53109};
    case ColorMatrix::smpte240m:
      return {117579, 136230, -16907, -35559};
    case ColorMatrix::bt2020:
      return {110013, 140363, -12277, -42626};
    case ColorMatrix::bt601:
      break;
  }
  return {104597, 132201, -25675, -53279};
}

Matrix make_matrix(const YuvView& picture) {
  const auto rounded = [](int value) {
    return static_cast<int16_t>((value + (1 << (15 - kMatrixBits))) >> (16 - kMatrixBits));
  };
  const auto chroma = [&](int value) { return rounded(picture.full_range ? value * 224 / 255 : value); };
  const StandardMatrix standard = standard_matrix(picture.matrix);
  Matrix matrix;
  matrix.y = rounded(picture.full_range ? 1 << 16 : (1 << 16) * 255 / 219);
  matrix.black = picture.full_range ? 0 : 16;
  matrix.red_v = chroma(standard.red_v);
  matrix.green_u = chroma(standard.green_u);
  matrix.green_v = chroma(standard.green_v);
  matrix.blue_u = chroma(standard.blue_u);
  return matrix;
}

// `half` is half of swscale's sum, whose last bit is 0; doubled again, it wraps as the note above says.
inline uint8_t to_byte(int32_t half) {
  const auto sum = static_cast<int32_t>(static_cast<uint32_t>(half) * 2);
  return static_cast<uint8_t>(std::clamp(sum >> (kHalfBits + 1), 0, 255));
}

#if defined(__GNUC__)
#define GERUND_ALWAYS_INLINE inline __attribute__((always_inline))
#else
#define GERUND_ALWAYS_INLINE inline
#endif

// Planes first, then pixels: compilers make vectors of the first loop even where they have none for the second.
GERUND_ALWAYS_INLINE void convert_row(const uint8_t* luma, const ChromaRowPair& chroma, const Matrix& matrix, int width,
                                      uint8_t* __restrict rgb) {
  uint8_t red[kBlockPixels];
  uint8_t green[kBlockPixels];
  uint8_t blue[kBlockPixels];
  for (int start = 0; start < width; start += kBlockPixels) {
    const int count = std::min(kBlockPixels, width - start);
    const uint8_t* __restrict y = luma + start;
    const int16_t* __restrict upper_u = chroma.upper.u + start;
    const int16_t* __restrict upper_v = chroma.upper.v + start;
    const int16_t* __restrict lower_u = chroma.lower.u + start;
    const int16_t* __restrict lower_v = chroma.lower.v + start;
    for (int i = 0; i < count; ++i) {
      const auto u = static_cast<int16_t>(upper_u[i] + lower_u[i] - kChromaZero);
      const auto v = static_cast<int16_t>(upper_v[i] + lower_v[i] - kChromaZero);
      const int32_t gray = (y[i] - matrix.black) * matrix.y * (1 << 8) + (1 << (kHalfBits - 1));
      red[i] = to_byte(gray + v * matrix.red_v);
      green[i] = to_byte(gray + u * matrix.green_u + v * matrix.green_v);
      blue[i] = to_byte(gray + u * matrix.blue_u);
    }
    for (int i = 0; i < count; ++i) {
      *rgb++ = red[i];
      *rgb++ = green[i];
      *rgb++ = blue[i];
    }
  }
}

using RowConverter = void (*)(const uint8_t* luma, const ChromaRowPair&, const Matrix&, int width, uint8_t* rgb);

void convert_row_portable(const uint8_t* luma, const ChromaRowPair& chroma, const Matrix& matrix, int width,
                          uint8_t* rgb) {
  convert_row(luma, chroma, matrix, width, rgb);
}

#if defined(__GNUC__) && defined(__x86_64__)
// The same code in wider vectors. Not target_clones: its resolvers run before the sanitizers are ready.
__attribute__((target("avx2"))) void convert_row_avx2(const uint8_t* luma, const ChromaRowPair& chroma,
                                                      const Matrix& matrix, int width, uint8_t* rgb) {
  convert_row(luma, chroma, matrix, width, rgb);
}

RowConverter row_converter() {
  return __builtin_cpu_supports("avx2") ? convert_row_avx2 : convert_row_portable;
}
#else
RowConverter row_converter() {
  return convert_row_portable;
}
#endif

void check(const YuvView& picture) {
  const size_t num_planes = picture.layout == ChromaLayout::nv12 ? 2 : 3;
  if (picture.width < 1 || picture.height < 1 ||
      std::any_of(picture.planes.begin(), picture.planes.begin() + num_planes,
                  [](const uint8_t* plane) { return plane == nullptr; }))
    throw base::InternalError("a picture to be made RGB has no pixels or lacks a plane");
}

}  // namespace

Frame to_rgb(const YuvView& picture) {
  return to_rgb(picture, 0, 0, picture.width, picture.height);
}

Frame to_rgb(const YuvView& picture, int x, int y, int width, int height) {
  check(picture);
  if (x < 0 || y < 0 || width < 1 || height < 1 || x > picture.width - width || y > picture.height - height)
    throw base::InternalError("pixels were asked for that lie outside of the picture");
  const Matrix matrix = make_matrix(picture);
  const RowConverter convert = row_converter();
  ChromaRows chroma(picture, x, width);
  Frame frame(width, height);
  for (int row = 0; row < height; ++row) {
    const uint8_t* luma = picture.planes[0] + static_cast<ptrdiff_t>(y + row) * picture.strides[0] + x;
    convert(luma, chroma.at(y + row), matrix, width, frame.row(row));
  }
  return frame;
}

}  // namespace gerund::tensor
