#include "nets/batch_norm.h"

#include <mutex>
#include <tuple>
#include <vector>

#include "base/log.h"
#include "nets/blocked.h"

namespace gerund::nets {
namespace {

// Note [Fused kernels, together]
// LibTorch's own kernels do the work of each process: the statistics of its batch, the normalisation by given
// statistics and the gradient of that. Between them the peers add up three numbers per channel on the way forward
// (count, sum and sum of squares, in double precision, from means and variances that were found without cancellation)
// and two on the way back: sum(g) and sum(g * xhat) of all clips, which is what the gradient through mean and variance
// needs:
//   dx = weight * invstd * (g - sum(g) / n - xhat * sum(g * xhat) / n).
struct NormaliseTogether : torch::autograd::Function<NormaliseTogether> {
  using Context = torch::autograd::AutogradContext;

  // `statistics`: mean and variance of all peers' clips, float32 [C] each; `count`: values per channel.
  static torch::Tensor forward(Context* context, const torch::Tensor& x, const torch::Tensor& weight,
                               const torch::Tensor& bias, const std::vector<torch::Tensor>& statistics, double count,
                               double epsilon, int64_t shared) {
    context->save_for_backward({x, weight, statistics[0], statistics[1]});
    context->saved_data["count"] = count;
    context->saved_data["epsilon"] = epsilon;
    context->saved_data["shared"] = shared;
    return torch::batch_norm(x, weight, bias, statistics[0], statistics[1], /*training=*/false, 0, epsilon, false);
  }

  static torch::autograd::variable_list backward(Context* context, torch::autograd::variable_list gradients) {
    const auto saved = context->get_saved_variables();
    const torch::Tensor &x = saved[0], &weight = saved[1], &mean = saved[2], &variance = saved[3];
    const double epsilon = context->saved_data["epsilon"].toDouble();
    const int64_t address = context->saved_data["shared"].toInt();
    const auto* shared = reinterpret_cast<const SharedStatistics*>(address);  // NOLINT(performance-no-int-to-ptr)
    const torch::Tensor g = gradients[0].contiguous();
    auto [dx, dweight, dbias] = torch::native_batch_norm_backward(g, x, weight, mean, variance, {}, {},
                                                                  /*train=*/false, epsilon, {true, true, true});
    const torch::Tensor sums = torch::cat({dbias, dweight}).to(torch::kFloat64);
    shared->sum(sums);
    if (shared->has_clips) {
      const int64_t channels = x.size(1);
      const torch::Tensor scale =
          torch::rsqrt(variance.to(torch::kFloat64) + epsilon) / context->saved_data["count"].toDouble();
      const torch::Tensor per_x =
          scale * torch::rsqrt(variance.to(torch::kFloat64) + epsilon) * weight * sums.narrow(0, channels, channels);
      const torch::Tensor constant = scale * weight * sums.narrow(0, 0, channels) - per_x * mean;
      std::vector<int64_t> along(static_cast<size_t>(x.dim()), 1);
      along[1] = channels;
      dx.addcmul_(x, per_x.to(torch::kFloat32).view(along), -1).sub_(constant.to(torch::kFloat32).view(along));
    }
    return {dx, dweight, dbias, {}, {}, {}, {}};
  }
};

torch::Tensor in_layout_of(const torch::Tensor& wanted, const torch::Tensor& x) {
  if (is_blocked(wanted) == is_blocked(x)) return x;
  if (is_blocked(x)) return wanted.dim() == 4 ? as_rows(x).squeeze(2) : as_rows(x);
  return as_blocked(x.dim() == 4 ? x.unsqueeze(2) : x);
}

// One value has no unbiased variance. `count`: values per channel.
bool has_variance(double count) {
  if (count > 1) return true;
  static std::once_flag told;
  std::call_once(told, [] {
    base::log_warning(
        "dataset.batch_size: a batch of one clip leaves the last layers one number per channel, of which batch norm "
        "learns nothing; let batches have 2 clips or more, or the network larger pictures");
  });
  return false;
}

}  // namespace

BatchNormImpl::BatchNormImpl(const torch::nn::BatchNormOptions& options)
    : epsilon_(options.eps()), momentum_(*options.momentum()) {
  weight = register_parameter("weight", torch::ones({options.num_features()}));
  bias = register_parameter("bias", torch::zeros({options.num_features()}));
  running_mean = register_buffer("running_mean", torch::zeros({options.num_features()}));
  running_var = register_buffer("running_var", torch::ones({options.num_features()}));
  num_batches_tracked = register_buffer("num_batches_tracked", torch::tensor(0, torch::kInt64));
}

torch::Tensor BatchNormImpl::normalise(const torch::Tensor& x, const torch::Tensor& residual, bool has_relu) {
  if (is_training()) num_batches_tracked.add_(1);
  if (is_blocked(x) && is_training()) {
    const torch::Tensor same = residual.defined() ? in_layout_of(x, residual) : residual;
    const NormOutput output = normalise_blocked({x, weight, bias, same, has_relu}, shared_, epsilon_);
    follow(output.statistics);
    return output.y;
  }
  torch::Tensor y = is_blocked(x) ? as_blocked(normalise_rows(as_rows(x))) : normalise_rows(x);
  if (residual.defined()) y += in_layout_of(y, residual);
  return has_relu ? y.relu_() : y;
}

torch::Tensor BatchNormImpl::normalise_rows(const torch::Tensor& x) {
  if (is_training() && shared_ != nullptr) return normalise_together(x);
  const int64_t per_channel = x.numel() / x.size(1);
  const bool has_statistics = !is_training() || has_variance(static_cast<double>(per_channel));
  return torch::batch_norm(x, weight, bias, has_statistics ? running_mean : torch::Tensor(),
                           has_statistics ? running_var : torch::Tensor(), is_training(), momentum_, epsilon_,
                           at::globalContext().userEnabledCuDNN());
}

torch::Tensor BatchNormImpl::normalise_together(const torch::Tensor& given) {
  const torch::Tensor x = given.to(torch::kFloat32).contiguous();
  BatchStatistics all;
  {
    torch::NoGradGuard no_grad;
    BatchStatistics own;
    std::tie(own.mean, own.variance) = torch::batch_norm_update_stats(x, {}, {}, 0);
    const int64_t per_channel = x.numel() / x.size(1);
    own.count = static_cast<double>(per_channel);
    all = combine(own, *shared_);
    follow(all);
  }
  const std::vector<torch::Tensor> statistics{all.mean.to(torch::kFloat32), all.variance.to(torch::kFloat32)};
  return NormaliseTogether::apply(x, weight, bias, statistics, all.count, epsilon_, reinterpret_cast<int64_t>(shared_));
}

// Running statistics take the unbiased variance.
void BatchNormImpl::follow(const BatchStatistics& statistics) {
  if (!has_variance(statistics.count)) return;
  const torch::NoGradGuard no_grad;
  const double count = statistics.count;
  running_mean.lerp_(statistics.mean.to(torch::kFloat32), momentum_);
  running_var.lerp_((statistics.variance * (count / (count - 1))).to(torch::kFloat32), momentum_);
}

void share_statistics(const Network& network, const SharedStatistics* shared) {
  for (const auto& module : network.modules(/*include_self=*/false)) {
    if (auto* norm = dynamic_cast<BatchNormImpl*>(module.get())) norm->share(shared);
  }
}

}  // namespace gerund::nets
