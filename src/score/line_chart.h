// score/line_chart.h - curves over epochs as a picture inside a web page.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace gerund::score {

struct Curve {
  std::string name;                           ///< Of the legend and of hover titles.
  std::string color;                          ///< A class of the page's style: "train" or "val".
  std::vector<std::optional<double>> values;  ///< By epoch; nullopt where there is none. All curves are as long.
};

struct LineChart {
  std::string title;
  std::vector<Curve> curves;
  double scale = 1;                     ///< Values are shown times this (100 for shares).
  std::string unit;                     ///< Behind shown values, e.g. " %".
  std::optional<double> top;            ///< Upper end of the axis, as shown; nullopt: from the values.
  std::optional<int64_t> marked_epoch;  ///< From 0; gets a line and "best".
  int64_t num_epochs = 0;               ///< Of the whole run: the axis, so that a running run shows how far it is.
};

/// A <figure> with an inline <svg>: axes from 0, grid, legend, and hover titles per epoch. Epochs are numbered from 1.
/// Well-formed XML, no scripts, nothing loaded; every text is escaped.
std::string draw_line_chart(const LineChart& chart);

/// The distance of about `count` ticks over [0, top], top > 0: 1, 2 or 5 times a power of ten.
double tick_step(double top, int count);

}  // namespace gerund::score
