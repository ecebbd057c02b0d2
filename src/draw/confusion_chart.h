// draw/confusion_chart.h - a picture of a confusion matrix.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "tensor/frame.h"

namespace gerund::draw {

/// Draws a table with a row per true class and a column per predicted one, coloured by the share of the row, with
/// counts and percentages while they fit. `counts` is int64 [N, N] (row: truth, column: prediction), N = labels.size()
/// >= 1, each >= 0. Throws InternalError where the sizes do not fit. Long names are shortened; about 60 classes are
/// readable.
tensor::Frame draw_confusion_matrix(std::span<const std::string> labels, std::span<const int64_t> counts,
                                    std::string_view title);

}  // namespace gerund::draw
