#include "nets/blocked.h"

#include <utility>

#include "infer/onednn/layout.h"
#include "ops/training_norm.h"
#include "ops/training_pool.h"

namespace gerund::nets {
namespace {

using Context = torch::autograd::AutogradContext;
using torch::Tensor;
using torch::autograd::variable_list;
using Axes = std::array<int64_t, 3>;

constexpr int64_t kBlockedRank = 6;

thread_local bool is_on = false;

int64_t extent(int64_t input, int64_t kernel, int64_t stride, int64_t pad) {
  return (input + 2 * pad - kernel) / stride + 1;
}

Axes output_axes(const Axes& input, const ConvWindow& window) {
  Axes output{};
  for (size_t i = 0; i < 3; ++i) output[i] = extent(input[i], window.kernel[i], window.stride[i], window.pad[i]);
  return output;
}

/// Depth, height and width of any layout.
Axes axes_of(const Tensor& x) {
  if (x.dim() == 4) return {1, x.size(2), x.size(3)};
  return {x.size(2), x.size(3), x.size(4)};
}

int64_t channels_of(const Tensor& x) {
  return is_blocked(x) ? x.size(1) * x.size(5) : x.size(1);
}

Tensor empty_blocked(int64_t batch, int64_t channels, const Axes& axes) {
  const int64_t lanes = infer::block_lanes();
  return torch::empty({batch, channels / lanes, axes[0], axes[1], axes[2], lanes}, torch::kFloat32);
}

const float* data(const Tensor& tensor) {
  return tensor.data_ptr<float>();
}

float* target(Tensor& tensor) {
  return tensor.data_ptr<float>();
}

// Plans outlive the graph of a step: they belong to the layers. Autograd passes numbers alone, so addresses go as such.
const ops::TrainingConv& plan_at(int64_t address) {
  return *reinterpret_cast<const ops::TrainingConv*>(address);  // NOLINT(performance-no-int-to-ptr)
}

struct Convolve : torch::autograd::Function<Convolve> {
  static Tensor forward(Context* context, const Tensor& x, const Tensor& weight, int64_t plan) {
    const auto& conv = plan_at(plan);
    const infer::ConvShape& shape = conv.shape();
    context->save_for_backward({x, weight});
    context->saved_data["plan"] = plan;
    context->saved_data["wants_x"] = x.requires_grad();
    context->saved_data["wants_weight"] = weight.requires_grad();
    Tensor y = empty_blocked(shape.batch, shape.out_channels, shape.output);
    conv.forward(data(x), data(weight), target(y));
    return y;
  }

  static variable_list backward(Context* context, const variable_list& gradients) {
    const auto& conv = plan_at(context->saved_data["plan"].toInt());
    const auto saved = context->get_saved_variables();
    const Tensor &x = saved[0], &weight = saved[1];
    const Tensor of_y = gradients[0].contiguous();
    Tensor of_x, of_weight;
    if (context->saved_data["wants_x"].toBool()) {
      of_x = torch::empty_like(x);
      conv.input_gradient(data(of_y), data(weight), target(of_x));
    }
    if (context->saved_data["wants_weight"].toBool()) {
      of_weight = torch::empty_like(weight);
      conv.weight_gradient(data(x), data(of_y), target(of_weight));
    }
    return {of_x, of_weight, {}};
  }
};

ops::NormShape norm_shape(const Tensor& x) {
  return {x.size(0), x.size(1), x.size(2) * x.size(3) * x.size(4), x.size(5), torch::get_num_threads()};
}

struct Normalise : torch::autograd::Function<Normalise> {
  // `count`: values per channel that the statistics were made of; `shared`: 0 where of x alone.
  static Tensor forward(Context* context, const Tensor& x, const Tensor& weight, const Tensor& bias,
                        const c10::optional<Tensor>& residual, const Tensor& mean, const Tensor& inverse_deviation,
                        double count, bool has_relu, int64_t shared) {
    Tensor y = torch::empty_like(x);
    ops::norm_forward(norm_shape(x), data(x), {data(mean), data(inverse_deviation)}, data(weight), data(bias),
                      residual ? data(*residual) : nullptr, has_relu, target(y));
    context->save_for_backward({x, weight, mean, inverse_deviation, has_relu ? y : Tensor()});
    context->saved_data["wants_residual"] = residual && residual->requires_grad();
    context->saved_data["count"] = count;
    context->saved_data["shared"] = shared;
    return y;
  }

  static variable_list backward(Context* context, const variable_list& gradients) {
    const auto saved = context->get_saved_variables();
    const Tensor &x = saved[0], &weight = saved[1], &y = saved[4];
    const ops::NormStatistics statistics{data(saved[2]), data(saved[3])};
    const ops::NormShape shape = norm_shape(x);
    const float* mask = y.defined() ? data(y) : nullptr;
    const Tensor of_y = gradients[0].contiguous();
    Tensor of_x = torch::empty_like(x), of_residual;
    // Without a ReLU the residual's gradient is that of y.
    const bool wants_residual = context->saved_data["wants_residual"].toBool();
    if (wants_residual) of_residual = y.defined() ? torch::empty_like(x) : of_y;
    float* to_residual = wants_residual && y.defined() ? target(of_residual) : nullptr;
    const Tensor sums = torch::empty({2, weight.size(0)}, torch::kFloat64);
    auto* of_bias = sums.data_ptr<double>();
    double* of_weight = of_bias + weight.size(0);
    Tensor own = sums;
    const int64_t address = context->saved_data["shared"].toInt();
    if (const auto* shared = reinterpret_cast<const SharedStatistics*>(address)) {  // NOLINT(performance-no-int-to-ptr)
      ops::norm_gradient_sums(shape, data(x), statistics, mask, data(of_y), of_bias, of_weight);
      own = sums.clone();
      shared->sum(sums);
      ops::norm_input_gradient(shape, data(x), statistics, data(weight), mask, data(of_y), of_bias, of_weight,
                               context->saved_data["count"].toDouble(), target(of_x), to_residual);
      if (!shared->has_clips) of_x.zero_();
    } else {
      ops::norm_gradients(shape, data(x), statistics, data(weight), mask, data(of_y), of_bias, of_weight, target(of_x),
                          to_residual);
    }
    own = own.to(torch::kFloat32);
    return {of_x, own[1], own[0], of_residual, {}, {}, {}, {}, {}};
  }
};

struct MaxPool : torch::autograd::Function<MaxPool> {
  static Tensor forward(Context* context, const Tensor& x, std::vector<int64_t> window) {
    const auto axes = [&](size_t first) { return Axes{window[first], window[first + 1], window[first + 2]}; };
    const ops::TrainingPool pool(shape_of(x, {axes(0), axes(3), axes(6)}));
    Tensor y = empty_blocked(x.size(0), channels_of(x), pool.shape().output);
    Tensor places = torch::empty({static_cast<int64_t>(pool.num_places_bytes())}, torch::kUInt8);
    pool.forward(data(x), target(y), places.data_ptr());
    context->save_for_backward({places});
    context->saved_data["window"] = window;
    context->saved_data["sizes"] = x.sizes().vec();
    return y;
  }

  static variable_list backward(Context* context, const variable_list& gradients) {
    const std::vector<int64_t> window = context->saved_data["window"].toIntVector();
    const auto axes = [&](size_t first) { return Axes{window[first], window[first + 1], window[first + 2]}; };
    const Tensor of_y = gradients[0].contiguous();
    Tensor of_x = torch::empty(context->saved_data["sizes"].toIntVector(), of_y.options());
    const ops::TrainingPool pool(shape_of(of_x, {axes(0), axes(3), axes(6)}));
    pool.gradient(data(of_y), context->get_saved_variables()[0].data_ptr(), target(of_x));
    return {of_x, {}};
  }

  static infer::PoolShape shape_of(const Tensor& x, const ConvWindow& window) {
    infer::PoolShape shape;
    shape.batch = x.size(0);
    shape.channels = channels_of(x);
    shape.input = axes_of(x);
    shape.kernel = window.kernel;
    shape.stride = window.stride;
    shape.pad = window.pad;
    shape.output = output_axes(shape.input, window);
    for (size_t i = 0; i < 3; ++i)
      shape.pad_end[i] = (shape.output[i] - 1) * shape.stride[i] + shape.kernel[i] - shape.input[i] - shape.pad[i];
    return shape;
  }
};

template <typename Options>
ConvWindow window_of(const Options& options) {
  const auto numbers = [](const auto& array, int64_t other) {
    const auto& values = *array;
    return values.size() == 2 ? Axes{other, values[0], values[1]} : Axes{values[0], values[1], values.back()};
  };
  using Array = std::decay_t<decltype(options.kernel_size())>;
  return {numbers(options.kernel_size(), 1), numbers(options.stride(), 1), numbers(get<Array>(options.padding()), 0)};
}

}  // namespace

BlockedLayers::BlockedLayers(bool is_on_now) : before_(std::exchange(is_on, is_on_now)) {}

BlockedLayers::~BlockedLayers() {
  is_on = before_;
}

bool is_blocked(const Tensor& x) {
  return x.dim() == kBlockedRank;
}

Tensor as_rows(const Tensor& blocked) {
  return blocked.permute({0, 1, 5, 2, 3, 4}).flatten(1, 2);
}

Tensor as_blocked(const Tensor& rows) {
  const int64_t lanes = infer::block_lanes();
  return rows.reshape({rows.size(0), rows.size(1) / lanes, lanes, rows.size(2), rows.size(3), rows.size(4)})
      .permute({0, 1, 3, 4, 5, 2});
}

const ops::TrainingConv* BlockedConv::plan(const Tensor& x, const Tensor& weight) {
  const auto [place, is_new] = plans_.try_emplace(x.sizes().vec());
  std::optional<ops::TrainingConv>& plan = place->second;
  if (is_new) {
    infer::ConvShape shape;
    shape.batch = x.size(0);
    shape.in_channels = channels_of(x);
    shape.out_channels = weight.size(0);
    shape.input = axes_of(x);
    shape.kernel = window_.kernel;
    shape.stride = window_.stride;
    shape.pad = window_.pad;
    shape.output = output_axes(shape.input, window_);
    plan = ops::TrainingConv::make(shape, !is_blocked(x), torch::get_num_threads());
  }
  return plan ? &*plan : nullptr;
}

Tensor BlockedConv::run(const Tensor& x, const Tensor& weight, const std::function<Tensor(const Tensor&)>& in_rows) {
  // Rows with a gradient come from a layer that blocks do not suit: its neighbours keep to rows as well.
  const bool is_for_blocks =
      is_on && x.is_cpu() && x.scalar_type() == torch::kFloat32 && (is_blocked(x) || !x.requires_grad());
  const ops::TrainingConv* conv = is_for_blocks ? plan(x, weight) : nullptr;
  if (conv != nullptr) return Convolve::apply(x.contiguous(), weight.contiguous(), reinterpret_cast<int64_t>(conv));
  if (is_blocked(x)) return in_rows(weight.dim() == 4 ? as_rows(x).squeeze(2) : as_rows(x));
  Tensor y = in_rows(x);
  if (!is_for_blocks || weight.size(0) % infer::block_lanes() != 0) return y;
  return as_blocked(y.dim() == 4 ? y.unsqueeze(2) : y).contiguous();
}

Conv2dImpl::Conv2dImpl(const torch::nn::Conv2dOptions& wanted)
    : torch::nn::Conv2dImpl(wanted), blocked_(window_of(wanted)) {}

Tensor Conv2dImpl::forward(const Tensor& x) {
  return blocked_.run(x, weight, [this](const Tensor& rows) { return torch::nn::Conv2dImpl::forward(rows); });
}

Conv3dImpl::Conv3dImpl(const torch::nn::Conv3dOptions& wanted)
    : torch::nn::Conv3dImpl(wanted), blocked_(window_of(wanted)) {}

Tensor Conv3dImpl::forward(const Tensor& x) {
  return blocked_.run(x, weight, [this](const Tensor& rows) { return torch::nn::Conv3dImpl::forward(rows); });
}

Tensor max_pool(const Tensor& x, const ConvWindow& window) {
  const auto& [k, s, p] = window;
  if (is_blocked(x))
    return MaxPool::apply(x.contiguous(), std::vector<int64_t>{k[0], k[1], k[2], s[0], s[1], s[2], p[0], p[1], p[2]});
  if (x.dim() == 4) return torch::max_pool2d(x, {k[1], k[2]}, {s[1], s[2]}, {p[1], p[2]});
  return torch::max_pool3d(x, k, s, p);
}

Tensor mean_over_space(const Tensor& x) {
  if (is_blocked(x)) return x.mean({2, 3, 4}).flatten(1);
  return x.dim() == 4 ? x.mean({2, 3}) : x.mean({2, 3, 4});
}

Tensor pad_time(const Tensor& x, int64_t history) {
  return is_blocked(x) ? torch::constant_pad_nd(x, {0, 0, 0, 0, 0, 0, history, 0})
                       : torch::constant_pad_nd(x, {0, 0, 0, 0, history, 0});
}

NormOutput normalise_blocked(const NormInputs& inputs, const SharedStatistics* shared, double epsilon) {
  const Tensor x = inputs.x.contiguous();
  NormOutput result;
  Tensor mean, inverse_deviation;
  {
    const torch::NoGradGuard no_grad;
    BatchStatistics& statistics = result.statistics;
    mean = torch::empty_like(inputs.weight);
    Tensor variance = torch::empty_like(inputs.weight);
    ops::norm_statistics(norm_shape(x), data(x), target(mean), target(variance));
    statistics = {mean, variance, static_cast<double>(x.numel()) / static_cast<double>(inputs.weight.numel())};
    if (shared != nullptr) statistics = combine(statistics, *shared);
    mean = statistics.mean.to(torch::kFloat32);
    inverse_deviation = torch::rsqrt(statistics.variance + epsilon).to(torch::kFloat32);
  }
  c10::optional<Tensor> residual;
  if (inputs.residual.defined()) residual = inputs.residual.contiguous();
  result.y = Normalise::apply(x, inputs.weight, inputs.bias, residual, mean, inverse_deviation, result.statistics.count,
                              inputs.has_relu, reinterpret_cast<int64_t>(shared));
  return result;
}

}  // namespace gerund::nets
