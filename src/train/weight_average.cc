#include "train/weight_average.h"

#include <algorithm>

namespace gerund::train {
namespace {

template <typename Visit>
void for_each_weight(const nets::Network& network, Visit visit) {
  for (const auto& item : network.named_parameters()) visit(item.key(), item.value());
  for (const auto& item : network.named_buffers()) visit(item.key(), item.value());
}

}  // namespace

WeightAverage::WeightAverage(const nets::Network& network, double decay) : decay_(decay) {
  for_each_weight(network, [&](const std::string& name, const torch::Tensor& value) {
    values_.emplace(name, value.detach().clone());
  });
}

void WeightAverage::take(const nets::Network& network, int64_t num_updates) {
  torch::NoGradGuard no_grad;
  const auto n = static_cast<double>(num_updates);
  const double decay = std::min(decay_, (1 + n) / (10 + n));
  for_each_weight(network, [&](const std::string& name, const torch::Tensor& value) {
    torch::Tensor& average = values_.at(name);
    if (average.is_floating_point()) {
      average.lerp_(value, 1 - decay);
    } else {
      average.copy_(value);
    }
  });
}

void WeightAverage::exchange(nets::Network& network) {
  torch::NoGradGuard no_grad;
  for_each_weight(network, [&](const std::string& name, const torch::Tensor& value) {
    torch::Tensor kept = value.detach().clone();
    value.copy_(values_.at(name));
    values_.at(name) = std::move(kept);
  });
}

}  // namespace gerund::train
