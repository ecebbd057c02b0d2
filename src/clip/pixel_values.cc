#include "clip/pixel_values.h"

#include <algorithm>
#include <bit>
#include <cstddef>
#include <vector>

#if defined(__GNUC__) && defined(__x86_64__)
#include <immintrin.h>
#define GERUND_PIXELS_AVX2 1
#endif

namespace gerund::clip {
namespace {

using Planes = std::array<float*, 3>;
using tensor::Frame;
using tensor::FrameView;

const uint8_t* first_pixel(const FrameView& frame, const Rectangle& part, int y) {
  return frame.row(part.y + y) + static_cast<ptrdiff_t>(3) * part.x;
}

#ifdef GERUND_PIXELS_AVX2
constexpr int kLanes = 8;

bool has_vectors() {
  return __builtin_cpu_supports("avx2") != 0 && __builtin_cpu_supports("fma") != 0;
}

// Where the bytes of a channel lie in 8 RGB pixels: of the first 16 bytes, and of the 8 after them.
struct ChannelMask {
  alignas(16) std::array<int8_t, 16> low{};
  alignas(16) std::array<int8_t, 16> high{};
};

ChannelMask channel_mask(int channel, bool flip) {
  ChannelMask mask;
  mask.low.fill(-1);
  mask.high.fill(-1);
  for (int lane = 0; lane < kLanes; ++lane) {
    const int byte = 3 * (flip ? kLanes - 1 - lane : lane) + channel;
    if (byte < 16)
      mask.low.at(static_cast<size_t>(lane)) = static_cast<int8_t>(byte);
    else
      mask.high.at(static_cast<size_t>(lane)) = static_cast<int8_t>(byte - 16);
  }
  return mask;
}

// Note [Division without dividing]
// With 1 / d as the sum of two floats, high and low, fma(x, high, x * low) is the correctly rounded x / d but for rare
// x and d (N. Brisebarre, J.-M. Muller and S. K. Raina, Accelerating correctly rounded floating-point division when the
// divisor is known in advance, 2004). A byte has 256 values: the constructor of PixelValues tries them all, and divides
// by table where one differs.
struct Inverse {
  explicit Inverse(float divisor)
      : high(1.0F / divisor), low(static_cast<float>(1.0 / static_cast<double>(divisor) - static_cast<double>(high))) {}

  float high;
  float low;
};

__attribute__((target("avx2,fma"), always_inline)) inline __m256 multiplied(__m256 x, __m256 high, __m256 low) {
  return _mm256_fmadd_ps(x, high, _mm256_mul_ps(x, low));
}

// Whether 4 floats at a time may go past the caches, in all rows.
bool can_pass_caches(const float* plane, int width) {
  return reinterpret_cast<uintptr_t>(plane) % 16 == 0 && width % 4 == 0;
}

template <Destination kDestination>
__attribute__((target("avx2,fma"), always_inline)) inline void store(float* place, __m256 value) {
  if constexpr (kDestination == Destination::memory) {
    _mm_stream_ps(place, _mm256_castps256_ps128(value));
    _mm_stream_ps(place + 4, _mm256_extractf128_ps(value, 1));
  } else {
    _mm256_storeu_ps(place, value);
  }
}

// The first width / 8 * 8 pixels of each row. Returns how many that are.
template <size_t kChannels, Destination kDestination>
__attribute__((target("avx2,fma"))) int write_vectors(const FrameView& frame, const Rectangle& part, bool flip,
                                                      const Planes& planes, const std::array<float, 3>& means,
                                                      const std::array<float, 3>& stds) {
  const int stop = part.width / kLanes * kLanes;
  const Inverse of_most(255.0F);
  const __m256 most_high = _mm256_set1_ps(of_most.high), most_low = _mm256_set1_ps(of_most.low);
  __m128i low[kChannels], high[kChannels];
  __m256 mean[kChannels], deviation_high[kChannels], deviation_low[kChannels];
  for (size_t c = 0; c < kChannels; ++c) {
    const ChannelMask mask = channel_mask(static_cast<int>(c), flip);
    const Inverse of_deviation(stds.at(c));
    low[c] = _mm_load_si128(reinterpret_cast<const __m128i*>(mask.low.data()));
    high[c] = _mm_load_si128(reinterpret_cast<const __m128i*>(mask.high.data()));
    mean[c] = _mm256_set1_ps(means.at(c));
    deviation_high[c] = _mm256_set1_ps(of_deviation.high);
    deviation_low[c] = _mm256_set1_ps(of_deviation.low);
  }
  for (int y = 0; y < part.height; ++y) {
    const uint8_t* row = first_pixel(frame, part, y);
    const ptrdiff_t row_start = static_cast<ptrdiff_t>(y) * part.width;
    for (int x = 0; x < stop; x += kLanes) {
      const uint8_t* source = row + static_cast<ptrdiff_t>(3) * x;
      const __m128i head = _mm_loadu_si128(reinterpret_cast<const __m128i*>(source));
      const __m128i tail = _mm_loadl_epi64(reinterpret_cast<const __m128i*>(source + 16));
      const ptrdiff_t place = row_start + (flip ? part.width - kLanes - x : x);
      for (size_t c = 0; c < kChannels; ++c) {
        const __m128i bytes = _mm_or_si128(_mm_shuffle_epi8(head, low[c]), _mm_shuffle_epi8(tail, high[c]));
        const __m256 share = multiplied(_mm256_cvtepi32_ps(_mm256_cvtepu8_epi32(bytes)), most_high, most_low);
        const __m256 value = multiplied(_mm256_sub_ps(share, mean[c]), deviation_high[c], deviation_low[c]);
        store<kDestination>(planes[c] + place, value);
      }
    }
  }
  if constexpr (kDestination == Destination::memory) _mm_sfence();  // Other threads see them in order.
  return stop;
}

// True where the vectors give the bits of the table.
bool vectors_agree(const std::array<std::array<float, 256>, 3>& table, size_t num_channels,
                   const std::array<float, 3>& means, const std::array<float, 3>& stds) {
  if (!has_vectors()) return false;
  Frame all(256, 1);
  for (size_t i = 0; i < all.rgb.size(); ++i) all.rgb[i] = static_cast<uint8_t>(i / 3);
  std::array<std::array<float, 256>, 3> made{};
  const auto write_all =
      num_channels == 2 ? write_vectors<2, Destination::caches> : write_vectors<3, Destination::caches>;
  write_all(all, {0, 0, 256, 1}, false, {made[0].data(), made[1].data(), made[2].data()}, means, stds);
  using Bits = std::array<uint32_t, size_t{3} * 256>;
  return std::bit_cast<Bits>(made) == std::bit_cast<Bits>(table);
}
#endif

}  // namespace

PixelValues::PixelValues(const Recipe& recipe, bool negates_u)
    : num_channels_(static_cast<size_t>(clip::num_channels(recipe))) {
  for (size_t c = 0; c < num_channels_; ++c) {
    if (!recipe.mean.empty()) mean_.at(c) = static_cast<float>(recipe.mean[c]);
    if (!recipe.std.empty()) std_.at(c) = static_cast<float>(recipe.std[c]);
    for (size_t v = 0; v < 256; ++v) table_.at(c).at(v) = (static_cast<float>(v) / 255.0F - mean_.at(c)) / std_.at(c);
  }
  if (negates_u) {
    const std::array<float, 256> as_it_is = table_[0];
    for (size_t v = 0; v < 256; ++v) table_[0].at(v) = as_it_is.at(std::min<size_t>(255, 256 - v));
    return;  // The vectors know no such table.
  }
#ifdef GERUND_PIXELS_AVX2
  use_vectors_ = vectors_agree(table_, num_channels_, mean_, std_);
#endif
}

void PixelValues::write(const FrameView& frame, const Rectangle& part, bool flip, const Planes& planes,
                        [[maybe_unused]] Destination destination) const {
  int first = 0;
#ifdef GERUND_PIXELS_AVX2
  if (use_vectors_) {
    const auto fits = [&](const float* plane) { return plane == nullptr || can_pass_caches(plane, part.width); };
    const bool is_past = destination == Destination::memory && std::all_of(planes.begin(), planes.end(), fits);
    const auto of_two = is_past ? write_vectors<2, Destination::memory> : write_vectors<2, Destination::caches>;
    const auto of_three = is_past ? write_vectors<3, Destination::memory> : write_vectors<3, Destination::caches>;
    first = (num_channels_ == 2 ? of_two : of_three)(frame, part, flip, planes, mean_, std_);
  }
#endif
  for (size_t c = 0; c < num_channels_; ++c) {
    for (int y = 0; y < part.height; ++y) {
      const uint8_t* row = first_pixel(frame, part, y);
      float* values = planes.at(c) + static_cast<ptrdiff_t>(y) * part.width;
      for (int x = first; x < part.width; ++x)
        values[flip ? part.width - 1 - x : x] = table_[c][row[3 * static_cast<size_t>(x) + c]];
    }
  }
}

}  // namespace gerund::clip
