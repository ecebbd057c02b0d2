// tests/nets/golden_values.h - the formula that tools/make_nets_golden.py fills weights and inputs with, and its
// answers.
#pragma once

#include <cmath>
#include <fstream>
#include <map>
#include <nlohmann/json.hpp>
#include <string>

#include "nets/architecture.h"
#include "nets/network.h"
#include "nets/weights.h"
#include "tensor/tensor.h"

namespace gerund::nets {

/// Float32 values in [low, high): a hash of (name, index).
inline tensor::Tensor formula(const std::string& name, const tensor::Shape& shape, double low, double high) {
  uint32_t seed = 2166136261U;
  for (unsigned char byte : name) seed = (seed ^ byte) * 16777619U;
  tensor::Tensor result(shape);
  for (uint32_t i = 0; i < result.floats().size(); ++i) {
    uint32_t state = i * 2654435761U + seed;
    state = (state ^ (state >> 15)) * 2246822519U;
    state = (state ^ (state >> 13)) * 3266489917U;
    state ^= state >> 16;
    result.floats()[i] = static_cast<float>(low + (high - low) * (state / 4294967296.0));
  }
  return result;
}

/// The weights of the script's fill() for every tensor of a network of this architecture.
inline std::map<std::string, tensor::Tensor> golden_weights(const Architecture& architecture) {
  std::map<std::string, tensor::Tensor> weights = weights_of(*make_network(architecture));
  for (auto& [name, value] : weights) {
    if (name.ends_with("num_batches_tracked")) {
      value = tensor::Tensor({}, tensor::DType::i64);
    } else if (name.ends_with("running_mean")) {
      value = formula(name, value.shape(), -0.2, 0.2);
    } else if (name.ends_with("running_var")) {
      value = formula(name, value.shape(), 0.5, 1.5);
    } else if (name.ends_with(".bn.weight")) {
      value = formula(name, value.shape(), 0.6, 1.1);
    } else if (value.shape().size() == 1) {
      value =
          name.ends_with("weight") ? formula(name, value.shape(), 0.3, 0.8) : formula(name, value.shape(), -0.2, 0.2);
    } else {
      const double bound = std::sqrt(6.0 / static_cast<double>(value.size() / value.dim(0)));
      value = formula(name, value.shape(), -bound, bound);
    }
  }
  return weights;
}

inline nlohmann::json golden(const std::string& name) {
  std::ifstream in(std::string(GERUND_SOURCE_DIR) + "/tests/nets/golden/" + name + ".json");
  return nlohmann::json::parse(in);
}

inline tensor::Shape input_shape(const Architecture& branch, int64_t batch, int64_t size) {
  tensor::Shape shape{batch, input_channels(branch), size, size};
  if (branch.volume) shape.insert(shape.begin() + 2, branch.num_frames);
  return shape;
}

/// The script's inputs for a batch of two.
inline std::vector<tensor::Tensor> golden_inputs(const Architecture& architecture, int64_t size) {
  std::vector<tensor::Tensor> inputs;
  for (const Architecture& branch : branches_of(architecture))
    inputs.push_back(formula(input_name(branch), input_shape(branch, 2, size), -2, 2));
  return inputs;
}

}  // namespace gerund::nets
