#include "clip/resize_pass.h"

#include <algorithm>
#include <cmath>
#include <cstring>

#if defined(__GNUC__) && defined(__x86_64__)
#include <immintrin.h>
#define GERUND_RESIZE_AVX2 1
#endif

namespace gerund::clip {
namespace {

// Weights are 22-bit fixed point, as Pillow's for 8-bit pictures: a sum of 255 * weight fits 31 bits, one bit is left
// for the sign.
constexpr int kPrecisionBits = 32 - 8 - 2;
constexpr int32_t kHalf = 1 << (kPrecisionBits - 1);

// Towards zero, as Pillow does it: std::lround is another function.
int truncated(double value) {
  return static_cast<int>(value);
}

uint8_t to_byte(int32_t sum) {
  return static_cast<uint8_t>(std::clamp(sum >> kPrecisionBits, 0, 255));
}

void filter_row(const ResizeFilter& filter, const uint8_t* row, uint8_t* target) {
  for (size_t x = 0; x < filter.windows.size(); ++x, target += 3) {
    const Range window = filter.windows[x];
    const uint8_t* source = row + static_cast<size_t>(window.first) * 3;
    const int32_t* weights = filter.weights_of(static_cast<int>(x));
    int32_t sums[3] = {kHalf, kHalf, kHalf};
    for (int i = 0; i < window.count; ++i, source += 3) {
      for (int c = 0; c < 3; ++c) sums[c] += source[c] * weights[i];
    }
    for (int c = 0; c < 3; ++c) target[c] = to_byte(sums[c]);
  }
}

inline void add_row(const uint8_t* __restrict source, int32_t weight, size_t num_bytes, int32_t* __restrict sums) {
  for (size_t x = 0; x < num_bytes; ++x) sums[x] += source[x] * weight;
}

inline void finish_row(const int32_t* __restrict sums, size_t num_bytes, uint8_t* __restrict target) {
  for (size_t x = 0; x < num_bytes; ++x) target[x] = to_byte(sums[x]);
}

#ifdef GERUND_RESIZE_AVX2
// Note [Vectors for the row pass]
// Four source pixels at a time: (r0 r1) (g0 g1) (b0 b1) - in the lower half of a vector of 16-bit numbers, pixels 2 and
// 3 in the upper one. Multiplying by (w0 w1) and adding neighbours gives a sum per channel. 22-bit weights do not fit
// 16 bits with a sign: they are split into their upper and lower 11 bits, and the sums put together again. All is
// integer arithmetic modulo 2^32, so the sums are those of filter_row, which fit.
constexpr int kSplitBits = 11;
constexpr int kQuadPixels = 4;
constexpr size_t kQuadWeights = 32;  // 16 upper parts, 16 lower ones.
constexpr size_t kQuadBytes = size_t{3} * kQuadPixels;
constexpr size_t kReadBeyond = kQuadBytes + 16;
constexpr size_t kWriteBeyond = 1;

bool has_avx2() {
  return __builtin_cpu_supports("avx2") != 0;
}

// See Note [Vectors for the row pass].
std::vector<int16_t> split_weights(const ResizeFilter& filter, int num_quads) {
  std::vector<int16_t> split(filter.windows.size() * static_cast<size_t>(num_quads) * kQuadWeights);
  for (size_t x = 0; x < filter.windows.size(); ++x) {
    for (int i = 0; i < filter.windows[x].count; ++i) {
      const int32_t weight = filter.weights_of(static_cast<int>(x))[i];
      const size_t quad = x * static_cast<size_t>(num_quads) + static_cast<size_t>(i / kQuadPixels);
      const auto half = static_cast<size_t>(i % kQuadPixels / 2);
      int16_t* upper = split.data() + quad * kQuadWeights + half * 8 + static_cast<size_t>(i % 2);
      for (size_t c = 0; c < 4; ++c) {
        upper[c * 2] = static_cast<int16_t>(weight >> kSplitBits);
        upper[c * 2 + 16] = static_cast<int16_t>(weight & ((1 << kSplitBits) - 1));
      }
    }
  }
  return split;
}

// `row` may be read kReadBeyond bytes beyond its end, `target` written kWriteBeyond.
__attribute__((target("avx2"))) void filter_row_avx2(const ResizeFilter& filter, const int16_t* weights, int num_quads,
                                                     const uint8_t* row, uint8_t* target) {
  const __m256i spread = _mm256_setr_epi8(0, -1, 3, -1, 1, -1, 4, -1, 2, -1, 5, -1, -1, -1, -1, -1,  //
                                          6, -1, 9, -1, 7, -1, 10, -1, 8, -1, 11, -1, -1, -1, -1, -1);
  const __m256i half = _mm256_setr_epi32(kHalf, kHalf, kHalf, kHalf, 0, 0, 0, 0);
  const size_t weights_per_pixel = static_cast<size_t>(num_quads) * kQuadWeights;
  for (const Range& window : filter.windows) {
    const uint8_t* source = row + static_cast<size_t>(window.first) * 3;
    const int16_t* weight = weights;
    __m256i upper = _mm256_setzero_si256();
    __m256i lower = half;
    for (int i = 0; i < window.count; i += kQuadPixels, source += kQuadBytes, weight += kQuadWeights) {
      const __m128i bytes = _mm_loadu_si128(reinterpret_cast<const __m128i*>(source));
      const __m256i pixels = _mm256_shuffle_epi8(_mm256_broadcastsi128_si256(bytes), spread);
      const __m256i upper_weights = _mm256_loadu_si256(reinterpret_cast<const __m256i*>(weight));
      const __m256i lower_weights = _mm256_loadu_si256(reinterpret_cast<const __m256i*>(weight + 16));
      upper = _mm256_add_epi32(upper, _mm256_madd_epi16(pixels, upper_weights));
      lower = _mm256_add_epi32(lower, _mm256_madd_epi16(pixels, lower_weights));
    }
    const __m256i both = _mm256_add_epi32(_mm256_slli_epi32(upper, kSplitBits), lower);
    const __m128i sums = _mm_add_epi32(_mm256_castsi256_si128(both), _mm256_extracti128_si256(both, 1));
    const __m128i levels = _mm_srai_epi32(sums, kPrecisionBits);
    const int pixel = _mm_cvtsi128_si32(_mm_packus_epi16(_mm_packs_epi32(levels, levels), levels));
    std::memcpy(target, &pixel, sizeof pixel);
    target += 3;
    weights += weights_per_pixel;
  }
}

__attribute__((target("avx2"))) void add_row_avx2(const uint8_t* __restrict source, int32_t weight, size_t num_bytes,
                                                  int32_t* __restrict sums) {
  const __m256i weights = _mm256_set1_epi32(weight);
  size_t x = 0;
  for (; x + 8 <= num_bytes; x += 8) {
    const __m256i bytes = _mm256_cvtepu8_epi32(_mm_loadl_epi64(reinterpret_cast<const __m128i*>(source + x)));
    auto* sum = reinterpret_cast<__m256i*>(sums + x);
    _mm256_storeu_si256(sum, _mm256_add_epi32(_mm256_loadu_si256(sum), _mm256_mullo_epi32(bytes, weights)));
  }
  add_row(source + x, weight, num_bytes - x, sums + x);
}
#endif

}  // namespace

ResizeFilter make_resize_filter(int source, int target, Range part) {
  const double scale = static_cast<double>(source) / target;
  const double filter_scale = std::max(scale, 1.0);
  const double support = filter_scale;
  const double narrowing = 1 / filter_scale;  // A factor, as in Pillow, so that roundings agree.
  ResizeFilter filter;
  filter.max_count = static_cast<int>(std::ceil(support)) * 2 + 1;
  filter.weights.resize(static_cast<size_t>(part.count) * static_cast<size_t>(filter.max_count));
  std::vector<double> values;
  for (int i = 0; i < part.count; ++i) {
    const double center = (part.first + i + 0.5) * scale;
    const int first = std::max(0, truncated(center - support + 0.5));
    const int stop = std::min(source, truncated(center + support + 0.5));
    values.clear();
    double sum = 0;
    for (int x = first; x < stop; ++x) {
      const double distance = std::abs((x - center + 0.5) * narrowing);
      values.push_back(distance < 1 ? 1 - distance : 0);
      sum += values.back();
    }
    int32_t* weights = filter.weights.data() + static_cast<size_t>(i) * static_cast<size_t>(filter.max_count);
    for (size_t x = 0; x < values.size(); ++x) weights[x] = truncated(0.5 + values[x] / sum * (1 << kPrecisionBits));
    filter.windows.push_back({first, stop - first});
  }
  return filter;
}

RowPass::RowPass(const ResizeFilter& filter, int source_width) : filter_(filter), source_width_(source_width) {
#ifdef GERUND_RESIZE_AVX2
  if (!has_avx2()) return;
  num_quads_ = (filter.max_count + kQuadPixels - 1) / kQuadPixels;
  split_weights_ = split_weights(filter, num_quads_);
  padded_.resize(static_cast<size_t>(source_width) * 3 + kReadBeyond);
  line_.resize(filter.windows.size() * 3 + kWriteBeyond);
#endif
}

void RowPass::run(const uint8_t* source, uint8_t* target) {
#ifdef GERUND_RESIZE_AVX2
  if (!split_weights_.empty()) {
    std::copy_n(source, static_cast<size_t>(source_width_) * 3, padded_.begin());
    filter_row_avx2(filter_, split_weights_.data(), num_quads_, padded_.data(), line_.data());
    std::copy_n(line_.begin(), filter_.windows.size() * 3, target);
    return;
  }
#endif
  filter_row(filter_, source, target);
}

ColumnPass::ColumnPass(const ResizeFilter& filter, int width)
    : filter_(filter), sums_(static_cast<size_t>(width) * 3) {}

void ColumnPass::run(int y, const uint8_t* source, uint8_t* target) {
#ifdef GERUND_RESIZE_AVX2
  const auto add = has_avx2() ? add_row_avx2 : add_row;
#else
  const auto add = add_row;
#endif
  std::fill(sums_.begin(), sums_.end(), kHalf);
  for (int i = 0; i < filter_.windows[static_cast<size_t>(y)].count; ++i, source += sums_.size())
    add(source, filter_.weights_of(y)[i], sums_.size(), sums_.data());
  finish_row(sums_.data(), sums_.size(), target);
}

}  // namespace gerund::clip
