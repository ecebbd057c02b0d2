#include "infer/onednn/direct_conv.h"

#include <cstring>

namespace gerund::infer {

using dnnl::memory;
using Dims = memory::dims;
using Tag = memory::format_tag;

std::optional<DirectConv> DirectConv::make(const DirectConvShape& shape, Layout input) {
  const ConvShape& conv = shape.conv;
  const ConvShape::Axes& k = conv.kernel;
  const int64_t in = conv.in_channels / shape.groups, out = conv.out_channels / shape.groups;
  const Dims extents =
      shape.groups == 1 ? Dims{out, in, k[0], k[1], k[2]} : Dims{shape.groups, out, in, k[0], k[1], k[2]};
  dnnl::post_ops steps;
  if (shape.adds) steps.append_sum(1.0F);
  append_clamp(steps, shape.clamp);
  dnnl::primitive_attr attributes;
  attributes.set_post_ops(steps);
  attributes.set_scratchpad_mode(dnnl::scratchpad_mode::user);
  DirectConv result;
  result.description_ =
      describe_conv(shape, describe(input_shape(conv), input), memory::desc(extents, memory::data_type::f32, Tag::any),
                    describe(output_shape(conv), Layout::blocked), attributes,
                    [](std::string_view kernel) { return kernel.find("ref") == std::string_view::npos; });
  if (!result.description_) return std::nullopt;
  result.primitive_ = dnnl::convolution_forward(result.description_);
  result.plain_weights_ = memory::desc(extents, memory::data_type::f32, shape.groups == 1 ? Tag::abcde : Tag::abcdef);
  return result;
}

int64_t DirectConv::num_scratch_floats() const {
  return floats_for(description_.scratchpad_desc().get_size());
}

int64_t DirectConv::num_packed_bytes() const {
  return static_cast<int64_t>(description_.weights_desc().get_size());
}

memory DirectConv::blank() const {
  return zeros(description_.weights_desc());
}

memory DirectConv::pack(const float* weights) const {
  return repack(view(plain_weights_, weights));
}

memory DirectConv::repack(const memory& packed) const {
  // Plain weights belong to the caller, and are copied even where oneDNN takes them as they are.
  if (packed.get_desc() == description_.weights_desc() && packed.get_desc() == plain_weights_) {
    memory copy(plain_weights_, cpu());
    std::memcpy(copy.get_data_handle(), packed.get_data_handle(), plain_weights_.get_size());
    return copy;
  }
  return reordered(packed, description_.weights_desc());
}

void DirectConv::run(const float* input, const memory& packed, const float* bias, float* output, float* scratch) const {
  dnnl::stream stream(cpu());
  primitive_.execute(stream, {{DNNL_ARG_SRC, view(description_.src_desc(), input)},
                              {DNNL_ARG_WEIGHTS, packed},
                              {DNNL_ARG_BIAS, view(description_.bias_desc(), bias)},
                              {DNNL_ARG_DST, view(description_.dst_desc(), output)},
                              {DNNL_ARG_SCRATCHPAD, view(description_.scratchpad_desc(), scratch)}});
  stream.wait();
}

}  // namespace gerund::infer
