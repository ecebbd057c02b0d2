// draw/rate_chart.h - a picture of the loss over the learning rate.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "tensor/frame.h"

namespace gerund::draw {

struct RatePoint {
  double rate = 0;  ///< > 0.
  double loss = 0;
  double smooth_loss = 0;
};

struct RateChart {
  std::string title;
  std::vector<RatePoint> points;  ///< Rising rates, at least two.
  std::optional<double> advised;  ///< A rate that gets a line and its number.
};

/// Draws losses as dots and smooth losses as a line over a logarithmic axis of rates. The vertical axis holds all
/// smooth losses up to twice the first; what is higher leaves the picture. Throws InternalError for fewer points than
/// two.
tensor::Frame draw_rate_chart(const RateChart& chart, int width = 960, int height = 540);

}  // namespace gerund::draw
