// The kernels for AMX, which multiply halves: Note [Products of halves] in infer/winograd/kernels.h. CMakeLists.txt
// gives this file its flags: nothing here runs before the processor was asked.
#include "infer/winograd/kernels_body.h"

namespace gerund::infer {
namespace {

constexpr int64_t kDepth = 32;  // Channels of a tile of inputs: a cache line of bfloat16.
constexpr int64_t kRows = 16;   // Of a tile.
constexpr int64_t kTileFloats = 256;

__m256i high_half(Vector value) {
  return reinterpret_cast<__m256i>(_mm512_cvtneps_pbh(value));
}

__m256i low_half(Vector value, __m256i high) {
  const __m512i widened = _mm512_slli_epi32(_mm512_cvtepu16_epi32(high), 16);
  return high_half(subtract(value, _mm512_castsi512_ps(widened)));
}

/// Rows of inputs: of each 32 channels the high halves, then the low ones.
struct AsHalves {
  static void keep(float* row, int64_t block, Vector channels) {
    auto* to = reinterpret_cast<__m256i*>(row + block / 2 * kDepth) + block % 2;
    const __m256i high = high_half(channels);
    _mm256_storeu_si256(to, high);
    _mm256_storeu_si256(to + 2, low_half(channels, high));
  }
};

/// A block that is left alone gets one of zeros beside it.
void transform_input_halves(const TileForm& form, const TileSource& tile, int64_t num_blocks, float* transformed,
                            int64_t point_stride) {
  transform_input<AsHalves>(form, tile, num_blocks, transformed, point_stride);
  if (num_blocks % 2 == 0) return;
  for (int64_t point = 0; point < int64_t{form.points} * form.points; ++point)
    AsHalves::keep(transformed + point * point_stride, num_blocks, zero());
}

/// [32 channels, 32 columns] become four tiles: high halves of columns 0 to 15 and 16 to 31, low halves of both. A row
/// of a tile holds two channels, side by side for each column.
void finish_weights(float* transformed) {
  alignas(64) float given[kDepth * 2 * kLanes];
  for (int64_t i = 0; i < kDepth * 2 * kLanes; ++i) given[i] = transformed[i];
  for (int64_t pair = 0; pair < kDepth / 2; ++pair) {
    for (int64_t side = 0; side < 2; ++side) {
      const float* from = given + pair * 4 * kLanes + side * kLanes;
      const Vector even = load(from), odd = load(from + int64_t{2} * kLanes);
      const __m256i even_high = high_half(even), odd_high = high_half(odd);
      const auto put = [&](int64_t tile, __m256i first, __m256i second) {
        const __m512i shifted = _mm512_slli_epi32(_mm512_cvtepu16_epi32(second), 16);
        _mm512_storeu_si512(transformed + tile * kTileFloats + pair * kLanes,
                            _mm512_or_si512(_mm512_cvtepu16_epi32(first), shifted));
      };
      put(side, even_high, odd_high);
      put(2 + side, low_half(even, even_high), low_half(odd, odd_high));
    }
  }
}

/// The shapes of the tiles, as the processor reads them. Tiles 0 to 3 hold sums: of the upper rows and both halves of
/// the columns, then of the lower rows; 4 and 5 upper and lower rows of inputs; 6 and 7 weights.
struct alignas(64) TileShapes {
  TileShapes(int64_t upper_rows, int64_t lower_rows) {
    const auto upper = static_cast<uint8_t>(upper_rows), lower = static_cast<uint8_t>(lower_rows);
    const uint8_t all[8] = {upper, upper, lower, lower, upper, lower, kRows, kRows};
    for (int tile = 0; tile < 8; ++tile) {
      rows[tile] = all[tile];
      row_bytes[tile] = all[tile] == 0 ? 0 : 64;
    }
  }
  uint8_t palette = 1;
  uint8_t start_row = 0;
  uint8_t reserved[14] = {};
  uint16_t row_bytes[16] = {};
  uint8_t rows[16] = {};
};

/// Sums in tiles, over the taps of `range`, added to what `output` holds if ADDS: up to 32 rows, the lower 16 of them
/// if HAS_LOWER, of two vectors.
template <bool HAS_LOWER, bool ADDS>
void multiply_tiles(const Product& product, int64_t first_row, const ProductRows& range, const float* panel,
                    float* output) {
  const int64_t row_bytes = product.input_stride * 4, lower = kRows * product.input_stride;
  const int64_t output_bytes = product.output_stride * 4;
  float* const lower_output = output + kRows * product.output_stride;
  if constexpr (ADDS) {
    _tile_loadd(0, output, output_bytes);
    _tile_loadd(1, output + kLanes, output_bytes);
    if constexpr (HAS_LOWER) {
      _tile_loadd(2, lower_output, output_bytes);
      _tile_loadd(3, lower_output + kLanes, output_bytes);
    }
  } else {
    _tile_zero(0);
    _tile_zero(1);
    if constexpr (HAS_LOWER) {
      _tile_zero(2);
      _tile_zero(3);
    }
  }
  const float* weights = panel + range.first_tap * product.depth * 2 * kLanes;
  for (int tap = range.first_tap; tap < range.last_tap; ++tap) {
    const float* input =
        product.input + (first_row + product.tap_rows[static_cast<size_t>(tap)]) * product.input_stride;
    for (int64_t k = 0; k < product.depth; k += kDepth, input += kDepth, weights += 4 * kTileFloats) {
      _tile_loadd(6, weights, 64);                    // High halves.
      _tile_loadd(4, input + kDepth / 2, row_bytes);  // Low halves.
      _tile_loadd(7, weights + kTileFloats, 64);
      _tile_dpbf16ps(0, 4, 6);
      _tile_dpbf16ps(1, 4, 7);
      if constexpr (HAS_LOWER) {
        _tile_loadd(5, input + lower + kDepth / 2, row_bytes);
        _tile_dpbf16ps(2, 5, 6);
        _tile_dpbf16ps(3, 5, 7);
      }
      _tile_loadd(4, input, row_bytes);
      _tile_dpbf16ps(0, 4, 6);
      _tile_dpbf16ps(1, 4, 7);
      if constexpr (HAS_LOWER) {
        _tile_loadd(5, input + lower, row_bytes);
        _tile_dpbf16ps(2, 5, 6);
        _tile_dpbf16ps(3, 5, 7);
      }
      _tile_loadd(6, weights + 2 * kTileFloats, 64);
      _tile_loadd(7, weights + 3 * kTileFloats, 64);
      _tile_dpbf16ps(0, 4, 6);
      _tile_dpbf16ps(1, 4, 7);
      if constexpr (HAS_LOWER) {
        _tile_dpbf16ps(2, 5, 6);
        _tile_dpbf16ps(3, 5, 7);
      }
    }
  }
  _tile_stored(0, output, output_bytes);
  _tile_stored(1, output + kLanes, output_bytes);
  if constexpr (HAS_LOWER) {
    _tile_stored(2, lower_output, output_bytes);
    _tile_stored(3, lower_output + kLanes, output_bytes);
  }
}

template <bool HAS_LOWER>
void multiply_some(bool adds, const Product& product, int64_t first_row, const ProductRows& range, const float* panel,
                   float* output) {
  adds ? multiply_tiles<HAS_LOWER, true>(product, first_row, range, panel, output)
       : multiply_tiles<HAS_LOWER, false>(product, first_row, range, panel, output);
}

/// Weights of a panel that all rows meet before the next come: they stay in the second cache meanwhile.
constexpr int64_t kHeldBytes = 1 << 20;

void multiply_halves(const Product& product) {
  const int num_taps = static_cast<int>(product.tap_rows.size());
  const int64_t tap_size = product.depth * 2 * kLanes, tap_bytes = tap_size * 4;
  const int taps_at_a_time = tap_bytes < kHeldBytes ? static_cast<int>(kHeldBytes / tap_bytes) : 1;
  int64_t set_up = 0;
  const auto set_up_for = [&](int64_t num_rows) {
    if (num_rows == set_up) return;
    const TileShapes shapes(num_rows < kRows ? num_rows : kRows, num_rows > kRows ? num_rows - kRows : 0);
    asm volatile("" ::"m"(shapes));  // The instruction's declaration names its first bytes alone.
    _tile_loadconfig(&shapes);
    set_up = num_rows;
  };
  for (int64_t panel = product.first_panel; panel < product.last_panel; ++panel) {
    const float* weights = product.weights + panel * num_taps * tap_size;
    for (int tap = 0; tap < num_taps; tap += taps_at_a_time) {
      for (const ProductRows& range : product.rows) {
        ProductRows part = range;
        if (part.first_tap < tap) part.first_tap = tap;
        if (part.last_tap > tap + taps_at_a_time) part.last_tap = tap + taps_at_a_time;
        const bool is_zero = tap == 0 && range.first_tap == range.last_tap;
        if (part.first_tap >= part.last_tap && !is_zero) continue;
        for (int64_t row = range.first_row; row < range.last_row; row += 2 * kRows) {
          const int64_t num_rows = range.last_row - row < 2 * kRows ? range.last_row - row : 2 * kRows;
          set_up_for(num_rows);
          float* output = product.output + row * product.output_stride + panel * 2 * kLanes;
          const bool adds = part.first_tap > range.first_tap;
          num_rows > kRows ? multiply_some<true>(adds, product, row, part, weights, output)
                           : multiply_some<false>(adds, product, row, part, weights, output);
        }
      }
    }
  }
  _tile_release();
}

}  // namespace

extern const WinogradKernels kAmxKernels;
const WinogradKernels kAmxKernels = {"amx",
                                     kLanes,
                                     2 * kLanes,
                                     kDepth,
                                     transform_weights,
                                     nullptr,
                                     finish_weights,
                                     transform_input_halves,
                                     multiply_halves,
                                     transform_output,
                                     nullptr,
                                     nullptr,
                                     nullptr};

}  // namespace gerund::infer
