// infer/softmax.h - from a network's logits to probabilities, a class and a loss.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "tensor/tensor.h"

namespace gerund::infer {

/// exp(logit - max) / sum of them, in double precision: no overflow for any finite logits. At least one logit.
std::vector<double> softmax(std::span<const float> logits);

/// The same for each row of logits, float32 [N, num_classes].
std::vector<std::vector<double>> softmax_rows(const tensor::Tensor& logits);

/// Index of the largest value, the first of equals. At least one value.
int64_t argmax(std::span<const double> values);

/// The indices of the `count` largest values, or of all where there are fewer, largest first, of equals the first
/// first.
std::vector<size_t> top_classes(std::span<const double> values, size_t count);

/// -ln of the probability of the true class, in nats; a probability of 0 counts as the smallest double, so the loss is
/// at most 709.
double cross_entropy(std::span<const double> probabilities, int64_t class_index);

}  // namespace gerund::infer
