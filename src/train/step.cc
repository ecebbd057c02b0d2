#include "train/step.h"

#include <fmt/format.h>

#include <array>

#include "base/error.h"
#include "nets/weights.h"

namespace gerund::train {

TrainingStep::TrainingStep(std::shared_ptr<nets::Network> network, const spec::OptimSpec& optim, double clip_grad_norm)
    : network_(std::move(network)), optim_(optim), clip_grad_norm_(clip_grad_norm) {
  for (const auto& item : network_->named_parameters())
    slots_.push_back({item.key(), item.value(), torch::zeros_like(item.value())});
}

TrainingStep::Result TrainingStep::run(const tensor::Tensor& input, std::span<const int64_t> class_indices, double lr) {
  network_->train();
  for (Slot& slot : slots_) slot.parameter.mutable_grad().reset();
  const torch::Tensor target = torch::tensor(c10::ArrayRef<int64_t>(class_indices.data(), class_indices.size()));
  const torch::Tensor logits = network_->forward(std::array{nets::view_as_torch(input)});
  torch::Tensor loss = torch::nn::functional::cross_entropy(logits, target);
  loss.backward();
  update(lr);
  return {loss.item<double>(), logits.argmax(1).eq(target).sum().item<int64_t>()};
}

void TrainingStep::update(double lr) {
  torch::NoGradGuard no_grad;
  if (clip_grad_norm_ > 0) torch::nn::utils::clip_grad_norm_(network_->parameters(), clip_grad_norm_);
  for (Slot& slot : slots_) {
    torch::Tensor gradient = slot.parameter.grad();
    if (optim_.weight_decay > 0) gradient.add_(slot.parameter, optim_.weight_decay);
    slot.momentum.mul_(optim_.momentum).add_(gradient);
    slot.parameter.add_(slot.momentum, -lr);
  }
}

std::map<std::string, tensor::Tensor> TrainingStep::momentum() const {
  std::map<std::string, tensor::Tensor> result;
  for (const Slot& slot : slots_) result.emplace(slot.name, nets::to_tensor(slot.momentum));
  return result;
}

void TrainingStep::set_momentum(const std::map<std::string, tensor::Tensor>& momentum) {
  for (Slot& slot : slots_) {
    const auto found = momentum.find(slot.name);
    if (found == momentum.end() || found->second.shape() != slot.momentum.sizes().vec()) {
      throw base::UserError(fmt::format(
          "optimizer state: '{}' is missing or has another shape; the checkpoint cannot be resumed from", slot.name));
    }
    slot.momentum.copy_(nets::to_torch(found->second));
  }
}

}  // namespace gerund::train
