#include "train/optimizer.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "base/error.h"
#include "nets/weights.h"
#include "train/parameter_names.h"

namespace gerund::train {
namespace {

/// Weights that are updated at a time: they, their gradients and the optimizer's values stay in the second cache from
/// one operation to the next.
constexpr int64_t kPartElements = int64_t{1} << 16;

}  // namespace

Optimizer::Optimizer(const nets::Network& network, const spec::OptimSpec& optim)
    : optim_(optim),
      value_names_(optim.optimizer == "adamw" ? std::vector<std::string>{"exp_avg", "exp_avg_sq"}
                                              : std::vector<std::string>{"momentum"}) {
  std::vector<std::string> beginnings;
  for (const auto& [beginning, factor] : optim.lr_multipliers) beginnings.push_back(beginning);
  check_beginnings("train.optim.lr_multipliers", beginnings, network);
  for (const auto& item : network.named_parameters()) {
    if (!item.value().requires_grad()) continue;
    Slot slot{item.key(), item.value(), 1, {}};
    if (const std::string* fitting = longest_beginning(beginnings, item.key()))
      slot.rate_factor = optim.lr_multipliers.at(*fitting);
    for (size_t i = 0; i < value_names_.size(); ++i) slot.values.push_back(torch::zeros_like(item.value()));
    slots_.push_back(std::move(slot));
  }
}

std::vector<Optimizer::Part> Optimizer::parts_of(const Slot& slot) {
  const int64_t count = slot.parameter.numel();
  const int64_t most = slot.parameter.is_cpu() ? kPartElements : count;
  const auto flat = [](const torch::Tensor& tensor) { return tensor.detach().view(-1); };
  const torch::Tensor gradient = slot.parameter.grad().contiguous();
  std::vector<Part> parts;
  for (int64_t first = 0; first < count; first += most) {
    const int64_t size = std::min(most, count - first);
    Part part{flat(slot.parameter).narrow(0, first, size), flat(gradient).narrow(0, first, size), {}};
    for (const torch::Tensor& value : slot.values) part.values.push_back(flat(value).narrow(0, first, size));
    parts.push_back(std::move(part));
  }
  return parts;
}

void Optimizer::update(double lr, double gradient_scale, int64_t num_updates) {
  torch::NoGradGuard no_grad;
  for (const Slot& slot : slots_) {
    if (!slot.parameter.grad().defined()) continue;
    for (Part& part : parts_of(slot)) {
      if (gradient_scale != 1) part.gradient.mul_(gradient_scale);
      if (optim_.optimizer == "adamw") {
        update_adamw(part, lr * slot.rate_factor, num_updates);
      } else {
        update_sgd(part, lr * slot.rate_factor);
      }
    }
  }
}

void Optimizer::update_sgd(Part& part, double lr) const {
  auto& [parameter, gradient, values] = part;
  torch::Tensor& momentum = values[0];
  if (optim_.weight_decay > 0) gradient.add_(parameter, optim_.weight_decay);
  momentum.mul_(optim_.momentum).add_(gradient);
  if (optim_.nesterov) gradient.add_(momentum, optim_.momentum);
  parameter.add_(optim_.nesterov ? gradient : momentum, -lr);
}

void Optimizer::update_adamw(Part& part, double lr, int64_t num_updates) const {
  auto& [parameter, gradient, values] = part;
  torch::Tensor &average = values[0], &square = values[1];
  const auto step = static_cast<double>(num_updates + 1);
  parameter.mul_(1 - lr * optim_.weight_decay);
  average.mul_(optim_.betas[0]).add_(gradient, 1 - optim_.betas[0]);
  square.mul_(optim_.betas[1]).addcmul_(gradient, gradient, 1 - optim_.betas[1]);
  const double rate = lr / (1 - std::pow(optim_.betas[0], step));
  const torch::Tensor divisor = square.sqrt().div_(std::sqrt(1 - std::pow(optim_.betas[1], step))).add_(optim_.eps);
  parameter.addcdiv_(average, divisor, -rate);
}

std::map<std::string, tensor::Tensor> Optimizer::state() const {
  std::map<std::string, tensor::Tensor> result;
  for (const Slot& slot : slots_) {
    for (size_t i = 0; i < value_names_.size(); ++i)
      result.emplace(value_names_[i] + "." + slot.name, nets::to_tensor(slot.values[i]));
  }
  return result;
}

void Optimizer::set_state(const std::map<std::string, tensor::Tensor>& state) {
  for (Slot& slot : slots_) {
    for (size_t i = 0; i < value_names_.size(); ++i) {
      const std::string name = value_names_[i] + "." + slot.name;
      const auto found = state.find(name);
      if (found == state.end() || found->second.shape() != slot.parameter.sizes().vec()) {
        throw base::UserError(fmt::format(
            "optimizer state: '{}' is missing or has another shape; the checkpoint cannot be resumed from", name));
      }
      slot.values[i].copy_(nets::to_torch(found->second));
    }
  }
}

}  // namespace gerund::train
