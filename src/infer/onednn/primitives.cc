#include "infer/onednn/primitives.h"

#include <fmt/format.h>

#include <unordered_map>

namespace gerund::infer {
namespace {

using dnnl::memory;

dnnl::pooling_forward::primitive_desc describe_pool(const PoolShape& shape, Layout layout) {
  const memory::desc source =
      describe({shape.batch, shape.channels, shape.input[0], shape.input[1], shape.input[2]}, layout);
  const memory::desc target =
      describe({shape.batch, shape.channels, shape.output[0], shape.output[1], shape.output[2]}, layout);
  constexpr auto kKind = dnnl::prop_kind::forward_inference;
  using Kind = PoolShape::Kind;
  const dnnl::algorithm algorithm = shape.kind == Kind::max       ? dnnl::algorithm::pooling_max
                                    : shape.kind == Kind::average ? dnnl::algorithm::pooling_avg_exclude_padding
                                                                  : dnnl::algorithm::pooling_avg_include_padding;
  dnnl::primitive_attr attributes;
  attributes.set_scratchpad_mode(dnnl::scratchpad_mode::user);
#if DNNL_VERSION_MAJOR >= 3
  return {cpu(),     kKind,           algorithm,           source,    target, dims(shape.stride), dims(shape.kernel),
          {0, 0, 0}, dims(shape.pad), dims(shape.pad_end), attributes};
#else
  return {
      {kKind, algorithm, source, target, dims(shape.stride), dims(shape.kernel), dims(shape.pad), dims(shape.pad_end)},
      attributes,
      cpu()};
#endif
}

}  // namespace

std::string onednn_version() {
  const dnnl_version_t& version = *dnnl_version();
  return fmt::format("{}.{}.{}", version.major, version.minor, version.patch);
}

Pool::Pool(const PoolShape& shape, Layout layout)
    : description_(describe_pool(shape, layout)), primitive_(description_) {}

int64_t Pool::num_scratch_floats() const {
  return floats_for(description_.scratchpad_desc().get_size());
}

void Pool::run(const float* input, float* output, float* scratch) const {
  dnnl::stream stream(cpu());
  primitive_.execute(stream, {{DNNL_ARG_SRC, view(description_.src_desc(), input)},
                              {DNNL_ARG_DST, view(description_.dst_desc(), output)},
                              {DNNL_ARG_SCRATCHPAD, view(description_.scratchpad_desc(), scratch)}});
  stream.wait();
}

Reorder::Reorder(const tensor::Shape& shape, Layout from, Layout to, float factor)
    : from_(describe(five_axes(shape), from)), to_(describe(five_axes(shape), to)), factor_(factor) {
  dnnl::primitive_attr attributes;
#if DNNL_VERSION_MAJOR >= 3
  if (factor != 1) attributes.set_scales_mask(DNNL_ARG_SRC, 0);
#else
  if (factor != 1) attributes.set_output_scales(0, {factor});
#endif
  primitive_ = dnnl::reorder(dnnl::reorder::primitive_desc(cpu(), from_, cpu(), to_, attributes));
}

void Reorder::run(const float* input, float* output) const {
  std::unordered_map<int, memory> arguments{{DNNL_ARG_FROM, view(from_, input)}, {DNNL_ARG_TO, view(to_, output)}};
#if DNNL_VERSION_MAJOR >= 3
  const memory::desc one({1}, memory::data_type::f32, memory::format_tag::a);
  if (factor_ != 1) arguments.insert({DNNL_ARG_ATTR_SCALES | DNNL_ARG_SRC, view(one, &factor_)});
#endif
  dnnl::stream stream(cpu());
  primitive_.execute(stream, arguments);
  stream.wait();
}

}  // namespace gerund::infer
