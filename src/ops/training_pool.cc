#include "ops/training_pool.h"

#include "infer/onednn/layout.h"
#include "infer/onednn/memories.h"

namespace gerund::ops {

using dnnl::memory;
using infer::cpu;
using infer::dims;
using infer::view;

TrainingPool::TrainingPool(const infer::PoolShape& shape) : shape_(shape) {
  const auto blocked = [&](const infer::ConvShape::Axes& axes) {
    return infer::describe({shape.batch, shape.channels, axes[0], axes[1], axes[2]}, infer::Layout::blocked);
  };
  const memory::desc input = blocked(shape.input), output = blocked(shape.output);
  constexpr auto kTraining = dnnl::prop_kind::forward_training;
  constexpr auto kMax = dnnl::algorithm::pooling_max;
  const memory::dims stride = dims(shape.stride), kernel = dims(shape.kernel), before = dims(shape.pad),
                     behind = dims(shape.pad_end);
#if DNNL_VERSION_MAJOR >= 3
  const memory::dims dilation{0, 0, 0};
  description_ = {cpu(), kTraining, kMax, input, output, stride, kernel, dilation, before, behind};
  back_description_ = {cpu(), kMax, input, output, stride, kernel, dilation, before, behind, description_};
#else
  description_ = {{kTraining, kMax, input, output, stride, kernel, before, behind}, cpu()};
  back_description_ = {{kMax, input, output, stride, kernel, before, behind}, cpu(), description_};
#endif
  forward_ = dnnl::pooling_forward(description_);
  back_ = dnnl::pooling_backward(back_description_);
}

void TrainingPool::forward(const float* input, float* output, void* places) const {
  dnnl::stream stream(cpu());
  forward_.execute(stream,
                   {{DNNL_ARG_SRC, view(description_.src_desc(), input)},
                    {DNNL_ARG_DST, view(description_.dst_desc(), output)},
                    {DNNL_ARG_WORKSPACE, view(description_.workspace_desc(), static_cast<const float*>(places))}});
  stream.wait();
}

void TrainingPool::gradient(const float* output_gradient, const void* places, float* gradient) const {
  dnnl::stream stream(cpu());
  back_.execute(stream,
                {{DNNL_ARG_DIFF_DST, view(back_description_.diff_dst_desc(), output_gradient)},
                 {DNNL_ARG_DIFF_SRC, view(back_description_.diff_src_desc(), gradient)},
                 {DNNL_ARG_WORKSPACE, view(back_description_.workspace_desc(), static_cast<const float*>(places))}});
  stream.wait();
}

}  // namespace gerund::ops
