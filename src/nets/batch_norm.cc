#include "nets/batch_norm.h"

#include <vector>

namespace gerund::nets {
namespace {

// The sum over peers. Its gradient is the sum over peers as well: each peer's loss depends on every peer's part.
struct PeerSum : torch::autograd::Function<PeerSum> {
  static torch::Tensor forward(torch::autograd::AutogradContext* context, const torch::Tensor& own, int64_t shared) {
    context->saved_data["shared"] = shared;
    torch::Tensor sum = own.clone();
    reinterpret_cast<const SharedStatistics*>(shared)->sum(sum);
    return sum;
  }
  static torch::autograd::variable_list backward(torch::autograd::AutogradContext* context,
                                                 torch::autograd::variable_list gradients) {
    torch::Tensor sum = gradients[0].clone();
    reinterpret_cast<const SharedStatistics*>(context->saved_data["shared"].toInt())->sum(sum);
    return {sum, torch::Tensor()};
  }
};

torch::Tensor peer_sum(const torch::Tensor& own, const SharedStatistics* shared) {
  return PeerSum::apply(own, reinterpret_cast<int64_t>(shared));
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

torch::Tensor BatchNormImpl::forward(const torch::Tensor& x) {
  if (is_training()) num_batches_tracked.add_(1);
  if (is_training() && shared_ != nullptr) return normalise_together(x);
  return torch::batch_norm(x, weight, bias, running_mean, running_var, is_training(), momentum_, epsilon_,
                           at::globalContext().userEnabledCuDNN());
}

// The mean first and the deviations from it then: sums of squares alone would lose digits.
torch::Tensor BatchNormImpl::normalise_together(const torch::Tensor& given) {
  const torch::Tensor x = given.to(torch::kFloat32);
  std::vector<int64_t> axes{0};
  std::vector<int64_t> along(static_cast<size_t>(x.dim()), 1);
  along[1] = x.size(1);
  for (int64_t axis = 2; axis < x.dim(); ++axis) axes.push_back(axis);
  const double part = shared_->has_clips ? 1 : 0;
  const torch::Tensor own_count = torch::full({1}, part * static_cast<double>(x.numel() / x.size(1)), x.options());
  const torch::Tensor sums = peer_sum(torch::cat({x.sum(c10::IntArrayRef(axes)) * part, own_count}), shared_);
  const torch::Tensor count = sums.narrow(0, x.size(1), 1).detach();
  const torch::Tensor mean = sums.narrow(0, 0, x.size(1)) / count;
  const torch::Tensor centred = x - mean.view(along);
  const torch::Tensor variance = peer_sum((centred * centred).sum(c10::IntArrayRef(axes)) * part, shared_) / count;
  {
    torch::NoGradGuard no_grad;
    running_mean.lerp_(mean, momentum_);
    running_var.lerp_(variance * (count / (count - 1)), momentum_);
  }
  return centred * (torch::rsqrt(variance + epsilon_) * weight).view(along) + bias.view(along);
}

void share_statistics(const Network& network, const SharedStatistics* shared) {
  for (const auto& module : network.modules(/*include_self=*/false)) {
    if (auto* norm = dynamic_cast<BatchNormImpl*>(module.get())) norm->share(shared);
  }
}

}  // namespace gerund::nets
