#include "ops/training_conv.h"

#include <algorithm>
#include <limits>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include "infer/onednn/layout.h"
#include "infer/onednn/memories.h"
#include "infer/winograd/rounding.h"
#include "ops/scratch.h"

namespace gerund::ops {
namespace {

using dnnl::memory;
using infer::cpu;
using infer::dims;
using infer::view;

constexpr auto kAlgorithm = dnnl::algorithm::convolution_direct;

memory::dims padding_behind(const infer::ConvShape& shape) {
  memory::dims pads;
  for (size_t axis = 0; axis < 3; ++axis)
    pads.push_back((shape.output[axis] - 1) * shape.stride[axis] + shape.kernel[axis] - shape.input[axis] -
                   shape.pad[axis]);
  return pads;
}

template <typename Description>
bool is_fast(const Description& description) {
  return std::string_view(description.impl_info_str()).find("ref") == std::string_view::npos;
}

void copy(memory from, memory to, dnnl::stream& stream) {
  dnnl::reorder(from, to).execute(stream, from, to);
}

template <typename Description>
memory scratchpad(const Description& description) {
  const memory::desc wanted = description.scratchpad_desc();
  return view(wanted, scratch(Scratch::run, wanted.get_size()));
}

/// Row-major weights in the form that a kernel wants, in scratch memory where that is another.
memory packed(const memory::desc& plain, const float* weights, const memory::desc& wanted, dnnl::stream& stream) {
  memory given = view(plain, weights);
  if (wanted == plain) return given;
  memory result = view(wanted, scratch(Scratch::packed, wanted.get_size()));
  copy(given, result, stream);
  return result;
}

constexpr int kWinogradPoints = 6;  // F(4x4, 3x3).
/// Tiles of a step above which it pays to transform the weights anew: per weight that costs what some 250
/// multiplications do, and each tile saves 10.
constexpr int64_t kLeastTiles = 48;

bool is_for_winograd(const infer::ConvShape& shape) {
  const int64_t num_tiles =
      shape.batch * shape.output[0] * infer::divide_up(shape.output[1], 4) * infer::divide_up(shape.output[2], 4);
  return shape.stride == infer::ConvShape::Axes{1, 1, 1} && shape.kernel[1] == 3 && shape.kernel[2] == 3 &&
         num_tiles >= kLeastTiles && infer::WinogradConv::applies(shape, kWinogradPoints);
}

int64_t taps_of(const infer::ConvShape& shape) {
  return shape.kernel[0] * shape.kernel[1] * shape.kernel[2];
}

/// The convolution that makes the input's gradient from the output's.
infer::ConvShape gradient_shape(const infer::ConvShape& shape) {
  infer::ConvShape turned = shape;
  std::swap(turned.in_channels, turned.out_channels);
  std::swap(turned.input, turned.output);
  for (size_t axis = 0; axis < 3; ++axis) turned.pad[axis] = shape.kernel[axis] - 1 - shape.pad[axis];
  return turned;
}

void run_winograd(const infer::WinogradConv& conv, int64_t out_channels, const float* input, const float* weights,
                  const infer::WeightOrder& order, float* output) {
  constexpr float kNoLimit = std::numeric_limits<float>::infinity();
  const std::vector<float> no_bias(static_cast<size_t>(out_channels));
  float* ready = scratch(Scratch::packed, static_cast<size_t>(conv.num_packed_floats()) * sizeof(float));
  conv.pack(weights, order, ready);
  conv.run(input, ready, no_bias.data(), nullptr, -kNoLimit, kNoLimit, output,
           scratch(Scratch::run, static_cast<size_t>(conv.num_scratch_floats()) * sizeof(float)));
}

}  // namespace

std::optional<TrainingConv> TrainingConv::make(const infer::ConvShape& shape, bool is_row_major, int num_threads) {
  const int64_t lanes = infer::block_lanes();
  if (shape.out_channels % lanes != 0 || (!is_row_major && shape.in_channels % lanes != 0)) return std::nullopt;
  TrainingConv conv;
  conv.shape_ = shape;
  conv.is_row_major_ = is_row_major;
  conv.input_ =
      infer::describe(infer::input_shape(shape), is_row_major ? infer::Layout::plain : infer::Layout::blocked);
  try {
    if (!conv.describe_all()) return std::nullopt;
    conv.take_winograd(num_threads);
    return conv;
  } catch (const dnnl::error&) {  // Some convolutions are described, and then refused.
    return std::nullopt;
  }
}

void TrainingConv::take_winograd(int num_threads) {
  const infer::WinogradKernels& kernels = *infer::winograd_kernels().front();
  if (is_row_major_ || !is_for_winograd(shape_) || kernels.lanes != infer::block_lanes()) return;
  const infer::WinogradOptions options{kWinogradPoints};
  winograd_forward_ = std::make_shared<infer::WinogradConv>(kernels, shape_, num_threads, options);
  winograd_data_ = std::make_shared<infer::WinogradConv>(kernels, gradient_shape(shape_), num_threads, options);
  winograd_weights_ = std::make_shared<infer::WinogradGradient>(kernels, shape_, num_threads);
}

bool TrainingConv::describe_all() {
  const auto& k = shape_.kernel;
  const memory::dims extents{shape_.out_channels, shape_.in_channels, k[0], k[1], k[2]};
  constexpr auto kFloat = memory::data_type::f32;
  plain_weights_ = memory::desc(extents, kFloat, memory::format_tag::abcde);
  output_ = infer::describe(infer::output_shape(shape_), infer::Layout::blocked);
  const memory::desc any(extents, kFloat, memory::format_tag::any);
  const memory::dims strides = dims(shape_.stride), before = dims(shape_.pad), behind = padding_behind(shape_);
  dnnl::primitive_attr attributes;
  attributes.set_scratchpad_mode(dnnl::scratchpad_mode::user);
  constexpr auto kTraining = dnnl::prop_kind::forward_training;
#if DNNL_VERSION_MAJOR >= 3
  forward_description_ = {cpu(),   kTraining, kAlgorithm, input_,     any, output_,
                          strides, before,    behind,     attributes, true};
  if (!forward_description_ || !is_fast(forward_description_)) return false;
  weights_description_ = {cpu(),  kAlgorithm,           input_,     any, output_, strides, before,
                          behind, forward_description_, attributes, true};
  if (!weights_description_ || !is_fast(weights_description_)) return false;
  if (!is_row_major_) {
    data_description_ = {cpu(),  kAlgorithm,           input_,     any, output_, strides, before,
                         behind, forward_description_, attributes, true};
    if (!data_description_ || !is_fast(data_description_)) return false;
  }
#else
  const dnnl::convolution_forward::desc forward(kTraining, kAlgorithm, input_, any, output_, strides, before, behind);
  forward_description_ = {forward, attributes, cpu(), true};
  if (!forward_description_ || !is_fast(forward_description_)) return false;
  const dnnl::convolution_backward_weights::desc weights(kAlgorithm, input_, any, output_, strides, before, behind);
  weights_description_ = {weights, attributes, cpu(), forward_description_, true};
  if (!weights_description_ || !is_fast(weights_description_)) return false;
  if (!is_row_major_) {
    const dnnl::convolution_backward_data::desc data(kAlgorithm, input_, any, output_, strides, before, behind);
    data_description_ = {data, attributes, cpu(), forward_description_, true};
    if (!data_description_ || !is_fast(data_description_)) return false;
  }
#endif
  forward_ = dnnl::convolution_forward(forward_description_);
  weights_ = dnnl::convolution_backward_weights(weights_description_);
  if (!is_row_major_) data_ = dnnl::convolution_backward_data(data_description_);
  return true;
}

void TrainingConv::forward(const float* input, const float* weights, float* output) const {
  const int64_t num_taps = taps_of(shape_);
  if (winograd_forward_)
    return run_winograd(*winograd_forward_, shape_.out_channels, input, weights,
                        {shape_.in_channels * num_taps, num_taps}, output);
  dnnl::stream stream(cpu());
  forward_.execute(stream,
                   {{DNNL_ARG_SRC, view(input_, input)},
                    {DNNL_ARG_WEIGHTS, packed(plain_weights_, weights, forward_description_.weights_desc(), stream)},
                    {DNNL_ARG_DST, view(output_, output)},
                    {DNNL_ARG_SCRATCHPAD, scratchpad(forward_description_)}});
  stream.wait();
}

void TrainingConv::input_gradient(const float* output_gradient, const float* weights, float* gradient) const {
  const int64_t num_taps = taps_of(shape_);
  if (winograd_data_)
    return run_winograd(*winograd_data_, shape_.in_channels, output_gradient, weights,
                        {num_taps, shape_.in_channels * num_taps, true}, gradient);
  dnnl::stream stream(cpu());
  data_.execute(stream, {{DNNL_ARG_DIFF_DST, view(output_, output_gradient)},
                         {DNNL_ARG_WEIGHTS, packed(plain_weights_, weights, data_description_.weights_desc(), stream)},
                         {DNNL_ARG_DIFF_SRC, view(input_, gradient)},
                         {DNNL_ARG_SCRATCHPAD, scratchpad(data_description_)}});
  stream.wait();
}

void TrainingConv::weight_gradient(const float* input, const float* output_gradient, float* gradient) const {
  if (winograd_weights_) {
    const size_t num_bytes = static_cast<size_t>(winograd_weights_->num_scratch_floats()) * sizeof(float);
    return winograd_weights_->run(input, output_gradient, gradient, scratch(Scratch::run, num_bytes));
  }
  dnnl::stream stream(cpu());
  const memory::desc form = weights_description_.diff_weights_desc();
  memory plain = view(plain_weights_, gradient);
  memory made = form == plain_weights_ ? plain : view(form, scratch(Scratch::packed, form.get_size()));
  weights_.execute(stream, {{DNNL_ARG_SRC, view(input_, input)},
                            {DNNL_ARG_DIFF_DST, view(output_, output_gradient)},
                            {DNNL_ARG_DIFF_WEIGHTS, made},
                            {DNNL_ARG_SCRATCHPAD, scratchpad(weights_description_)}});
  if (form != plain_weights_) copy(made, plain, stream);
  stream.wait();
}

}  // namespace gerund::ops
