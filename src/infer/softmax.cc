#include "infer/softmax.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>

#include "base/error.h"

namespace gerund::infer {

std::vector<double> softmax(std::span<const float> logits) {
  if (logits.empty()) throw base::InternalError("softmax: no logits");
  const double largest = *std::max_element(logits.begin(), logits.end());
  std::vector<double> probabilities;
  double sum = 0;
  for (float logit : logits) sum += probabilities.emplace_back(std::exp(static_cast<double>(logit) - largest));
  for (double& probability : probabilities) probability /= sum;
  return probabilities;
}

std::vector<std::vector<double>> class_probabilities(const tensor::Tensor& output, std::span<const std::string> clips,
                                                     int64_t num_classes, bool gives_probabilities) {
  const tensor::Shape wanted{static_cast<int64_t>(clips.size()), num_classes};
  if (output.shape() != wanted)
    throw base::UserError(fmt::format(
        "the network gives {} for {} clips, and there are {} labels; wanted are logits {}: give the labels that the "
        "network was trained with",
        tensor::to_string(output.shape()), clips.size(), num_classes, tensor::to_string(wanted)));
  std::vector<std::vector<double>> rows;
  for (size_t i = 0; i < clips.size(); ++i) {
    const auto row = output.floats().subspan(i * static_cast<size_t>(num_classes), static_cast<size_t>(num_classes));
    if (!std::ranges::all_of(row, [](float value) { return std::isfinite(value); }))
      throw base::UserError(fmt::format(
          "{}: the network's output is not finite (infinite or NaN): its weights are damaged or training has diverged; "
          "train with a lower train.optim.lr or with train.clip_grad_norm",
          clips[i]));
    rows.push_back(gives_probabilities ? std::vector<double>(row.begin(), row.end()) : softmax(row));
  }
  return rows;
}

int64_t argmax(std::span<const double> values) {
  if (values.empty()) throw base::InternalError("argmax: no values");
  return std::max_element(values.begin(), values.end()) - values.begin();
}

std::vector<size_t> top_classes(std::span<const double> values, size_t count) {
  std::vector<size_t> order(values.size());
  std::iota(order.begin(), order.end(), size_t{0});
  std::ranges::stable_sort(order, [&](size_t a, size_t b) { return values[a] > values[b]; });
  order.resize(std::min(order.size(), count));
  return order;
}

double cross_entropy(std::span<const double> probabilities, int64_t class_index) {
  if (class_index < 0 || class_index >= static_cast<int64_t>(probabilities.size()))
    throw base::InternalError("cross_entropy: class index out of range");
  return -std::log(std::max(probabilities[static_cast<size_t>(class_index)], std::numeric_limits<double>::min()));
}

}  // namespace gerund::infer
