#include "measure/workload.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>

#include "base/error.h"
#include "base/log.h"
#include "base/random.h"
#include "graph/metadata.h"
#include "graph/transform.h"
#include "tensor/compare.h"

namespace gerund::measure {
namespace {

constexpr uint64_t kSeed = 1;

/// What networks for video mostly see, for extents that a file leaves free.
constexpr int64_t kChannels = 3, kFrames = 16, kSide = 224;

tensor::Shape fixed_shape(const graph::Value& input, int64_t batch) {
  tensor::Shape shape = input.shape;
  if (!shape.empty() && shape[0] == -1) shape[0] = batch;
  if (std::ranges::find(shape, -1) == shape.end()) return shape;
  const size_t rank = shape.size();
  if (rank != 4 && rank != 5)
    throw base::UserError(
        fmt::format("input '{}' is {}: an extent behind the first is free, and only those of pictures and clips are "
                    "guessed; export the network with that one fixed",
                    input.name, tensor::to_string(input.shape)));
  if (shape[1] == -1) shape[1] = kChannels;
  if (rank == 5 && shape[2] == -1) shape[2] = kFrames;
  for (size_t axis = rank - 2; axis < rank; ++axis)
    if (shape[axis] == -1) shape[axis] = kSide;
  base::log_info(fmt::format("input '{}' is {}: {} is taken", input.name, tensor::to_string(input.shape),
                             tensor::to_string(shape)));
  return shape;
}

void check_batch(const graph::Model& model, std::optional<int64_t> batch) {
  if (!batch) return;
  if (*batch < 1) throw base::UserError(fmt::format("batch is {}; 1 or more is wanted", *batch));
  const bool is_free =
      std::ranges::any_of(model.inputs, [](const auto& input) { return !input.shape.empty() && input.shape[0] == -1; });
  if (is_free || model.inputs.empty()) return;
  const graph::Value& first = model.inputs.front();
  if (first.shape.empty() || first.shape[0] != *batch) {
    throw base::UserError(fmt::format("batch is {}, but input '{}' of the model is fixed to {}; leave the batch out",
                                      *batch, first.name, tensor::to_string(first.shape)));
  }
}

/// Whether the other one of a pair of states is among `values`.
bool has_other_state(const std::string& name, const std::vector<graph::Value>& values) {
  return std::ranges::count(values, graph::other_state(name), &graph::Value::name) > 0;
}

tensor::Tensor random_tensor(const tensor::Shape& shape, base::Random& random) {
  tensor::Tensor result(shape);
  for (float& x : result.floats()) x = static_cast<float>(random.normal());
  return result;
}

double relative_difference(const tensor::Tensor& actual, const tensor::Tensor& expected) {
  if (actual.shape() != expected.shape()) return std::numeric_limits<double>::infinity();
  const double difference = tensor::compare(actual, expected).max_absolute;
  if (difference == 0 || std::isinf(difference)) return difference;
  float largest = 0;
  for (const float x : expected.floats()) largest = std::max(largest, std::abs(x));
  return difference / largest;
}

}  // namespace

Workload make_workload(const graph::Model& model, std::optional<int64_t> batch) {
  check_batch(model, batch);
  Workload workload;
  std::map<std::string, tensor::Shape> shapes;
  base::Random random(kSeed);
  for (const graph::Value& input : model.inputs) {
    const tensor::Shape shape = fixed_shape(input, batch.value_or(1));
    if (workload.inputs.empty() && !shape.empty()) workload.batch = shape[0];
    workload.input_names.push_back(input.name);
    workload.inputs.push_back(random_tensor(shape, random));
    if (has_other_state(input.name, model.outputs))
      std::ranges::fill(workload.inputs.back().floats(), static_cast<float>(random.normal()));
    shapes[input.name] = shape;
  }
  for (const graph::Value& output : model.outputs) {
    if (!has_other_state(output.name, model.inputs)) workload.output_names.push_back(output.name);
  }
  workload.macs = graph::count_macs(model, shapes);
  return workload;
}

double relative_difference(const std::vector<tensor::Tensor>& actual, const std::vector<tensor::Tensor>& expected) {
  if (actual.size() != expected.size()) return std::numeric_limits<double>::infinity();
  double largest = 0;
  for (size_t i = 0; i < actual.size(); ++i) largest = std::max(largest, relative_difference(actual[i], expected[i]));
  return largest;
}

}  // namespace gerund::measure
