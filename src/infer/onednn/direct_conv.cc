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
  DirectConv result;
  result.plain_weights_ = memory::desc(extents, memory::data_type::f32, shape.groups == 1 ? Tag::abcde : Tag::abcdef);
  const auto is_fast = [](std::string_view name) { return name.find("ref") == std::string_view::npos; };
  if (!result.take(shape, describe(input_shape(conv), input), memory::desc(extents, memory::data_type::f32, Tag::any),
                   describe(output_shape(conv), Layout::blocked), attributes, is_fast))
    return std::nullopt;
  return result;
}

memory DirectConv::pack(const float* weights) const {
  if (description().weights_desc() != plain_weights_) return repack(view(plain_weights_, weights));
  memory copy(plain_weights_, cpu());  // They belong to the caller.
  std::memcpy(copy.get_data_handle(), weights, plain_weights_.get_size());
  return copy;
}

void DirectConv::run(const float* input, const memory& packed, const float* bias, float* output, float* scratch) const {
  execute(input, packed, bias, output, scratch);
}

}  // namespace gerund::infer
