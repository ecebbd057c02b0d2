#include "nets/graph_builder.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <utility>

#include "base/error.h"

namespace gerund::nets {
namespace {

std::map<std::string, graph::Attribute> attributes_of(const Sliding& sliding) {
  Ints pads = sliding.before;
  pads.insert(pads.end(), sliding.after.begin(), sliding.after.end());
  return {{"kernel_shape", sliding.kernel}, {"strides", sliding.strides}, {"pads", pads}};
}

Feature slid(std::string name, int64_t channels, const Ints& extents, const Sliding& sliding) {
  Feature result{std::move(name), channels, extents};
  for (size_t axis = 0; axis < extents.size(); ++axis) {
    const int64_t padded = extents[axis] + sliding.before[axis] + sliding.after[axis];
    result.extents[axis] = (padded - sliding.kernel[axis]) / sliding.strides[axis] + 1;
  }
  return result;
}

}  // namespace

Sliding centered(Ints kernel, Ints strides) {
  Ints half = kernel;
  for (int64_t& extent : half) extent /= 2;
  return {std::move(kernel), std::move(strides), half, half};
}

Feature GraphBuilder::conv(const std::string& name, const Feature& input, int64_t out, const Sliding& sliding,
                           const ConvOptions& options) {
  tensor::Shape shape{out, input.channels / options.groups};
  shape.insert(shape.end(), sliding.kernel.begin(), sliding.kernel.end());
  std::vector<std::string> inputs{input.name, weight(name + ".weight", shape)};
  if (options.bias) inputs.push_back(weight(name + ".bias", {out}));
  std::map<std::string, graph::Attribute> attributes = attributes_of(sliding);
  if (options.groups > 1) attributes["group"] = options.groups;
  return slid(node("Conv", name, std::move(inputs), std::move(attributes)), out, input.extents, sliding);
}

Feature GraphBuilder::batch_norm(const std::string& name, Feature input, double epsilon) {
  std::vector<std::string> inputs{input.name};
  for (const char* part : {".weight", ".bias", ".running_mean", ".running_var"})
    inputs.push_back(weight(name + part, {input.channels}));
  input.name = node("BatchNormalization", name, inputs, {{"epsilon", static_cast<float>(epsilon)}});
  return input;
}

Feature GraphBuilder::relu(const std::string& name, Feature input) {
  input.name = node("Relu", name, {input.name});
  return input;
}

Feature GraphBuilder::add(const std::string& name, Feature input, const Feature& other) {
  input.name = node("Add", name, {input.name, other.name});
  return input;
}

Feature GraphBuilder::max_pool(const std::string& name, const Feature& input, const Sliding& sliding) {
  return slid(node("MaxPool", name, {input.name}, attributes_of(sliding)), input.channels, input.extents, sliding);
}

Feature GraphBuilder::average_pool(const std::string& name, const Feature& input, const Sliding& sliding) {
  return slid(node("AveragePool", name, {input.name}, attributes_of(sliding)), input.channels, input.extents, sliding);
}

Feature GraphBuilder::global_average(const std::string& name, const Feature& input) {
  return {node("GlobalAveragePool", name, {input.name}), input.channels, Ints(input.extents.size(), 1)};
}

std::string GraphBuilder::linear(const std::string& name, const std::string& input, int64_t in, int64_t out,
                                 const std::string& output) {
  return node("Gemm", name, {input, weight(name + ".weight", {out, in}), weight(name + ".bias", {out})},
              {{"transB", int64_t{1}}}, output);
}

std::string GraphBuilder::node(const std::string& op, const std::string& name, std::vector<std::string> inputs,
                               std::map<std::string, graph::Attribute> attributes, std::string output) {
  if (output.empty()) output = prefix_ + name + ".out";
  model.nodes.push_back({op, prefix_ + name, std::move(inputs), {output}, std::move(attributes)});
  return output;
}

std::string GraphBuilder::constant(float value) {
  std::string name = fmt::format("constant_{}", value);
  model.initializers[name] = tensor::Tensor({}, std::vector<float>{value});
  return name;
}

std::string GraphBuilder::constants(const std::vector<float>& values) {
  std::string name = fmt::format("constants_{}", fmt::join(values, "_"));
  model.initializers[name] = tensor::Tensor({static_cast<int64_t>(values.size())}, values);
  return name;
}

std::string GraphBuilder::indices(const Ints& values) {
  std::string name = fmt::format("indices_{}", fmt::join(values, "_"));
  tensor::Tensor list({static_cast<int64_t>(values.size())}, tensor::DType::i64);
  std::ranges::copy(values, list.ints().begin());
  model.initializers[name] = std::move(list);
  return name;
}

std::string GraphBuilder::weight(const std::string& name, const tensor::Shape& shape) {
  std::string full_name = prefix_ + name;
  const auto found = weights_.find(full_name);
  if (found == weights_.end())
    throw base::UserError(fmt::format("weights: '{}' is missing; the file belongs to another network", full_name));
  if (found->second.shape() != shape) {
    throw base::UserError(
        fmt::format("weights: '{}' has shape {}, the network needs {}; the file belongs to another "
                    "network",
                    full_name, tensor::to_string(found->second.shape()), tensor::to_string(shape)));
  }
  model.initializers[full_name] = found->second;
  return full_name;
}

}  // namespace gerund::nets
