#include "infer/onednn/narrow_conv.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstring>
#include <string_view>
#include <utility>

namespace gerund::infer {
namespace {

using dnnl::memory;
using Tag = memory::format_tag;
using Type = memory::data_type;

// Note [Not every kernel]
// oneDNN 2.6.3's kernels named brgconv write outside of their memory, or give wrong sums, for some shapes with a stride
// and read outside for others. Its older ones ("jit") stayed inside under guard pages for thousands of random shapes,
// and those of bytes were right; of bfloat16 some left outputs unwritten, mostly where the kernel has one row of
// several columns. So the former are never taken, such kernels neither (networks of this field do not have them), and
// the others are tried first (Note [Trust is good] in infer/onednn/conv_check.h).
constexpr bool kHasBrokenKernels = DNNL_VERSION_MAJOR < 3;

bool is_named(std::string_view kernel, std::string_view part) {
  return kernel.find(part) != std::string_view::npos;
}

bool is_right_and_fast(std::string_view kernel) {
  return !is_named(kernel, "ref") && !is_named(kernel, "gemm") && !(kHasBrokenKernels && is_named(kernel, "brgconv"));
}

/// Older processors only act as if they multiplied bfloat16.
bool has_bf16_products(std::string_view kernel) {
  constexpr std::array kSets{"core_bf16", "amx", "avx10", "avx2_vnni_2"};
  return is_right_and_fast(kernel) &&
         std::ranges::any_of(kSets, [&](const char* set) { return is_named(kernel, set); });
}

bool has_byte_products(std::string_view kernel) {
  return is_right_and_fast(kernel) && (is_named(kernel, "vnni") || is_named(kernel, "amx"));
}

bool has_shape_of_networks(const DirectConvShape& shape) {
  const ConvShape::Axes& kernel = shape.conv.kernel;
  return shape.groups == 1 && (kernel[1] > 1 || kernel[2] == 1);
}

}  // namespace

bool NarrowConv::take_narrow(const DirectConvShape& shape, Layout input, Layout output, Type weights,
                             const dnnl::primitive_attr& attributes, MayTake may_take) {
  const ConvShape& conv = shape.conv;
  const ConvShape::Axes& k = conv.kernel;
  weight_extents_ = {conv.out_channels, conv.in_channels, k[0], k[1], k[2]};
  return take(shape, describe(input_shape(conv), input), memory::desc(weight_extents_, weights, Tag::any),
              describe(output_shape(conv), output), attributes, may_take);
}

std::optional<NarrowConv> NarrowConv::make_bf16(const DirectConvShape& shape) {
  if (!has_shape_of_networks(shape)) return std::nullopt;
  dnnl::post_ops steps;
  if (shape.adds) steps.append_sum(1.0F);
  append_clamp(steps, shape.clamp);
  dnnl::primitive_attr attributes;
  attributes.set_post_ops(steps);
  NarrowConv result;
  result.sums_in_place_ = true;
  if (!result.take_narrow(shape, Layout::bf16, Layout::bf16, Type::bf16, attributes, has_bf16_products))
    return std::nullopt;
  return result;
}

std::optional<NarrowConv> NarrowConv::make_int8(const DirectConvShape& shape, const ByteScales& scales) {
  if (!has_shape_of_networks(shape)) return std::nullopt;
  const Layout output = scales.output ? Layout::u8 : Layout::last;
  NarrowConv result;
  result.bytes_ = scales;
  result.sums_in_place_ = scales.summand.has_value() == scales.output.has_value();
  dnnl::post_ops steps;
  if (shape.adds && result.sums_in_place_) {
    steps.append_sum(scales.summand.value_or(1.0F));
  } else if (shape.adds) {
    result.summand_ = describe(output_shape(shape.conv), Layout::last);
    steps.append_binary(dnnl::algorithm::binary_add, result.summand_);
  }
  append_clamp(steps, shape.clamp);
  if (scales.output) append_linear(steps, 1 / *scales.output);
  dnnl::primitive_attr attributes;
  attributes.set_post_ops(steps);
#if DNNL_VERSION_MAJOR >= 3
  attributes.set_scales_mask(DNNL_ARG_SRC, 0);
  attributes.set_scales_mask(DNNL_ARG_WEIGHTS, 1);
#else
  std::vector<float> of_sums(scales.weights);
  for (float& scale : of_sums) scale *= scales.input;
  attributes.set_output_scales(2, of_sums);
#endif
  const MayTake may_take = scales.has_large_weights ? has_byte_products : is_right_and_fast;
  if (!result.take_narrow(shape, Layout::u8, output, Type::s8, attributes, may_take)) return std::nullopt;
  return result;
}

memory NarrowConv::pack(const float* weights) const {
  if (!bytes_) return repack(view(memory::desc(weight_extents_, Type::f32, Tag::abcde), weights));
  memory whole(memory::desc(weight_extents_, Type::s8, Tag::abcde), cpu());
  auto* const to = static_cast<int8_t*>(whole.get_data_handle());
  const size_t channels = bytes_->weights.size(), each = whole.get_desc().get_size() / channels;
  for (size_t i = 0; i < channels * each; ++i)
    to[i] = static_cast<int8_t>(std::clamp(std::nearbyint(weights[i] / bytes_->weights[i / each]), -128.0F, 127.0F));
  return repack(whole);
}

std::vector<float> NarrowConv::pack_bias(std::vector<float> bias) const {
#if DNNL_VERSION_MAJOR < 3  // There the scales of the sums hold for the bias as well.
  for (size_t channel = 0; bytes_ && channel < bytes_->weights.size(); ++channel)
    bias[channel] /= bytes_->input * bytes_->weights[channel];
#endif
  return bias;
}

void NarrowConv::run(const float* input, const memory& packed, const float* bias, const float* summand, float* output,
                     float* scratch) const {
  Arguments more;
  if (summand != nullptr && sums_in_place_) {
    if (summand != output) std::memcpy(output, summand, description().dst_desc().get_size());
  } else if (summand != nullptr) {
    more.insert({DNNL_ARG_ATTR_MULTIPLE_POST_OP(0) | DNNL_ARG_SRC_1, view(summand_, summand)});
  }
#if DNNL_VERSION_MAJOR >= 3
  if (bytes_) {
    const memory::desc one({1}, Type::f32, Tag::a);
    const memory::desc channels({static_cast<memory::dim>(bytes_->weights.size())}, Type::f32, Tag::a);
    more.insert({DNNL_ARG_ATTR_SCALES | DNNL_ARG_SRC, view(one, &bytes_->input)});
    more.insert({DNNL_ARG_ATTR_SCALES | DNNL_ARG_WEIGHTS, view(channels, bytes_->weights.data())});
  }
#endif
  execute(input, packed, bias, output, scratch, std::move(more));
}

bool has_bf16() {
  DirectConvShape shape;
  shape.conv = {1, 64, 64, {1, 8, 8}, {1, 3, 3}, {1, 1, 1}, {0, 1, 1}, {1, 8, 8}};
  shape.pad_end = {0, 1, 1};
  return NarrowConv::make_bf16(shape).has_value();
}

}  // namespace gerund::infer
