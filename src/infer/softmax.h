// infer/softmax.h - from a network's logits to probabilities, a class and a loss.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "tensor/tensor.h"

namespace gerund::infer {

/// exp(logit - max) / sum of them, in double precision: no overflow for any finite logits. At least one logit.
std::vector<double> softmax(std::span<const float> logits);

/// What a network says of each clip of a batch, by class: the softmax of its `output`, or `output` itself where it
/// `gives_probabilities`. `clips`: what each is called in messages.
/// Throws UserError unless `output` is float32 [clips, num_classes] and all of it finite.
std::vector<std::vector<double>> class_probabilities(const tensor::Tensor& output, std::span<const std::string> clips,
                                                     int64_t num_classes, bool gives_probabilities);

/// Index of the largest value, the first of equals. At least one value.
int64_t argmax(std::span<const double> values);

/// The indices of the `count` largest values, or of all where there are fewer, largest first, of equals the first
/// first.
std::vector<size_t> top_classes(std::span<const double> values, size_t count);

/// -ln of the probability of the true class, in nats; a probability of 0 counts as the smallest double, so the loss is
/// at most 709.
double cross_entropy(std::span<const double> probabilities, int64_t class_index);

}  // namespace gerund::infer
