#include "nets/weights.h"

#include <fmt/format.h>

#include <cstring>

#include "base/error.h"
#include "nets/fresh.h"
#include "nets/import_weights.h"

namespace gerund::nets {
namespace {

tensor::DType dtype_of(const torch::Tensor& value) {
  if (value.scalar_type() == torch::kFloat32) return tensor::DType::f32;
  if (value.scalar_type() == torch::kInt64) return tensor::DType::i64;
  if (value.scalar_type() == torch::kUInt8) return tensor::DType::u8;
  throw base::InternalError("a network tensor is neither float32 nor int64 nor uint8");
}

torch::ScalarType scalar_type_of(const tensor::Tensor& value) {
  switch (value.dtype()) {
    case tensor::DType::f32:
      return torch::kFloat32;
    case tensor::DType::i64:
      return torch::kInt64;
    case tensor::DType::u8:
      return torch::kUInt8;
    case tensor::DType::i8:
      return torch::kInt8;
    case tensor::DType::i32:
      return torch::kInt32;
  }
  throw base::InternalError("unknown dtype");
}

std::map<std::string, torch::Tensor> named_tensors(const Network& network) {
  std::map<std::string, torch::Tensor> tensors;
  for (const auto& item : network.named_parameters()) tensors[item.key()] = item.value();
  for (const auto& item : network.named_buffers()) tensors[item.key()] = item.value();
  return tensors;
}

std::string shapes_differ(const std::string& name, const torch::Tensor& wanted, const tensor::Tensor& given) {
  return fmt::format(
      "weights: '{}' has shape {}, the network needs {}; the file belongs to another network (compare model.backbone, "
      "input_type and width)",
      name, tensor::to_string(given.shape()), tensor::to_string(wanted.sizes().vec()));
}

bool same_shape(const torch::Tensor& wanted, const tensor::Tensor& given) {
  return wanted.sizes().vec() == given.shape();
}

// Mean over the old input channels for each new one, times old / new, so that the sum over channels stays.
torch::Tensor adapt_stem(const torch::Tensor& given, int64_t num_channels) {
  const torch::Tensor mean =
      given.mean(1, /*keepdim=*/true) * (static_cast<double>(given.size(1)) / static_cast<double>(num_channels));
  std::vector<int64_t> repeats(static_cast<size_t>(given.dim()), 1);
  repeats[1] = num_channels;
  return mean.repeat(repeats);
}

bool differs_in_channels_only(const torch::Tensor& wanted, const tensor::Tensor& given) {
  std::vector<int64_t> shape = wanted.sizes().vec();
  if (shape.size() != given.shape().size() || shape.size() < 2) return false;
  shape[1] = given.dim(1);
  return shape == given.shape();
}

}  // namespace

tensor::Tensor to_tensor(const torch::Tensor& value) {
  const torch::Tensor dense = value.detach().cpu().contiguous();
  tensor::Tensor result(dense.sizes().vec(), dtype_of(dense));
  if (!result.raw().empty()) std::memcpy(result.raw().data(), dense.data_ptr(), result.raw().size());
  return result;
}

torch::Tensor to_torch(const tensor::Tensor& value) {
  torch::Tensor result = torch::empty(value.shape(), scalar_type_of(value));
  if (!value.raw().empty()) std::memcpy(result.data_ptr(), value.raw().data(), value.raw().size());
  return result;
}

torch::Tensor view_as_torch(const tensor::Tensor& value) {
  // from_blob wants a mutable pointer; the callers only read.
  return torch::from_blob(const_cast<float*>(value.floats().data()), value.shape(), torch::kFloat32);
}

std::map<std::string, tensor::Tensor> weights_of(const Network& network) {
  std::map<std::string, tensor::Tensor> weights;
  for (const auto& [name, value] : named_tensors(network)) weights.emplace(name, to_tensor(value));
  return weights;
}

std::string first_not_finite(const Network& network) {
  for (const auto& [name, value] : named_tensors(network))
    if (!value.isfinite().all().item<bool>()) return name;
  return "";
}

std::map<std::string, tensor::Tensor> fresh_weights(const Architecture& architecture) {
  return weights_of(*make_network(architecture));
}

void set_weights(Network& network, const std::map<std::string, tensor::Tensor>& weights) {
  torch::NoGradGuard no_grad;
  std::map<std::string, torch::Tensor> tensors = named_tensors(network);
  for (const auto& [name, given] : weights) {
    const auto wanted = tensors.find(name);
    if (wanted == tensors.end())
      throw base::UserError(
          fmt::format("weights: '{}' is not a tensor of the network; the file belongs to another one", name));
    if (!same_shape(wanted->second, given)) throw base::UserError(shapes_differ(name, wanted->second, given));
    wanted->second.copy_(to_torch(given));
    tensors.erase(wanted);
  }
  if (!tensors.empty())
    throw base::UserError(
        fmt::format("weights: '{}' is missing; the file belongs to another network", tensors.begin()->first));
}

Transfer transfer_weights(Network& network, const std::map<std::string, tensor::Tensor>& weights, bool same_labels) {
  torch::NoGradGuard no_grad;
  Transfer transfer;
  const std::map<std::string, torch::Tensor> tensors = named_tensors(network);
  for (const auto& [name, wanted] : tensors) {
    const auto given = weights.find(name);
    const bool in_head = is_head(network.architecture(), name);
    if (given == weights.end() || (in_head && !(same_labels && same_shape(wanted, given->second)))) {
      transfer.fresh.push_back(name);
    } else if (same_shape(wanted, given->second)) {
      wanted.copy_(to_torch(given->second));
      transfer.loaded.push_back(name);
    } else if (is_stem(network.architecture(), name) && differs_in_channels_only(wanted, given->second)) {
      wanted.copy_(adapt_stem(to_torch(given->second), wanted.size(1)));
      transfer.adapted.push_back(name);
    } else {
      throw base::UserError(shapes_differ(name, wanted, given->second));
    }
  }
  for (const auto& [name, value] : weights) {
    if (!tensors.contains(name)) transfer.unused.push_back(name);
  }
  if (transfer.loaded.empty())
    throw base::UserError("weights: no tensor has a name of this network; the file belongs to another one");
  return transfer;
}

Transfer transfer_published(Network& network, std::map<std::string, tensor::Tensor> weights, bool same_labels) {
  std::map<std::string, tensor::Shape> shapes;
  for (const auto& [name, value] : named_tensors(network)) shapes[name] = value.sizes().vec();
  const FittedWeights fitted = fit_weights(std::move(weights), shapes);
  Transfer transfer = transfer_weights(network, fitted.weights, same_labels);
  for (const std::string& name : fitted.inflated) {
    if (std::erase(transfer.loaded, name) > 0) transfer.adapted.push_back(name);
  }
  return transfer;
}

}  // namespace gerund::nets
