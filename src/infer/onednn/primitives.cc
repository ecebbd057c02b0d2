#include "infer/onednn/primitives.h"

#include <fmt/format.h>

#include <cstring>
#include <string_view>

#include "base/error.h"
#include "infer/winograd/kernels.h"

namespace gerund::infer {
namespace {

using dnnl::memory;
using Axes = ConvShape::Axes;
using Dims = memory::dims;

const dnnl::engine& cpu() {
  static const dnnl::engine engine(dnnl::engine::kind::cpu, 0);
  return engine;
}

memory::format_tag tag_of(Layout layout) {
  if (layout == Layout::plain) return memory::format_tag::abcde;
  return block_lanes() == 16 ? memory::format_tag::aBcde16b : memory::format_tag::aBcde8b;
}

memory::desc describe(const tensor::Shape& shape, Layout layout) {
  return {Dims(shape.begin(), shape.end()), memory::data_type::f32, tag_of(layout)};
}

Dims dims(const Axes& axes) {
  return {axes[0], axes[1], axes[2]};
}

/// oneDNN never writes to its inputs.
memory view(const memory::desc& description, const float* data) {
  return {description, cpu(), const_cast<float*>(data)};  // NOLINT(cppcoreguidelines-pro-type-const-cast)
}

dnnl::primitive_attr attributes_of(const DirectConvShape& shape) {
  dnnl::post_ops steps;
  if (shape.adds) steps.append_sum(1.0F);
  const Clamp& clamp = shape.clamp;
  const bool is_relu = clamp.low == 0 && !clamp.has_high();
  const dnnl::algorithm algorithm = is_relu ? dnnl::algorithm::eltwise_relu : dnnl::algorithm::eltwise_clip;
  const float low = is_relu ? 0 : std::max(clamp.low, std::numeric_limits<float>::lowest());
  const float high = is_relu ? 0 : std::min(clamp.high, std::numeric_limits<float>::max());
#if DNNL_VERSION_MAJOR >= 3
  if (!clamp.is_none()) steps.append_eltwise(algorithm, low, high);
#else
  if (!clamp.is_none()) steps.append_eltwise(1.0F, algorithm, low, high);
#endif
  dnnl::primitive_attr attributes;
  attributes.set_post_ops(steps);
  attributes.set_scratchpad_mode(dnnl::scratchpad_mode::user);
  return attributes;
}

dnnl::convolution_forward::primitive_desc describe_conv(const DirectConvShape& shape, const memory::desc& weights,
                                                        Layout input, Layout output) {
  const ConvShape& conv = shape.conv;
  const memory::desc source =
      describe({conv.batch, conv.in_channels, conv.input[0], conv.input[1], conv.input[2]}, input);
  const memory::desc target =
      describe({conv.batch, conv.out_channels, conv.output[0], conv.output[1], conv.output[2]}, output);
  const memory::desc bias({conv.out_channels}, memory::data_type::f32, memory::format_tag::a);
  const Axes& d = shape.dilation;
  const Dims dilation{d[0] - 1, d[1] - 1, d[2] - 1};
  constexpr auto kKind = dnnl::prop_kind::forward_inference;
  constexpr auto kAlgorithm = dnnl::algorithm::convolution_direct;
#if DNNL_VERSION_MAJOR >= 3
  return {cpu(),
          kKind,
          kAlgorithm,
          source,
          weights,
          bias,
          target,
          dims(conv.stride),
          dilation,
          dims(conv.pad),
          dims(shape.pad_end),
          attributes_of(shape),
          true};
#else
  const dnnl::convolution_forward::desc operation(kKind, kAlgorithm, source, weights, bias, target, dims(conv.stride),
                                                  dilation, dims(conv.pad), dims(shape.pad_end));
  return {operation, attributes_of(shape), cpu(), true};
#endif
}

dnnl::pooling_forward::primitive_desc describe_pool(const PoolShape& shape) {
  const memory::desc source =
      describe({shape.batch, shape.channels, shape.input[0], shape.input[1], shape.input[2]}, Layout::blocked);
  const memory::desc target =
      describe({shape.batch, shape.channels, shape.output[0], shape.output[1], shape.output[2]}, Layout::blocked);
  constexpr auto kKind = dnnl::prop_kind::forward_inference;
  using Kind = PoolShape::Kind;
  const dnnl::algorithm algorithm = shape.kind == Kind::max       ? dnnl::algorithm::pooling_max
                                    : shape.kind == Kind::average ? dnnl::algorithm::pooling_avg_exclude_padding
                                                                  : dnnl::algorithm::pooling_avg_include_padding;
#if DNNL_VERSION_MAJOR >= 3
  return {cpu(),     kKind,           algorithm,          source, target, dims(shape.stride), dims(shape.kernel),
          {0, 0, 0}, dims(shape.pad), dims(shape.pad_end)};
#else
  return {
      {kKind, algorithm, source, target, dims(shape.stride), dims(shape.kernel), dims(shape.pad), dims(shape.pad_end)},
      cpu()};
#endif
}

}  // namespace

std::string onednn_version() {
  const dnnl_version_t& version = *dnnl_version();
  return fmt::format("{}.{}.{}", version.major, version.minor, version.patch);
}

int64_t block_lanes() {
  return winograd_kernels().front()->lanes;
}

tensor::Shape five_axes(const tensor::Shape& shape) {
  if (shape.size() == 5) return shape;
  if (shape.size() != 4) throw base::InternalError("a tensor of rank 4 or 5 is wanted");
  return {shape[0], shape[1], 1, shape[2], shape[3]};
}

int64_t num_floats(const tensor::Shape& shape, Layout layout) {
  if (layout == Layout::plain) return tensor::num_elements(shape);
  const int64_t lanes = block_lanes();
  return tensor::num_elements(shape) / shape[1] * ((shape[1] + lanes - 1) / lanes * lanes);
}

std::optional<DirectConv> DirectConv::make(const DirectConvShape& shape, Layout input, Layout output) {
  const ConvShape& conv = shape.conv;
  const Axes& k = conv.kernel;
  const int64_t in = conv.in_channels / shape.groups, out = conv.out_channels / shape.groups;
  const Dims extents =
      shape.groups == 1 ? Dims{out, in, k[0], k[1], k[2]} : Dims{shape.groups, out, in, k[0], k[1], k[2]};
  using Tag = memory::format_tag;
  const memory::desc any_weights(extents, memory::data_type::f32, Tag::any);
  DirectConv result;
  result.description_ = describe_conv(shape, any_weights, input, output);
  if (!result.description_) return std::nullopt;
  if (std::string_view(result.description_.impl_info_str()).find("ref") != std::string_view::npos) return std::nullopt;
  result.primitive_ = dnnl::convolution_forward(result.description_);
  result.plain_weights_ = memory::desc(extents, memory::data_type::f32, shape.groups == 1 ? Tag::abcde : Tag::abcdef);
  return result;
}

int64_t DirectConv::num_scratch_floats() const {
  return static_cast<int64_t>(description_.scratchpad_desc().get_size() + sizeof(float) - 1) /
         static_cast<int64_t>(sizeof(float));
}

int64_t DirectConv::num_packed_bytes() const {
  return static_cast<int64_t>(description_.weights_desc().get_size());
}

dnnl::memory DirectConv::blank() const {
  memory weights(description_.weights_desc(), cpu());
  std::memset(weights.get_data_handle(), 0, description_.weights_desc().get_size());
  return weights;
}

dnnl::memory DirectConv::pack(const float* weights) const {
  return repack(view(plain_weights_, weights));
}

dnnl::memory DirectConv::repack(const dnnl::memory& packed) const {
  // Plain weights belong to the caller, and are copied even where oneDNN takes them as they are.
  if (packed.get_desc() == description_.weights_desc() && packed.get_desc() != plain_weights_) return packed;
  memory from = packed, to(description_.weights_desc(), cpu());
  dnnl::stream stream(cpu());
  dnnl::reorder(from, to).execute(stream, from, to);
  stream.wait();
  return to;
}

void DirectConv::run(const float* input, const dnnl::memory& packed, const float* bias, float* output,
                     float* scratch) const {
  dnnl::stream stream(cpu());
  primitive_.execute(stream, {{DNNL_ARG_SRC, view(description_.src_desc(), input)},
                              {DNNL_ARG_WEIGHTS, packed},
                              {DNNL_ARG_BIAS, view(description_.bias_desc(), bias)},
                              {DNNL_ARG_DST, view(description_.dst_desc(), output)},
                              {DNNL_ARG_SCRATCHPAD, view(description_.scratchpad_desc(), scratch)}});
  stream.wait();
}

Pool::Pool(const PoolShape& shape) : description_(describe_pool(shape)), primitive_(description_) {}

void Pool::run(const float* input, float* output) const {
  dnnl::stream stream(cpu());
  primitive_.execute(stream, {{DNNL_ARG_SRC, view(description_.src_desc(), input)},
                              {DNNL_ARG_DST, view(description_.dst_desc(), output)}});
  stream.wait();
}

Reorder::Reorder(const tensor::Shape& shape, Layout from, Layout to)
    : from_(describe(five_axes(shape), from)), to_(describe(five_axes(shape), to)) {
  primitive_ = dnnl::reorder(dnnl::reorder::primitive_desc(cpu(), from_, cpu(), to_));
}

void Reorder::run(const float* input, float* output) const {
  dnnl::stream stream(cpu());
  memory from = view(from_, input), to = view(to_, output);
  primitive_.execute(stream, from, to);
  stream.wait();
}

}  // namespace gerund::infer
