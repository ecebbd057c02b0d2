#include "score/line_chart.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "score/page.h"

namespace gerund::score {
namespace {

// Units of the drawing; the page scales it to its column.
constexpr double kWidth = 460, kHeight = 220, kLeft = 52, kRight = 12, kTop = 12, kBottom = 26;
constexpr int kTicks = 5;  // Of an axis of values, about.

// Where things are in one chart.
struct Plane {
  double top = 1;     // Value at the upper edge.
  double epochs = 1;  // Epochs along the axis.

  double x(double epoch) const {
    const double inner = kWidth - kLeft - kRight;
    return epochs <= 1 ? kLeft + inner / 2 : kLeft + inner * epoch / (epochs - 1);
  }
  double y(double value) const {
    return kHeight - kBottom - (kHeight - kTop - kBottom) * std::clamp(value / top, 0.0, 1.0);
  }
};

double highest(const LineChart& chart) {
  double value = 0;
  for (const Curve& curve : chart.curves)
    for (const auto& point : curve.values)
      if (point && std::isfinite(*point)) value = std::max(value, *point * chart.scale);
  return value;
}

Plane plane_of(const LineChart& chart) {
  Plane plane;
  const double top = chart.top.value_or(highest(chart));
  const double step = tick_step(top > 0 ? top : 1, kTicks);
  plane.top = chart.top.value_or(std::max(step, std::ceil(top / step - 1e-9) * step));
  plane.epochs = static_cast<double>(chart.num_epochs);
  return plane;
}

std::string grid(const LineChart& chart, const Plane& plane) {
  std::string svg;
  const double step = tick_step(plane.top, kTicks);
  for (int i = 0; i * step <= plane.top * 1.001; ++i) {
    const double y = plane.y(i * step);
    svg += fmt::format(
        "<line class=\"{}\" x1=\"{}\" x2=\"{}\" y1=\"{:.1f}\" y2=\"{:.1f}\"/>"
        "<text class=\"tick\" x=\"{}\" y=\"{:.1f}\" text-anchor=\"end\">{:.3g}{}</text>",
        i == 0 ? "axis" : "grid", kLeft, kWidth - kRight, y, y, kLeft - 6, y + 4, i * step, escape_html(chart.unit));
  }
  const double epoch_step = std::max(1.0, tick_step(plane.epochs, 6));
  for (int i = 1; i * epoch_step <= plane.epochs; ++i) {
    const double epoch = i * epoch_step;
    svg += fmt::format("<text class=\"tick\" x=\"{:.1f}\" y=\"{}\" text-anchor=\"middle\">{}</text>",
                       plane.x(epoch - 1), kHeight - 8, epoch);
  }
  return svg;
}

std::string marker(const LineChart& chart, const Plane& plane) {
  if (!chart.marked_epoch) return "";
  const double x = plane.x(static_cast<double>(*chart.marked_epoch));
  const bool at_right = x > kWidth - 60;
  return fmt::format(
      "<line class=\"mark\" x1=\"{:.1f}\" x2=\"{:.1f}\" y1=\"{}\" y2=\"{}\"/>"
      "<text class=\"tick halo\" x=\"{:.1f}\" y=\"{}\" text-anchor=\"{}\">best</text>",
      x, x, kTop, kHeight - kBottom, at_right ? x - 5 : x + 5, kTop + 9, at_right ? "end" : "start");
}

std::string line(const LineChart& chart, const Curve& curve, const Plane& plane) {
  std::string points, dots;
  size_t count = 0;
  for (size_t epoch = 0; epoch < curve.values.size(); ++epoch) {
    const auto& value = curve.values[epoch];
    if (!value || !std::isfinite(*value)) continue;
    const double x = plane.x(static_cast<double>(epoch)), y = plane.y(*value * chart.scale);
    points += fmt::format("{:.1f},{:.1f} ", x, y);
    dots += fmt::format("<circle class=\"{}\" cx=\"{:.1f}\" cy=\"{:.1f}\" r=\"2.6\"/>", curve.color, x, y);
    ++count;
  }
  constexpr size_t kMostDots = 40;  // More would hide the line.
  return fmt::format("<polyline class=\"{}\" points=\"{}\"/>", curve.color, points) + (count <= kMostDots ? dots : "");
}

// A column per epoch, unseen, that says its values when the mouse is over it.
std::string hover(const LineChart& chart, const Plane& plane) {
  std::string svg;
  size_t num_epochs = 0;
  for (const Curve& curve : chart.curves) num_epochs = std::max(num_epochs, curve.values.size());
  const double width = plane.epochs <= 1 ? kWidth - kLeft - kRight : plane.x(1) - plane.x(0);
  for (size_t epoch = 0; epoch < num_epochs; ++epoch) {
    std::string title = fmt::format("epoch {}", epoch + 1);
    for (const Curve& curve : chart.curves)
      if (epoch < curve.values.size() && curve.values[epoch])
        title += fmt::format("\n{}: {:.4g}{}", curve.name, *curve.values[epoch] * chart.scale, chart.unit);
    svg += fmt::format(
        "<rect class=\"hit\" x=\"{:.1f}\" y=\"{}\" width=\"{:.1f}\" height=\"{}\"><title>{}</title></rect>",
        plane.x(static_cast<double>(epoch)) - width / 2, kTop, width, kHeight - kTop - kBottom, escape_html(title));
  }
  return svg;
}

}  // namespace

double tick_step(double top, int count) {
  const double raw = top / count, power = std::pow(10.0, std::floor(std::log10(raw)));
  const double share = raw / power;
  return power * (share <= 1.0001 ? 1 : share <= 2.0001 ? 2 : share <= 5.0001 ? 5 : 10);
}

std::string draw_line_chart(const LineChart& chart) {
  const Plane plane = plane_of(chart);
  std::string legend;
  for (const Curve& curve : chart.curves)
    legend += fmt::format("<span class=\"key {}\">{}</span>", curve.color, escape_html(curve.name));
  std::string svg = fmt::format("<svg viewBox=\"0 0 {} {}\" role=\"img\" aria-label=\"{}\">", kWidth, kHeight,
                                escape_html(chart.title + " by epoch"));
  svg += grid(chart, plane);
  for (const Curve& curve : chart.curves) svg += line(chart, curve, plane);
  svg += marker(chart, plane) + hover(chart, plane) + "</svg>";
  return fmt::format("<figure><figcaption><b>{}</b>{}</figcaption>{}</figure>\n", escape_html(chart.title), legend,
                     svg);
}

}  // namespace gerund::score
