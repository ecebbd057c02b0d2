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

tensor::Shape input_shape(const ConvShape& conv) {
  return {conv.batch, conv.in_channels, conv.input[0], conv.input[1], conv.input[2]};
}

tensor::Shape output_shape(const ConvShape& conv) {
  return {conv.batch, conv.out_channels, conv.output[0], conv.output[1], conv.output[2]};
}

memory::desc channels_last(const tensor::Shape& shape, memory::data_type type) {
  return {Dims(shape.begin(), shape.end()), type, memory::format_tag::acdeb};
}

/// Empty where oneDNN has no such convolution.
dnnl::convolution_forward::primitive_desc describe_conv(const DirectConvShape& shape, const memory::desc& source,
                                                        const memory::desc& weights, const memory::desc& target) {
  const ConvShape& conv = shape.conv;
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

bool is_fast(const dnnl::convolution_forward::primitive_desc& description) {
  return description && std::string_view(description.impl_info_str()).find("ref") == std::string_view::npos;
}

/// Floats that take so many bytes, in whole cache lines.
int64_t floats_for(size_t bytes) {
  constexpr size_t kLine = 64;
  return static_cast<int64_t>((bytes + kLine - 1) / kLine * (kLine / sizeof(float)));
}

/// The same values in another layout or type; the memory itself where it is so already.
memory reordered(const memory& given, const memory::desc& wanted) {
  if (given.get_desc() == wanted) return given;
  memory from = given, to(wanted, cpu());
  dnnl::stream stream(cpu());
  dnnl::reorder(from, to).execute(stream, from, to);
  stream.wait();
  return to;
}

memory zeros(const memory::desc& description) {
  memory made(description, cpu());
  std::memset(made.get_data_handle(), 0, description.get_size());
  return made;
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
  result.description_ =
      describe_conv(shape, describe(input_shape(conv), input), any_weights, describe(output_shape(conv), output));
  if (!is_fast(result.description_)) return std::nullopt;
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
  return zeros(description_.weights_desc());
}

dnnl::memory DirectConv::pack(const float* weights) const {
  return repack(view(plain_weights_, weights));
}

dnnl::memory DirectConv::repack(const dnnl::memory& packed) const {
  // Plain weights belong to the caller, and are copied even where oneDNN takes them as they are.
  if (packed.get_desc() == description_.weights_desc() && packed.get_desc() == plain_weights_) {
    memory copy(plain_weights_, cpu());
    std::memcpy(copy.get_data_handle(), packed.get_data_handle(), plain_weights_.get_size());
    return copy;
  }
  return reordered(packed, description_.weights_desc());
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

namespace {

// Note [Only what networks do]
// oneDNN 2.6.3's convolutions for matrix units write outside of their memory, or give wrong sums, for some shapes with
// a stride, and read outside for others with an even kernel. So they are taken for odd kernels without stride or
// dilation, padded evenly on both sides, all before (causal), or not at all: 1600 random ones of these gave right
// answers under a checking allocator, and tests/infer runs more.
bool is_usual(const DirectConvShape& shape) {
  if (shape.groups != 1) return false;
  const ConvShape& conv = shape.conv;
  for (size_t axis = 0; axis < conv.kernel.size(); ++axis) {
    const int64_t kernel = conv.kernel.at(axis), pad = conv.pad.at(axis), pad_end = shape.pad_end.at(axis);
    const bool is_padded_so = (pad == kernel / 2 && pad_end == kernel / 2) || (pad == kernel - 1 && pad_end == 0) ||
                              (pad == 0 && pad_end == 0);
    if (kernel % 2 == 0 || conv.stride.at(axis) != 1 || shape.dilation.at(axis) != 1 || !is_padded_so) return false;
  }
  return true;
}

}  // namespace

std::optional<Bf16Conv> Bf16Conv::make(const DirectConvShape& shape, Layout input) {
  if (!is_usual(shape)) return std::nullopt;
  const ConvShape& conv = shape.conv;
  const Axes& k = conv.kernel;
  const Dims extents{conv.out_channels, conv.in_channels, k[0], k[1], k[2]};
  using Tag = memory::format_tag;
  Bf16Conv result;
  result.description_ = describe_conv(shape, channels_last(input_shape(conv), memory::data_type::bf16),
                                      memory::desc(extents, memory::data_type::bf16, Tag::any),
                                      channels_last(output_shape(conv), memory::data_type::f32));
  if (!is_fast(result.description_)) return std::nullopt;
  result.primitive_ = dnnl::convolution_forward(result.description_);
  result.plain_weights_ = memory::desc(extents, memory::data_type::f32, Tag::abcde);
  result.given_ = describe(input_shape(conv), input);
  result.blocked_ = describe(output_shape(conv), Layout::blocked);
  const auto reorder_of = [](const memory::desc& from, const memory::desc& to) {
    return dnnl::reorder(dnnl::reorder::primitive_desc(cpu(), from, cpu(), to));
  };
  result.round_ = reorder_of(result.given_, result.description_.src_desc());
  result.bring_ = reorder_of(result.blocked_, result.description_.dst_desc());
  result.give_ = reorder_of(result.description_.dst_desc(), result.blocked_);
  return result;
}

int64_t Bf16Conv::num_scratch_floats() const {
  return floats_for(description_.src_desc().get_size()) + floats_for(description_.dst_desc().get_size()) +
         floats_for(description_.scratchpad_desc().get_size());
}

int64_t Bf16Conv::num_packed_bytes() const {
  return static_cast<int64_t>(description_.weights_desc().get_size());
}

dnnl::memory Bf16Conv::blank() const {
  return zeros(description_.weights_desc());
}

dnnl::memory Bf16Conv::pack(const float* weights) const {
  return repack(view(plain_weights_, weights));
}

dnnl::memory Bf16Conv::repack(const dnnl::memory& packed) const {
  return reordered(packed, description_.weights_desc());
}

void Bf16Conv::run(const float* input, const dnnl::memory& packed, const float* bias, const float* summand,
                   float* output, float* scratch) const {
  float* sums = scratch + floats_for(description_.src_desc().get_size());
  float* pad = sums + floats_for(description_.dst_desc().get_size());
  memory given = view(given_, input), rounded = view(description_.src_desc(), scratch);
  memory sum = view(description_.dst_desc(), sums), result = view(blocked_, output);
  dnnl::stream stream(cpu());
  round_.execute(stream, given, rounded);
  if (summand != nullptr) {
    memory addend = view(blocked_, summand);
    bring_.execute(stream, addend, sum);
  }
  primitive_.execute(stream, {{DNNL_ARG_SRC, rounded},
                              {DNNL_ARG_WEIGHTS, packed},
                              {DNNL_ARG_BIAS, view(description_.bias_desc(), bias)},
                              {DNNL_ARG_DST, sum},
                              {DNNL_ARG_SCRATCHPAD, view(description_.scratchpad_desc(), pad)}});
  give_.execute(stream, sum, result);
  stream.wait();
}

bool has_bf16() {
  DirectConvShape shape;
  shape.conv = {1, 64, 64, {1, 8, 8}, {1, 3, 3}, {1, 1, 1}, {0, 1, 1}, {1, 8, 8}};
  shape.pad_end = {0, 1, 1};
  return Bf16Conv::make(shape, Layout::blocked).has_value();
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
