#include "infer/softmax.h"

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

std::vector<std::vector<double>> softmax_rows(const tensor::Tensor& logits) {
  const auto num_classes = static_cast<size_t>(logits.dim(1));
  std::vector<std::vector<double>> rows;
  for (size_t row = 0; row < static_cast<size_t>(logits.dim(0)); ++row)
    rows.push_back(softmax(logits.floats().subspan(row * num_classes, num_classes)));
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
