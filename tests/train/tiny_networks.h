// tests/train/tiny_networks.h - networks small enough to follow by hand.
#pragma once

#include <map>
#include <string>

#include "nets/libtorch.h"
#include "nets/network.h"
#include "nets/weights.h"

namespace gerund::train {

/// Nothing but the weights that it is given.
class WeightsOnly : public nets::Network {
 public:
  explicit WeightsOnly(const std::map<std::string, tensor::Tensor>& weights) : Network({}) {
    std::map<std::string, std::shared_ptr<torch::nn::Module>> parts;
    for (const auto& [name, value] : weights) {
      const size_t dot = name.find('.');
      std::shared_ptr<torch::nn::Module>& part = parts[name.substr(0, dot)];
      if (!part) part = register_module(name.substr(0, dot), std::make_shared<torch::nn::Module>());
      part->register_parameter(name.substr(dot + 1), nets::to_torch(value));
    }
  }
  torch::Tensor forward(std::span<const torch::Tensor> inputs) override { return inputs[0]; }

  torch::Tensor weight(const std::string& name) const { return named_parameters()[name]; }
};

/// Logits = input * factor, one factor per class.
class Scaled : public nets::Network {
 public:
  explicit Scaled(std::vector<float> factors) : Network({}) {
    factors_ = register_parameter("factors", torch::tensor(factors));
  }
  torch::Tensor forward(std::span<const torch::Tensor> inputs) override { return inputs[0] * factors_; }

  torch::Tensor factors() const { return factors_; }

 private:
  torch::Tensor factors_;
};

}  // namespace gerund::train
