#include "media/png_decoder.h"

#include <libdeflate.h>

#include <array>
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
// Note [Rows side by side]
// A pixel's filter needs the pixel before it and those above the two, so a row alone goes pixel by pixel. Eight rows go
// together, each a pixel behind the row above it: a vector holds one pixel of each of four rows, four bytes of which
// the last is of no meaning. What is above a pixel is then what the row above made a step before.
constexpr size_t kQuads = 2;
constexpr size_t kRows = 4 * kQuads;

/// Rows that are undone together.
struct Band {
  std::array<const uint8_t*, kRows> filtered;
  std::array<uint8_t*, kRows> target;
  const uint8_t* above;  // The row above the first.
  std::array<uint8_t, kRows> kinds;
};

__m128i load(const uint8_t* pixel) {
  int bytes = 0;
  std::memcpy(&bytes, pixel, 4);
  return _mm_cvtsi32_si128(bytes);
}

template <int kRow>
void save(__m128i made, uint8_t* pixel) {
  const int bytes = _mm_cvtsi128_si32(_mm_srli_si128(made, 4 * kRow));
  std::memcpy(pixel, &bytes, 4);
}

__m128i choose(__m128i mask, __m128i yes, __m128i no) {
  return _mm_or_si128(_mm_and_si128(mask, yes), _mm_andnot_si128(mask, no));
}

/// PNG's average rounds down, the vector's up.
__m128i average(__m128i left, __m128i above) {
  const __m128i odd = _mm_and_si128(_mm_xor_si128(left, above), _mm_set1_epi8(1));
  return _mm_sub_epi8(_mm_avg_epu8(left, above), odd);
}

/// Paeth: of left, above and corner the one next to left + above - corner, in this order where two are as near. With
/// the corner between the other two that is the farther one where it is at least twice as far as the nearer, else the
/// corner; with the corner outside, the farther one.
__m128i paeth(__m128i left, __m128i above, __m128i corner) {
  const __m128i zero = _mm_setzero_si128();
  const __m128i least = _mm_min_epu8(left, above);
  const __m128i most = _mm_max_epu8(left, above);
  const __m128i over_least = _mm_subs_epu8(corner, least);
  const __m128i under_most = _mm_subs_epu8(most, corner);
  const __m128i takes_most = _mm_cmpeq_epi8(_mm_subs_epu8(_mm_adds_epu8(over_least, over_least), under_most), zero);
  const __m128i takes_least = _mm_cmpeq_epi8(_mm_subs_epu8(_mm_adds_epu8(under_most, under_most), over_least), zero);
  return choose(takes_most, most, choose(takes_least, least, corner));
}

/// All ones in those of four rows that have a kind.
__m128i rows_of(const uint8_t* kinds, uint8_t kind) {
  const auto mask = [&](int row) { return kinds[row] == kind ? -1 : 0; };
  return _mm_setr_epi32(mask(0), mask(1), mask(2), mask(3));
}

/// Four rows on the way.
struct Quad {
  explicit Quad(const uint8_t* kinds)
      : is_left(rows_of(kinds, 1)),
        is_up(rows_of(kinds, 2)),
        is_average(rows_of(kinds, 3)),
        is_paeth(rows_of(kinds, 4)) {}

  /// The next pixel of each row. `first_above`: the one above the first row's.
  void step(__m128i filtered, __m128i first_above) {
    const __m128i corner = above;
    above = _mm_or_si128(_mm_slli_si128(made, 4), first_above);
    const __m128i simple = _mm_or_si128(_mm_or_si128(_mm_and_si128(is_left, made), _mm_and_si128(is_up, above)),
                                        _mm_and_si128(is_average, average(made, above)));
    made = _mm_add_epi8(filtered, _mm_or_si128(simple, _mm_and_si128(is_paeth, paeth(made, above, corner))));
  }

  const __m128i is_left, is_up, is_average, is_paeth;
  __m128i made = _mm_setzero_si128();   // The last pixel of each.
  __m128i above = _mm_setzero_si128();  // Those above them.
};

/// A band on the way. See Note [Rows side by side].
class Undoing {
 public:
  Undoing(const Band& band, size_t num_pixels)
      : band_(band), num_pixels_(num_pixels), quads_{Quad(band.kinds.data()), Quad(band.kinds.data() + 4)} {}

  void run() {
    size_t number = 0;
    for (; number < kRows - 1; ++number) step_at_an_end(number);
    for (; number + 1 < num_pixels_; ++number) step(number);
    for (; number < num_pixels_ + kRows - 1; ++number) step_at_an_end(number);
  }

 private:
  void make(__m128i first, __m128i second, __m128i above) {
    const __m128i above_second = _mm_srli_si128(quads_[0].made, 12);
    quads_[0].step(first, above);
    quads_[1].step(second, above_second);
  }

  // Four bytes are written for each pixel: the next overwrites the last one.
  void step(size_t number) {
    const auto from = [&](size_t row) { return load(band_.filtered[row] + 3 * (number - row)); };
    const auto four = [&](size_t row) {
      return _mm_unpacklo_epi64(_mm_unpacklo_epi32(from(row), from(row + 1)),
                                _mm_unpacklo_epi32(from(row + 2), from(row + 3)));
    };
    make(four(0), four(4), load(band_.above + 3 * number));
    for (size_t quad = 0; quad < kQuads; ++quad) {
      const __m128i made = quads_[quad].made;
      const auto place = [&](size_t row) { return band_.target[4 * quad + row] + 3 * (number - 4 * quad - row); };
      save<0>(made, place(0));
      save<1>(made, place(1));
      save<2>(made, place(2));
      save<3>(made, place(3));
    }
  }

  // Where not all rows have a pixel, or one has its last: behind that the row below has begun.
  void step_at_an_end(size_t number) {
    const auto is_inside = [&](size_t row) { return number >= row && number - row < num_pixels_; };
    std::array<uint8_t, 4 * kRows> bytes{};
    for (size_t row = 0; row < kRows; ++row)
      if (is_inside(row)) std::memcpy(&bytes.at(4 * row), band_.filtered[row] + 3 * (number - row), 3);
    const auto* vectors = reinterpret_cast<const __m128i*>(bytes.data());
    make(_mm_loadu_si128(vectors), _mm_loadu_si128(vectors + 1),
         is_inside(0) ? load(band_.above + 3 * number) : _mm_setzero_si128());
    for (size_t quad = 0; quad < kQuads; ++quad)
      _mm_storeu_si128(reinterpret_cast<__m128i*>(bytes.data()) + quad, quads_[quad].made);
    for (size_t row = 0; row < kRows; ++row)
      if (is_inside(row)) std::memcpy(band_.target[row] + 3 * (number - row), &bytes.at(4 * row), 3);
  }

  const Band& band_;
  size_t num_pixels_;
  std::array<Quad, kQuads> quads_;
};

// nullopt where a row has an unknown kind of filter.
std::optional<tensor::Frame> undo_filters(const std::string& filtered, int width, int height) {
  constexpr uint8_t kKinds = 5;
  const size_t num_bytes = static_cast<size_t>(width) * 3;
  tensor::Frame frame(width, height);
  const std::vector<uint8_t> nothing(num_bytes + 1);  // The last pixel above is read as four bytes.
  std::vector<uint8_t> nowhere(num_bytes);            // The rows below the last one go there.
  const auto* line = reinterpret_cast<const uint8_t*>(filtered.data());
  for (int y = 0; y < height; y += static_cast<int>(kRows)) {
    Band band{};
    band.above = y > 0 ? frame.row(y - 1) : nothing.data();
    for (size_t i = 0; i < kRows; ++i) {
      const int row = y + static_cast<int>(i);
      const bool is_row = row < height;
      if (is_row && line[0] >= kKinds) return std::nullopt;
      band.kinds.at(i) = is_row ? line[0] : 0;
      band.filtered.at(i) = is_row ? line + 1 : nothing.data();
      band.target.at(i) = is_row ? frame.row(row) : nowhere.data();
      if (is_row) line += num_bytes + 1;
    }
    Undoing(band, static_cast<size_t>(width)).run();
  }
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
  filtered_.resize(num_bytes);
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
