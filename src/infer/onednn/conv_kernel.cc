#include "infer/onednn/conv_kernel.h"

#include <utility>

namespace gerund::infer {

using dnnl::memory;

bool ConvKernel::take(const DirectConvShape& shape, const memory::desc& source, const memory::desc& weights,
                      const memory::desc& target, dnnl::primitive_attr attributes, MayTake may_take) {
  attributes.set_scratchpad_mode(dnnl::scratchpad_mode::user);
  const ConvShape& conv = shape.conv;
  const memory::desc bias({conv.out_channels}, memory::data_type::f32, memory::format_tag::a);
  const ConvShape::Axes& d = shape.dilation;
  const memory::dims dilation{d[0] - 1, d[1] - 1, d[2] - 1};
  constexpr auto kKind = dnnl::prop_kind::forward_inference;
  constexpr auto kAlgorithm = dnnl::algorithm::convolution_direct;
  using Description = dnnl::convolution_forward::primitive_desc;
#if DNNL_VERSION_MAJOR >= 3
  Description found(cpu(), kKind, kAlgorithm, source, weights, bias, target, dims(conv.stride), dilation,
                    dims(conv.pad), dims(shape.pad_end), attributes, true);
#else
  // The description of the operation must live as long as kernels are looked for.
  const dnnl::convolution_forward::desc operation(kKind, kAlgorithm, source, weights, bias, target, dims(conv.stride),
                                                  dilation, dims(conv.pad), dims(shape.pad_end));
  Description found(operation, attributes, cpu(), true);
#endif
  if (!found) return false;
  while (!may_take(found.impl_info_str())) {
    if (!found.next_impl()) return false;
  }
  description_ = found;
  primitive_ = dnnl::convolution_forward(description_);
  return true;
}

int64_t ConvKernel::num_scratch_floats() const {
  return floats_for(description_.scratchpad_desc().get_size());
}

int64_t ConvKernel::num_packed_bytes() const {
  return static_cast<int64_t>(description_.weights_desc().get_size());
}

memory ConvKernel::blank() const {
  return zeros(description_.weights_desc());
}

memory ConvKernel::repack(const memory& packed) const {
  return reordered(packed, description_.weights_desc());
}

void ConvKernel::execute(const float* input, const memory& packed, const float* bias, float* output, float* scratch,
                         Arguments more) const {
  more.insert({{DNNL_ARG_SRC, view(description_.src_desc(), input)},
               {DNNL_ARG_WEIGHTS, packed},
               {DNNL_ARG_BIAS, view(description_.bias_desc(), bias)},
               {DNNL_ARG_DST, view(description_.dst_desc(), output)},
               {DNNL_ARG_SCRATCHPAD, view(description_.scratchpad_desc(), scratch)}});
  dnnl::stream stream(cpu());
  primitive_.execute(stream, more);
  stream.wait();
}

}  // namespace gerund::infer
