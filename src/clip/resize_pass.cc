#include "clip/resize_pass.h"

#include <algorithm>
#include <array>
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

// Bytes [from, num_bytes) of a target row, of `num_rows` source rows with these weights.
void combine_rows(const uint8_t* rows, size_t num_bytes, const int32_t* weights, int num_rows, size_t from,
                  uint8_t* target) {
  constexpr size_t kBlock = 64;
  for (size_t first = from; first < num_bytes; first += kBlock) {
    const size_t count = std::min(kBlock, num_bytes - first);
    std::array<int32_t, kBlock> sums;
    sums.fill(kHalf);
    for (int i = 0; i < num_rows; ++i) {
      const uint8_t* source = rows + static_cast<size_t>(i) * num_bytes + first;
      for (size_t x = 0; x < count; ++x) sums[x] += source[x] * weights[i];
    }
    for (size_t x = 0; x < count; ++x) target[first + x] = to_byte(sums[x]);
  }
}

#ifdef GERUND_RESIZE_AVX2
// Note [Weights in halves]
// Vectors multiply two neighbouring 16-bit numbers each by their weight and add the products. 22-bit weights do not fit
// 16 bits with a sign: they are split into their upper and lower 11 bits, and the sums put together again. All is
// integer arithmetic modulo 2^32, so the sums are those of filter_row, which fit.
//
// Of rows, two target pixels are made at a time, one in each half of a vector, from two source pixels at a time:
// (r0 r1) (g0 g1) (b0 b1) - times (w0 w1). Of columns, 16 bytes of a row are, from two source rows at a time.
constexpr int kSplitBits = 11;
constexpr size_t kStepWeights = 32;  // For each of two target pixels 8 upper parts, then for each 8 lower ones.
constexpr size_t kWriteBeyond = 8;
constexpr size_t kColumnBytes = 16;

// A window at the end of a row may be shorter than others, and is read as far as they are, with weights of 0.
size_t bytes_beyond(int num_steps) {
  return static_cast<size_t>(num_steps) * 6 + 8;
}

bool has_avx2() {
  return __builtin_cpu_supports("avx2") != 0;
}

int16_t upper_part(int32_t weight) {
  return static_cast<int16_t>(weight >> kSplitBits);
}

int16_t lower_part(int32_t weight) {
  return static_cast<int16_t>(weight & ((1 << kSplitBits) - 1));
}

// [pairs of targets, num_steps, kStepWeights]. See Note [Weights in halves].
std::vector<int16_t> split_weights(const ResizeFilter& filter, int num_steps) {
  const size_t num_pairs = (filter.windows.size() + 1) / 2;
  std::vector<int16_t> split(num_pairs * static_cast<size_t>(num_steps) * kStepWeights);
  for (size_t x = 0; x < filter.windows.size(); ++x) {
    for (int i = 0; i < filter.windows[x].count; ++i) {
      const int32_t weight = filter.weights_of(static_cast<int>(x))[i];
      const size_t step = x / 2 * static_cast<size_t>(num_steps) + static_cast<size_t>(i / 2);
      int16_t* upper = split.data() + step * kStepWeights + x % 2 * 8 + static_cast<size_t>(i % 2);
      for (size_t c = 0; c < 3; ++c) {
        upper[c * 2] = upper_part(weight);
        upper[c * 2 + 16] = lower_part(weight);
      }
    }
  }
  return split;
}

__attribute__((target("avx2"), always_inline)) inline __m256i levels_of(__m256i upper, __m256i lower) {
  return _mm256_srai_epi32(_mm256_add_epi32(_mm256_slli_epi32(upper, kSplitBits), lower), kPrecisionBits);
}

// The pixel and the next in the lower 8 bytes.
__m128i load_pixels(const uint8_t* row, size_t pixel) {
  return _mm_loadl_epi64(reinterpret_cast<const __m128i*>(row + 3 * pixel));
}

__attribute__((target("avx2"), always_inline)) inline __m256i load_words(const uint8_t* bytes) {
  return _mm256_cvtepu8_epi16(_mm_loadu_si128(reinterpret_cast<const __m128i*>(bytes)));
}

// `row` may be read bytes_beyond(num_steps) bytes beyond its end, `target` written kWriteBeyond.
__attribute__((target("avx2"))) void filter_row_avx2(const ResizeFilter& filter, const int16_t* weights, int num_steps,
                                                     const uint8_t* row, uint8_t* target) {
  const __m256i spread =
      _mm256_broadcastsi128_si256(_mm_setr_epi8(0, -1, 3, -1, 1, -1, 4, -1, 2, -1, 5, -1, -1, -1, -1, -1));
  const __m256i half = _mm256_set1_epi32(kHalf);
  for (size_t x = 0; x < filter.windows.size(); x += 2, target += 6) {
    auto first = static_cast<size_t>(filter.windows[x].first);
    auto second = static_cast<size_t>(filter.windows[std::min(x + 1, filter.windows.size() - 1)].first);
    __m256i upper = _mm256_setzero_si256();
    __m256i lower = half;
    for (int step = 0; step < num_steps; ++step, first += 2, second += 2, weights += kStepWeights) {
      const __m256i bytes =
          _mm256_inserti128_si256(_mm256_castsi128_si256(load_pixels(row, first)), load_pixels(row, second), 1);
      const __m256i pixels = _mm256_shuffle_epi8(bytes, spread);
      const __m256i upper_weights = _mm256_loadu_si256(reinterpret_cast<const __m256i*>(weights));
      const __m256i lower_weights = _mm256_loadu_si256(reinterpret_cast<const __m256i*>(weights + 16));
      upper = _mm256_add_epi32(upper, _mm256_madd_epi16(pixels, upper_weights));
      lower = _mm256_add_epi32(lower, _mm256_madd_epi16(pixels, lower_weights));
    }
    const __m256i levels = levels_of(upper, lower);
    const __m256i packed = _mm256_packus_epi16(_mm256_packs_epi32(levels, levels), levels);
    const int pixel = _mm_cvtsi128_si32(_mm256_castsi256_si128(packed));
    const int next = _mm_cvtsi128_si32(_mm256_extracti128_si256(packed, 1));
    std::memcpy(target, &pixel, sizeof pixel);
    std::memcpy(target + 3, &next, sizeof next);
  }
}

// Two weights as vectors take them, in the upper and the lower half of a number each.
struct WeightPair {
  int32_t upper;
  int32_t lower;
};

WeightPair pair_of(int32_t first, int32_t second) {
  const auto together = [](int16_t low, int16_t high) {
    return static_cast<int32_t>(static_cast<uint32_t>(static_cast<uint16_t>(high)) << 16 | static_cast<uint16_t>(low));
  };
  return {together(upper_part(first), upper_part(second)), together(lower_part(first), lower_part(second))};
}

// The first num_bytes / 16 * 16 bytes of a target row, of `num_rows` source rows with these weights. Returns how many
// that are. See Note [Weights in halves].
__attribute__((target("avx2"))) size_t combine_rows_avx2(const uint8_t* rows, size_t num_bytes, const int32_t* weights,
                                                         int num_rows, uint8_t* target) {
  const __m256i half = _mm256_set1_epi32(kHalf);
  size_t x = 0;
  for (; x + kColumnBytes <= num_bytes; x += kColumnBytes) {
    __m256i upper_first = _mm256_setzero_si256(), upper_second = upper_first, lower_first = half, lower_second = half;
    for (int i = 0; i < num_rows; i += 2) {
      const bool has_two = i + 1 < num_rows;
      const uint8_t* source = rows + static_cast<size_t>(i) * num_bytes + x;
      const WeightPair pair = pair_of(weights[i], has_two ? weights[i + 1] : 0);
      const __m256i even = load_words(source), odd = load_words(has_two ? source + num_bytes : source);
      const __m256i first = _mm256_unpacklo_epi16(even, odd), second = _mm256_unpackhi_epi16(even, odd);
      const __m256i upper = _mm256_set1_epi32(pair.upper), lower = _mm256_set1_epi32(pair.lower);
      upper_first = _mm256_add_epi32(upper_first, _mm256_madd_epi16(first, upper));
      upper_second = _mm256_add_epi32(upper_second, _mm256_madd_epi16(second, upper));
      lower_first = _mm256_add_epi32(lower_first, _mm256_madd_epi16(first, lower));
      lower_second = _mm256_add_epi32(lower_second, _mm256_madd_epi16(second, lower));
    }
    const __m256i words =
        _mm256_packs_epi32(levels_of(upper_first, lower_first), levels_of(upper_second, lower_second));
    const __m256i bytes = _mm256_permute4x64_epi64(_mm256_packus_epi16(words, words), 0x08);
    _mm_storeu_si128(reinterpret_cast<__m128i*>(target + x), _mm256_castsi256_si128(bytes));
  }
  return x;
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
  int longest = 0;
  for (const Range& window : filter.windows) longest = std::max(longest, window.count);
  num_steps_ = (longest + 1) / 2;
  split_weights_ = split_weights(filter, num_steps_);
  padded_.resize(static_cast<size_t>(source_width) * 3 + bytes_beyond(num_steps_));
  line_.resize(filter.windows.size() * 3 + kWriteBeyond);
#endif
}

void RowPass::run(const uint8_t* source, uint8_t* target) {
#ifdef GERUND_RESIZE_AVX2
  if (!split_weights_.empty()) {
    std::copy_n(source, static_cast<size_t>(source_width_) * 3, padded_.begin());
    filter_row_avx2(filter_, split_weights_.data(), num_steps_, padded_.data(), line_.data());
    std::copy_n(line_.begin(), filter_.windows.size() * 3, target);
    return;
  }
#endif
  filter_row(filter_, source, target);
}

void filter_columns(const ResizeFilter& filter, int y, const uint8_t* source, size_t num_bytes, uint8_t* target) {
  const int num_rows = filter.windows[static_cast<size_t>(y)].count;
  size_t done = 0;
#ifdef GERUND_RESIZE_AVX2
  if (has_avx2()) done = combine_rows_avx2(source, num_bytes, filter.weights_of(y), num_rows, target);
#endif
  combine_rows(source, num_bytes, filter.weights_of(y), num_rows, done, target);
}

}  // namespace gerund::clip
