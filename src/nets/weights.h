// nets/weights.h - weights between tensors of files and the networks of LibTorch.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "nets/libtorch.h"
#include "nets/network.h"
#include "nets/transfer.h"
#include "tensor/tensor.h"

namespace gerund::nets {

/// Copies, both ways; float32, int64 and uint8 keep their type.
tensor::Tensor to_tensor(const torch::Tensor& value);
torch::Tensor to_torch(const tensor::Tensor& value);
/// A view of the elements of a float32 tensor, without a copy: `value` must outlive it.
torch::Tensor view_as_torch(const tensor::Tensor& value);

/// Parameters and buffers by name.
std::map<std::string, tensor::Tensor> weights_of(const Network& network);

/// Name of the first weight or statistic with a value that is infinite or no number; "": there is none.
std::string first_not_finite(const Network& network);

/// Sets every parameter and buffer. Throws UserError naming one that is missing, unknown or of another shape.
void set_weights(Network& network, const std::map<std::string, tensor::Tensor>& weights);

/// Starts `network` from `weights` of a network with any classes. The head (is_head) is taken only where `same_labels`.
/// A first weight (is_stem) with other input channels (2D networks of another length, flow from colour) becomes its
/// mean over input channels, scaled so that the response to a constant input stays. Throws UserError naming a body
/// tensor whose shape differs otherwise: the file is another network.
Transfer transfer_weights(Network& network, const std::map<std::string, tensor::Tensor>& weights, bool same_labels);

/// The same from weights as others publish them: first brought under our names and, for a volume, inflated
/// (nets/import_weights.h). What was inflated counts as adapted.
Transfer transfer_published(Network& network, std::map<std::string, tensor::Tensor> weights, bool same_labels);

}  // namespace gerund::nets
