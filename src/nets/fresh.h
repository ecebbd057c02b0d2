// nets/fresh.h - weights before any training.
#pragma once

#include <map>
#include <string>

#include "nets/architecture.h"
#include "tensor/tensor.h"

namespace gerund::nets {

/// Fresh weights of a network by name, without LibTorch's types.
std::map<std::string, tensor::Tensor> fresh_weights(const Architecture& architecture);

}  // namespace gerund::nets
