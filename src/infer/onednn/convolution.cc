#include "infer/onednn/convolution.h"

#include <fmt/format.h>

#include <algorithm>
#include <functional>
#include <optional>
#include <utility>

#include "infer/onednn/direct_conv.h"
#include "infer/onednn/primitives.h"
#include "infer/onednn/space_to_depth.h"
#include "infer/parallel.h"
#include "infer/winograd/batch_parts.h"
#include "infer/winograd/gather_conv.h"
#include "infer/winograd/tap_conv.h"
#include "infer/winograd/winograd_conv.h"

namespace gerund::infer {
namespace {

int64_t blocked_floats(int64_t batch, int64_t channels, const ConvShape::Axes& extent) {
  return num_floats({batch, channels, extent[0], extent[1], extent[2]}, Layout::blocked);
}

std::vector<float> padded_bias(const float* bias, int64_t channels) {
  const int64_t panel = 2 * block_lanes();
  std::vector<float> padded(static_cast<size_t>((channels + panel - 1) / panel * panel), 0.0F);
  if (bias != nullptr) std::copy_n(bias, channels, padded.begin());
  return padded;
}

/// A plan of one of oneDNN's convolutions, which pack weights alike; but for how it runs.
template <typename Conv, typename PackBias>
PlannedConv plan_packing(const std::shared_ptr<const Conv>& conv, const ConvAlgorithm& name, int64_t channels,
                         const PackBias& pack_bias) {
  PlannedConv planned;
  planned.algorithm = name;
  planned.num_scratch_floats = conv->num_scratch_floats();
  planned.num_packed_bytes = conv->num_packed_bytes();
  planned.pack = [conv, name, channels, pack_bias](const float* weights, const float* bias) {
    return PackedConv{name, {}, conv->pack(weights), pack_bias(padded_bias(bias, channels))};
  };
  planned.blank = [conv, name, channels] {
    return PackedConv{name, {}, conv->blank(), padded_bias(nullptr, channels)};
  };
  planned.adapt = [conv](std::shared_ptr<const PackedConv> weights) {
    dnnl::memory wanted = conv->repack(weights->direct);
    if (wanted == weights->direct) return weights;
    return std::make_shared<const PackedConv>(PackedConv{weights->algorithm, {}, wanted, weights->bias});
  };
  return planned;
}

std::optional<PlannedConv> plan_direct(const DirectConvShape& shape, Layout input) {
  const std::optional<DirectConv> made = DirectConv::make(shape, input);
  if (!made) return std::nullopt;
  const auto conv = std::make_shared<const DirectConv>(*made);
  PlannedConv planned = plan_packing(conv, "direct", shape.conv.out_channels, std::identity());
  planned.input = input;
  planned.run = [conv, outputs = blocked_floats(shape.conv.batch, shape.conv.out_channels, shape.conv.output)](
                    const PackedConv& weights, const ConvInput& in, const float* summand, float* out, float* scratch) {
    if (summand != nullptr && summand != out) std::copy_n(summand, outputs, out);
    conv->run(in.first, weights.direct, weights.bias.data(), out, scratch);
  };
  return planned;
}

PlannedConv plan_narrow(const NarrowConv& made, const ConvAlgorithm& name, const DirectConvShape& shape) {
  const auto conv = std::make_shared<const NarrowConv>(made);
  PlannedConv planned = plan_packing(conv, name, shape.conv.out_channels,
                                     [conv](std::vector<float> bias) { return conv->pack_bias(std::move(bias)); });
  planned.run = [conv](const PackedConv& weights, const ConvInput& in, const float* summand, float* out,
                       float* scratch) {
    conv->run(in.first, weights.direct, weights.bias.data(), summand, out, scratch);
  };
  return planned;
}

std::optional<PlannedConv> plan_bf16(const DirectConvShape& shape) {
  const std::optional<NarrowConv> made = NarrowConv::make_bf16(shape);
  if (!made) return std::nullopt;
  PlannedConv planned = plan_narrow(*made, "bf16", shape);
  planned.input = planned.summand = planned.output = Layout::bf16;
  return planned;
}

/// Of a plain input of few channels, whose phases lie side by side as channels.
std::optional<PlannedConv> plan_bf16_phases(const DirectConvShape& shape, int num_threads) {
  DirectConvShape problem = shape;
  problem.conv = phases_as_channels(shape.conv);
  const ConvShape& conv = problem.conv;
  for (size_t axis = 0; axis < conv.input.size(); ++axis) {
    const int64_t last = (conv.output.at(axis) - 1) * conv.stride.at(axis) + conv.kernel.at(axis) - conv.pad.at(axis);
    if (last <= conv.input.at(axis) - conv.stride.at(axis)) return std::nullopt;  // Part of the input is not read.
    problem.pad_end.at(axis) = std::max<int64_t>(0, last - conv.input.at(axis));  // Where the kernel stands last.
  }
  std::optional<PlannedConv> planned = plan_bf16(problem);
  if (!planned) return std::nullopt;
  const tensor::Shape phases = input_shape(conv);
  const int64_t blocked = floats_for(sizeof(float) * static_cast<size_t>(num_floats(phases, Layout::blocked)));
  const int64_t rounded = floats_for(sizeof(float) * static_cast<size_t>(num_floats(phases, Layout::bf16)));
  planned->algorithm = "bf16-phases";
  planned->input = Layout::plain;
  planned->num_scratch_floats += blocked + rounded;
  planned->run = [run = planned->run, reorder = Reorder(phases, Layout::blocked, Layout::bf16), blocked, rounded,
                  original = shape.conv, num_threads](const PackedConv& weights, const ConvInput& in,
                                                      const float* summand, float* out, float* scratch) {
    space_to_depth(original, in.first, num_threads, scratch);
    reorder.run(scratch, scratch + blocked);
    run(weights, scratch + blocked, summand, out, scratch + blocked + rounded);
  };
  planned->blank = [blank = planned->blank] {
    PackedConv packed = blank();
    packed.algorithm = "bf16-phases";
    return packed;
  };
  planned->pack = [pack = planned->pack, original = shape.conv](const float* weights, const float* bias) {
    PackedConv packed = pack(weights_of_phases(original, weights).data(), bias);
    packed.algorithm = "bf16-phases";
    return packed;
  };
  return planned;
}

std::optional<PlannedConv> plan_int8(const DirectConvShape& shape, const ByteScales& scales) {
  const std::optional<NarrowConv> made = NarrowConv::make_int8(shape, scales);
  if (!made) return std::nullopt;
  PlannedConv planned = plan_narrow(*made, "int8", shape);
  planned.bytes = scales;
  planned.input = Layout::u8;
  planned.summand = scales.summand ? Layout::u8 : Layout::last;
  planned.output = scales.output ? Layout::u8 : Layout::last;
  return planned;
}

/// A plan of one of our own convolutions, whose input is in blocks.
template <typename Conv>
PlannedConv plan_own(const std::shared_ptr<const Conv>& conv, const ConvAlgorithm& name, const DirectConvShape& shape) {
  PlannedConv planned;
  planned.algorithm = name;
  planned.takes_parts = true;
  planned.num_scratch_floats = conv->num_scratch_floats();
  planned.num_packed_bytes = conv->num_packed_floats() * static_cast<int64_t>(sizeof(float));
  planned.run = [conv, clamp = shape.clamp](const PackedConv& weights, const ConvInput& in, const float* summand,
                                            float* out, float* scratch) {
    conv->run(in, weights.own.data(), weights.bias.data(), summand, clamp.low, clamp.high, out, scratch);
  };
  planned.pack = [conv, channels = shape.conv.out_channels, name](const float* weights, const float* bias) {
    PackedConv packed{name, AlignedFloats(conv->num_packed_floats()), {}, padded_bias(bias, channels)};
    conv->pack(weights, packed.own.data());
    return packed;
  };
  planned.blank = [conv, channels = shape.conv.out_channels, name] {
    PackedConv packed{name, AlignedFloats(conv->num_packed_floats()), {}, padded_bias(nullptr, channels)};
    std::fill_n(packed.own.data(), packed.own.size(), 0.0F);
    return packed;
  };
  planned.adapt = [](std::shared_ptr<const PackedConv> weights) { return weights; };
  return planned;
}

PlannedConv plan_winograd(const WinogradKernels& kernels, const DirectConvShape& shape, int points, int num_threads,
                          const char* of_phases = "") {
  const auto conv = std::make_shared<const WinogradConv>(kernels, shape.conv, num_threads, WinogradOptions{points});
  const char* of_halves = kernels.depth_multiple > 1 ? "-halves" : "";
  return plan_own(conv, fmt::format("winograd{}{}{}", points, of_phases, of_halves), shape);
}

/// Of a plain input, which is brought into blocks sample by sample, since a whole batch would take as much memory
/// again: as it is, or the phases of each channel side by side as channels.
PlannedConv plan_winograd_of_plain(const WinogradKernels& kernels, const DirectConvShape& shape, int points,
                                   int num_threads, bool from_phases) {
  DirectConvShape of_one = shape;
  of_one.conv.batch = 1;
  const ConvShape original = of_one.conv;
  if (from_phases) of_one.conv = phases_as_channels(original);
  const int64_t inputs = num_floats(input_shape(original), Layout::plain);
  const int64_t brought = num_floats(input_shape(of_one.conv), Layout::blocked);
  const int64_t outputs = num_floats(output_shape(original), Layout::blocked);
  PlannedConv planned = plan_winograd(kernels, of_one, points, num_threads, from_phases ? "-phases" : "");
  planned.input = Layout::plain;
  planned.takes_parts = false;
  planned.num_scratch_floats += brought;
  std::function<void(const float*, float*)> bring;
  if (from_phases) {
    bring = [original, num_threads](const float* in, float* to) { space_to_depth(original, in, num_threads, to); };
  } else {
    const Reorder reorder(input_shape(original), Layout::plain, Layout::blocked);
    bring = [reorder](const float* in, float* to) { reorder.run(in, to); };
  }
  planned.run = [run = planned.run, bring, batch = shape.conv.batch, inputs, brought, outputs](
                    const PackedConv& weights, const ConvInput& in, const float* summand, float* out, float* scratch) {
    for (int64_t sample = 0; sample < batch; ++sample) {
      bring(in.first + sample * inputs, scratch);
      run(weights, scratch, summand == nullptr ? nullptr : summand + sample * outputs, out + sample * outputs,
          scratch + brought);
    }
  };
  if (from_phases)
    planned.pack = [pack = planned.pack, original](const float* weights, const float* bias) {
      return pack(weights_of_phases(original, weights).data(), bias);
    };
  return planned;
}

/// One whose scratch holds the whole input: nullopt where that is large for a single sample, whatever the batch, since
/// weights that are packed must fit every one.
template <typename Conv, typename Make>
std::optional<PlannedConv> plan_with_input_in_scratch(const DirectConvShape& shape, const std::string& name,
                                                      const Make& make) {
  constexpr int64_t kMostScratchFloats = int64_t{8} << 20;
  const auto conv = std::make_shared<const BatchParts<Conv>>(shape.conv, block_lanes(), kMostScratchFloats, make);
  if (conv->scratch_of_one() > kMostScratchFloats) return std::nullopt;
  return plan_own(conv, name, shape);
}

/// With lean weights, where they are much smaller.
std::optional<PlannedConv> plan_lean(const WinogradKernels& kernels, const DirectConvShape& shape, int points,
                                     int num_threads) {
  constexpr int64_t kLeastBytesLess = int64_t{12} << 20;
  if (!WinogradConv::applies_lean(kernels, shape.conv, points)) return std::nullopt;
  const PlannedConv full = plan_winograd(kernels, shape, points, num_threads);
  std::optional<PlannedConv> lean = plan_with_input_in_scratch<WinogradConv>(
      shape, fmt::format("winograd{}-lean", points), [&](const ConvShape& part) {
        return std::make_shared<const WinogradConv>(kernels, part, num_threads,
                                                    WinogradOptions{points, std::nullopt, true});
      });
  if (!lean || full.num_packed_bytes - lean->num_packed_bytes < kLeastBytesLess) return std::nullopt;
  return lean;
}

/// Note [Shifted rows] in infer/winograd/tap_conv.h: only with kernels that multiply halves.
std::optional<PlannedConv> plan_taps(const DirectConvShape& shape, int num_threads) {
  const WinogradKernels* kernels = winograd_kernels_of_halves();
  if (kernels == nullptr || shape.conv.in_channels < kernels->depth_multiple) return std::nullopt;
  return plan_with_input_in_scratch<TapConv>(shape, "taps-halves", [&](const ConvShape& part) {
    return std::make_shared<const TapConv>(*kernels, part, num_threads);
  });
}

/// Note [Gathered rows] in infer/winograd/gather_conv.h: of small pictures, whose padding is worth leaving out.
std::optional<PlannedConv> plan_gather(const DirectConvShape& shape, int num_threads) {
  constexpr int64_t kMostPixels = 64, kMostFrames = 64;
  const ConvShape::Axes& output = shape.conv.output;
  if (output[1] * output[2] > kMostPixels || output[0] > kMostFrames) return std::nullopt;
  return plan_with_input_in_scratch<GatherConv>(shape, "gather", [&](const ConvShape& part) {
    return std::make_shared<const GatherConv>(*winograd_kernels().front(), part, num_threads);
  });
}

}  // namespace

std::vector<PlannedConv> conv_candidates(const DirectConvShape& shape, Layout input, int num_threads,
                                         const NarrowChoice& narrow) {
  std::vector<PlannedConv> candidates;
  const bool from_plain = input == Layout::plain, fills_blocks = shape.conv.in_channels % block_lanes() == 0;
  if (std::optional<PlannedConv> direct = plan_direct(shape, fills_blocks ? Layout::blocked : input))
    candidates.push_back(std::move(*direct));
  const bool has_direct = !candidates.empty(), with_bf16 = narrow.bf16 && has_direct;
  if (with_bf16)
    if (std::optional<PlannedConv> bf16 = plan_bf16(shape)) candidates.push_back(std::move(*bf16));
  if (narrow.int8 && has_direct)
    if (std::optional<PlannedConv> int8 = plan_int8(shape, *narrow.int8)) candidates.push_back(std::move(*int8));
  const bool is_dense = shape.groups == 1 && shape.dilation == ConvShape::Axes{1, 1, 1};
  if (with_bf16 && is_dense && from_plain && has_phases(shape.conv) && !fills_blocks)
    if (std::optional<PlannedConv> bf16 = plan_bf16_phases(shape, num_threads)) candidates.push_back(std::move(*bf16));
  const Clamp& clamp = shape.clamp;
  const bool keeps_zero = clamp.low <= 0 && clamp.high >= 0;  // Else lanes behind the last channel would not be zero.
  if (!is_dense || (!keeps_zero && shape.conv.out_channels % block_lanes() != 0)) return candidates;
  const bool from_phases = from_plain && !fills_blocks;
  if (from_phases && !has_phases(shape.conv)) return candidates;
  if (!from_phases)
    for (const auto& plan : {plan_taps, plan_gather})
      if (std::optional<PlannedConv> taps = plan(shape, num_threads)) candidates.push_back(std::move(*taps));
  for (const WinogradKernels* kernels : {winograd_kernels().front(), winograd_kernels_of_halves()}) {
    for (const int points : {8, 6, 4, 9, 5}) {
      if (kernels == nullptr ||
          !WinogradConv::applies(*kernels, from_phases ? phases_as_channels(shape.conv) : shape.conv, points))
        continue;
      candidates.push_back(from_plain ? plan_winograd_of_plain(*kernels, shape, points, num_threads, from_phases)
                                      : plan_winograd(*kernels, shape, points, num_threads));
    }
  }
  if (!from_phases) {
    for (const int points : {6, 4, 9, 5})
      if (std::optional<PlannedConv> lean = plan_lean(*winograd_kernels().front(), shape, points, num_threads))
        candidates.push_back(std::move(*lean));
  }
  return candidates;
}

}  // namespace gerund::infer
