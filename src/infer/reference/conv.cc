// Convolution as blocks of matrix products: weights [M, K] times patches [K, positions], where a column of patches
// holds the K = C * taps input elements that one output position sees.
#include <algorithm>
#include <vector>

#include "base/workers.h"
#include "graph/attributes.h"
#include "infer/reference/block_product.h"
#include "infer/reference/kernels.h"
#include "infer/reference/window3.h"

namespace gerund::infer {
namespace {

using tensor::Tensor;

// One task makes kBlockChannels x kBlockPositions outputs; its patches are packed kBlockDepth rows at a time, so that
// they stay in the cache while all its channels read them. The sum of each stretch of kBlockDepth products begins at
// zero and is then added to the output, which also keeps rounding errors small.
constexpr int64_t kBlockChannels = 128;
constexpr int64_t kBlockPositions = 64;
constexpr int64_t kBlockDepth = 256;
static_assert(kBlockChannels % kUnroll == 0 && kBlockDepth % kUnroll == 0);
// Rows of patches lie an odd number of cache lines apart: a power of two would crowd them into few cache sets.
constexpr int64_t kBlockStride = kBlockPositions + 16;

int64_t num_blocks(int64_t extent, int64_t block) {
  return (extent + block - 1) / block;
}

/// Neighbouring output positions of one output row.
struct Run {
  int64_t column;  // Of the first position in the block.
  int64_t length;
  int64_t d, h, w;  // Output position of the first.
};

std::vector<Run> runs_of_block(const Window3& window, Range positions) {
  std::vector<Run> runs;
  const int64_t width = window.output[2];
  for (int64_t p = positions.first; p < positions.last;) {
    const int64_t length = std::min(width - p % width, positions.last - p);
    const int64_t row = p / width;
    runs.push_back({p - positions.first, length, row / window.output[1], row % window.output[1], p % width});
    p += length;
  }
  return runs;
}

/// What the taps (d, h, w) of the positions of `run` see in one channel; zero in the padding.
void copy_run(const Window3& window, const float* channel, const Window3::Axes& tap, const Run& run, float* to) {
  const int64_t d = run.d * window.stride[0] - window.pad[0] + tap[0] * window.dilation[0];
  const int64_t h = run.h * window.stride[1] - window.pad[1] + tap[1] * window.dilation[1];
  if (d < 0 || d >= window.input[0] || h < 0 || h >= window.input[1]) {
    std::fill_n(to, run.length, 0.0F);
    return;
  }
  const int64_t stride = window.stride[2];
  const int64_t begin = run.w * stride - window.pad[2] + tap[2] * window.dilation[2];
  const int64_t first = std::min(run.length, first_reaching(begin, stride, 0));
  const int64_t last = std::max(first, std::min(run.length, first_reaching(begin, stride, window.input[2])));
  const float* from = channel + (d * window.input[1] + h) * window.input[2] + begin;
  std::fill_n(to, first, 0.0F);
  if (stride == 1) {
    std::copy(from + first, from + last, to + first);
  } else {
    for (int64_t i = first; i < last; ++i) to[i] = from[i * stride];
  }
  std::fill(to + last, to + run.length, 0.0F);
}

/// Rows [depth.first, depth.last) of the patches of a block, then rows of zeros up to a multiple of kUnroll. Row k is
/// channel k / taps, tap k % taps.
void pack_patches(const Window3& window, const float* channels, const std::vector<Run>& runs, Range depth, float* to) {
  const int64_t area = window.input[0] * window.input[1] * window.input[2];
  const int64_t taps = window.kernel[0] * window.kernel[1] * window.kernel[2];
  for (int64_t k = depth.first; k < depth.last; ++k, to += kBlockStride) {
    const int64_t tap = k % taps;
    const Window3::Axes axes{tap / (window.kernel[1] * window.kernel[2]), tap / window.kernel[2] % window.kernel[1],
                             tap % window.kernel[2]};
    for (const Run& run : runs) copy_run(window, channels + k / taps * area, axes, run, to + run.column);
  }
  for (int64_t k = depth.last - depth.first; k % kUnroll != 0; ++k, to += kBlockStride)
    std::fill_n(to, kBlockStride, 0.0F);
}

/// The arrays and extents of one convolution; "per group" where a group divides it.
struct Convolution {
  Window3 window;
  const float* input;
  const float* weight;
  const float* bias;  // nullptr: none.
  float* output;
  int64_t groups;
  int64_t in_channels;   // Per group.
  int64_t out_channels;  // Per group.
  int64_t depth;         // in_channels * taps.
  int64_t positions;     // Of one output plane.

  int64_t num_tasks_per_group() const {
    return num_blocks(out_channels, kBlockChannels) * num_blocks(positions, kBlockPositions);
  }

  /// Makes one block of outputs. `image_group` is image * groups + group.
  void run_block(int64_t image_group, int64_t block) const {
    const int64_t position_blocks = num_blocks(positions, kBlockPositions);
    const int64_t first_channel = block / position_blocks * kBlockChannels;
    const int64_t channels = std::min(kBlockChannels, out_channels - first_channel);
    const int64_t first_position = block % position_blocks * kBlockPositions;
    const Range range{first_position, std::min(positions, first_position + kBlockPositions)};
    const int64_t in_area = window.input[0] * window.input[1] * window.input[2];
    const float* from = input + image_group * in_channels * in_area;
    const int64_t row = image_group % groups * out_channels + first_channel;
    float* to = output + (image_group * out_channels + first_channel) * positions + first_position;

    for (int64_t c = 0; c < channels; ++c) {
      std::fill_n(to + c * positions, range.last - range.first, bias == nullptr ? 0.0F : bias[row + c]);
    }
    const std::vector<Run> runs = runs_of_block(window, range);
    std::vector<float> patches(static_cast<size_t>(kBlockDepth * kBlockStride));
    std::vector<float> sums(static_cast<size_t>(kBlockChannels * kBlockStride));
    for (int64_t k = 0; k < depth; k += kBlockDepth) {
      const int64_t last = std::min(depth, k + kBlockDepth);
      pack_patches(window, from, runs, {k, last}, patches.data());
      std::ranges::fill(sums, 0.0F);
      add_product({weight + row * depth + k, depth}, {patches.data(), kBlockStride}, {sums.data(), kBlockStride},
                  channels, last - k, range.last - range.first);
      for (int64_t c = 0; c < channels; ++c) {
        for (int64_t p = 0; p < range.last - range.first; ++p)
          to[c * positions + p] += sums[static_cast<size_t>(c * kBlockStride + p)];
      }
    }
  }
};

}  // namespace

Tensor conv(const KernelCall& call) {
  Tensor output(call.output_shape);
  const tensor::Shape& weight = call.input(1).shape();
  const Tensor* bias = call.optional_input(2);
  Convolution convolution;
  convolution.window = window3(call.node, call.input(0).shape(), graph::Ints(weight.begin() + 2, weight.end()));
  convolution.input = call.input(0).floats().data();
  convolution.weight = call.input(1).floats().data();
  convolution.bias = bias == nullptr ? nullptr : bias->floats().data();
  convolution.output = output.floats().data();
  convolution.groups = graph::int_attribute(call.node, "group", 1);
  convolution.in_channels = weight[1];
  convolution.out_channels = weight[0] / convolution.groups;
  convolution.depth = call.input(1).size() / weight[0];
  const Window3::Axes& extents = convolution.window.output;
  convolution.positions = extents[0] * extents[1] * extents[2];
  const int64_t blocks = convolution.num_tasks_per_group();
  base::parallel_for(call.output_shape[0] * convolution.groups * blocks, call.num_threads,
                     [&](int64_t task) { convolution.run_block(task / blocks, task % blocks); });
  return output;
}

}  // namespace gerund::infer
