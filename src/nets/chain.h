// nets/chain.h - layers one after another, named "0", "1", ..., that can themselves be part of such a chain.
#pragma once

#include "nets/libtorch.h"

namespace gerund::nets {

/// torch::nn::Sequential whose forward is no template, so that chains can stand in chains.
class ChainImpl : public torch::nn::SequentialImpl {
 public:
  using SequentialImpl::SequentialImpl;
  torch::Tensor forward(const torch::Tensor& x) { return SequentialImpl::forward(x); }
  /// Without the last layer.
  torch::Tensor forward_but_last(torch::Tensor x) {
    for (auto layer = begin(); layer + 1 != end(); ++layer) x = layer->forward(x);
    return x;
  }
};
TORCH_MODULE(Chain);

}  // namespace gerund::nets
