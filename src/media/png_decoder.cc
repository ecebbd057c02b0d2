#include "media/png_decoder.h"

#include <libdeflate.h>

#include <cstring>
#include <vector>

#if defined(__x86_64__)
#include <emmintrin.h>
#define GERUND_PNG_SSE2 1
#endif

namespace gerund::media {
namespace {

constexpr std::string_view kSignature("\x89PNG\r\n\x1a\n", 8);
constexpr uint32_t kMaxSide = 8192;
constexpr size_t kReadBeyond = 16;

uint32_t big_endian(std::string_view bytes, size_t at) {
  uint32_t value = 0;
  for (size_t i = 0; i < 4; ++i) value = value << 8 | static_cast<unsigned char>(bytes[at + i]);
  return value;
}

/// A PNG file in parts.
struct Layout {
  uint32_t width = 0;
  uint32_t height = 0;
  std::vector<std::string_view> data;
};

/// IHDR: 8 bits, RGB, the only compression and filter method, no interlace.
bool read_header(std::string_view body, Layout& layout) {
  if (body.size() != 13 || body.substr(8) != std::string_view("\x08\x02\0\0\0", 5)) return false;
  layout.width = big_endian(body, 0);
  layout.height = big_endian(body, 4);
  return layout.width >= 1 && layout.width <= kMaxSide && layout.height >= 1 && layout.height <= kMaxSide;
}

std::optional<Layout> find_parts(std::string_view bytes) {
  if (bytes.substr(0, kSignature.size()) != kSignature) return std::nullopt;
  Layout layout;
  for (size_t at = kSignature.size(); at + 12 <= bytes.size();) {
    const size_t size = big_endian(bytes, at);
    const std::string_view name = bytes.substr(at + 4, 4);
    if (size > bytes.size() - at - 12) return std::nullopt;
    const std::string_view body = bytes.substr(at + 8, size);
    at += size + 12;
    if (name == "IEND") return layout.width > 0 && !layout.data.empty() ? std::optional(layout) : std::nullopt;
    if (name == "tRNS" || name == "acTL") return std::nullopt;
    if (name == "IDAT") layout.data.push_back(body);
    if (name == "IHDR" && (layout.width > 0 || !read_header(body, layout))) return std::nullopt;
  }
  return std::nullopt;
}

#ifdef GERUND_PNG_SSE2
// Rows are undone a pixel at a time, its channels side by side in a vector: each depends on the pixel before. A pixel
// is read as four bytes, of which the last is ignored.
__m128i load(const uint8_t* pixel) {
  int bytes = 0;
  std::memcpy(&bytes, pixel, 4);
  return _mm_cvtsi32_si128(bytes);
}

void save(__m128i value, uint8_t* pixel) {
  const int bytes = _mm_cvtsi128_si32(value);
  std::memcpy(pixel, &bytes, 3);
}

void undo_left(const uint8_t* row, size_t num_bytes, uint8_t* target) {
  __m128i left = _mm_setzero_si128();
  for (size_t i = 0; i < num_bytes; i += 3) save(left = _mm_add_epi8(left, load(row + i)), target + i);
}

void undo_up(const uint8_t* row, const uint8_t* up, size_t num_bytes, uint8_t* target) {
  for (size_t i = 0; i < num_bytes; ++i) target[i] = static_cast<uint8_t>(row[i] + up[i]);
}

void undo_average(const uint8_t* row, const uint8_t* up, size_t num_bytes, uint8_t* target) {
  const __m128i one = _mm_set1_epi8(1);
  __m128i left = _mm_setzero_si128();
  for (size_t i = 0; i < num_bytes; i += 3) {
    const __m128i above = load(up + i);
    // The vector's average rounds up, PNG's down.
    const __m128i odd = _mm_and_si128(_mm_xor_si128(left, above), one);
    left = _mm_add_epi8(_mm_sub_epi8(_mm_avg_epu8(left, above), odd), load(row + i));
    save(left, target + i);
  }
}

__m128i absolute(__m128i value) {
  return _mm_max_epi16(value, _mm_sub_epi16(_mm_setzero_si128(), value));
}

__m128i choose(__m128i mask, __m128i yes, __m128i no) {
  return _mm_or_si128(_mm_and_si128(mask, yes), _mm_andnot_si128(mask, no));
}

// Paeth: of left, up and corner the one next to left + up - corner, in this order where two are as near.
void undo_paeth(const uint8_t* row, const uint8_t* up, size_t num_bytes, uint8_t* target) {
  const __m128i zero = _mm_setzero_si128();
  const __m128i byte = _mm_set1_epi16(255);
  __m128i left = zero;
  __m128i corner = zero;
  for (size_t i = 0; i < num_bytes; i += 3) {
    const __m128i above = _mm_unpacklo_epi8(load(up + i), zero);
    const __m128i from_left = _mm_sub_epi16(above, corner);
    const __m128i from_up = _mm_sub_epi16(left, corner);
    const __m128i to_left = absolute(from_left);
    const __m128i to_up = absolute(from_up);
    const __m128i to_corner = absolute(_mm_add_epi16(from_left, from_up));
    const __m128i least = _mm_min_epi16(to_corner, _mm_min_epi16(to_left, to_up));
    const __m128i other = choose(_mm_cmpeq_epi16(to_up, least), above, corner);
    const __m128i nearest = choose(_mm_cmpeq_epi16(to_left, least), left, other);
    left = _mm_and_si128(_mm_add_epi16(nearest, _mm_unpacklo_epi8(load(row + i), zero)), byte);
    corner = above;
    save(_mm_packus_epi16(left, left), target + i);
  }
}

bool undo_filter(uint8_t kind, const uint8_t* row, const uint8_t* up, size_t num_bytes, uint8_t* target) {
  switch (kind) {
    case 0:
      std::memcpy(target, row, num_bytes);
      return true;
    case 1:
      undo_left(row, num_bytes, target);
      return true;
    case 2:
      undo_up(row, up, num_bytes, target);
      return true;
    case 3:
      undo_average(row, up, num_bytes, target);
      return true;
    case 4:
      undo_paeth(row, up, num_bytes, target);
      return true;
    default:
      return false;
  }
}

// `filtered` may be read kReadBeyond bytes beyond its end.
std::optional<tensor::Frame> undo_filters(const std::string& filtered, int width, int height) {
  tensor::Frame frame(width, height);
  const size_t num_bytes = static_cast<size_t>(width) * 3;
  const std::vector<uint8_t> nothing(num_bytes + kReadBeyond);
  const auto* row = reinterpret_cast<const uint8_t*>(filtered.data());
  for (int y = 0; y < height; ++y, row += num_bytes + 1)
    if (!undo_filter(row[0], row + 1, y > 0 ? frame.row(y - 1) : nothing.data(), num_bytes, frame.row(y)))
      return std::nullopt;
  return frame;
}
#endif

}  // namespace

void PngDecoder::Free::operator()(libdeflate_decompressor* decompressor) const {
  libdeflate_free_decompressor(decompressor);
}

PngDecoder::PngDecoder() : decompressor_(libdeflate_alloc_decompressor()) {}

std::optional<tensor::Frame> PngDecoder::decode(std::string_view bytes) {
#ifdef GERUND_PNG_SSE2
  const std::optional<Layout> layout = find_parts(bytes);
  if (!layout || !decompressor_) return std::nullopt;
  std::string_view data = layout->data.front();
  if (layout->data.size() > 1) {
    compressed_.clear();
    for (const std::string_view part : layout->data) compressed_ += part;
    data = compressed_;
  }
  const size_t num_bytes = (static_cast<size_t>(layout->width) * 3 + 1) * layout->height;
  // Deflate makes at most 1032 bytes of one: damaged headers get no memory that their data cannot fill.
  if (num_bytes / 1032 > data.size()) return std::nullopt;
  filtered_.resize(num_bytes + kReadBeyond);
  size_t made = 0;
  if (libdeflate_zlib_decompress(decompressor_.get(), data.data(), data.size(), filtered_.data(), num_bytes, &made) !=
          LIBDEFLATE_SUCCESS ||
      made != num_bytes)
    return std::nullopt;
  return undo_filters(filtered_, static_cast<int>(layout->width), static_cast<int>(layout->height));
#else
  static_cast<void>(bytes);
  return std::nullopt;
#endif
}

}  // namespace gerund::media
