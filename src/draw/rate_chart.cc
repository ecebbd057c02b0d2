#include "draw/rate_chart.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "base/error.h"
#include "draw/canvas.h"
#include "draw/palette.h"

namespace gerund::draw {
namespace {

constexpr double kMargin = 28;
constexpr double kLeft = 78;
constexpr double kTop = 76;
constexpr double kBottom = 70;

// The plot and what its edges stand for.
struct Axes {
  Rect plot;
  double first_power = 0, last_power = 0;  // log10 of the rates at the left and right.
  double lowest = 0, highest = 1;          // Losses at the bottom and the top.

  double x_of(double rate) const {
    return plot.x + plot.width * (std::log10(rate) - first_power) / (last_power - first_power);
  }
  double y_of(double loss) const { return plot.y + plot.height * (1 - (loss - lowest) / (highest - lowest)); }
};

Axes make_axes(const RateChart& chart, int width, int height) {
  Axes axes;
  axes.plot = {kLeft, kTop, width - kLeft - kMargin, height - kTop - kBottom};
  axes.first_power = std::log10(chart.points.front().rate);
  axes.last_power = std::log10(chart.points.back().rate);
  const double cap = 2 * chart.points.front().smooth_loss;
  double lowest = cap, highest = 0;
  for (const RatePoint& point : chart.points) {
    lowest = std::min(lowest, point.smooth_loss);
    highest = std::max(highest, std::min(point.smooth_loss, cap));
  }
  const double room = std::max(0.08 * (highest - lowest), 1e-6);
  axes.lowest = std::max(0.0, lowest - room);
  axes.highest = highest + room;
  return axes;
}

void draw_grid(Canvas& canvas, const Axes& axes) {
  const TextStyle style{13, kFaintInk, false, Align::center};
  const double bottom = axes.plot.y + axes.plot.height;
  for (int power = static_cast<int>(std::ceil(axes.first_power - 1e-9)); power <= axes.last_power + 1e-9; ++power) {
    const double x = axes.x_of(std::pow(10.0, power));
    canvas.line({x, axes.plot.y}, {x, bottom}, kRule);
    canvas.text({x, bottom + 18}, fmt::format("{:g}", std::pow(10.0, power)), style);
  }
  constexpr int kLines = 5;
  TextStyle right = style;
  right.align = Align::right;
  for (int i = 0; i <= kLines; ++i) {
    const double loss = axes.lowest + (axes.highest - axes.lowest) * i / kLines;
    canvas.line({axes.plot.x, axes.y_of(loss)}, {axes.plot.x + axes.plot.width, axes.y_of(loss)}, kRule);
    canvas.text({axes.plot.x - 10, axes.y_of(loss)}, fmt::format("{:.2f}", loss), right);
  }
  canvas.text({axes.plot.x + axes.plot.width / 2, bottom + 44}, "learning rate", {14, kInk, false, Align::center});
  canvas.text_upwards({22, axes.plot.y + axes.plot.height / 2}, "loss", {14, kInk, false, Align::center});
}

void draw_losses(Canvas& canvas, const Axes& axes, const std::vector<RatePoint>& points) {
  std::vector<Point> line;
  bool is_inside = true;
  for (const RatePoint& point : points) {
    if (point.loss <= axes.highest && point.loss >= axes.lowest)
      canvas.fill_rect({axes.x_of(point.rate) - 2, axes.y_of(point.loss) - 2, 4, 4}, with_alpha(kAccent, 0.35), 2);
    // The line ends at the top edge, where it leaves.
    if (is_inside) line.push_back({axes.x_of(point.rate), axes.y_of(std::min(point.smooth_loss, axes.highest))});
    is_inside = point.smooth_loss <= axes.highest;
  }
  canvas.polyline(line, kAccent, 2.5);
}

void draw_advice(Canvas& canvas, const Axes& axes, double rate) {
  constexpr Color kAdvice{176, 58, 46};
  const double x = axes.x_of(rate);
  canvas.line({x, axes.plot.y}, {x, axes.plot.y + axes.plot.height}, kAdvice, 2);
  const bool fits_right = x + 130 < axes.plot.x + axes.plot.width;
  canvas.text({fits_right ? x + 8 : x - 8, axes.plot.y + 14}, fmt::format("try {:.2g}", rate),
              {15, kAdvice, true, fits_right ? Align::left : Align::right});
}

}  // namespace

tensor::Frame draw_rate_chart(const RateChart& chart, int width, int height) {
  if (chart.points.size() < 2) throw base::InternalError("draw_rate_chart: fewer than two points");
  tensor::Frame frame(width, height);
  Canvas canvas(frame);
  canvas.fill(kPaper);
  canvas.text({kMargin, 34}, elide(chart.title, {19, kInk, true}, width - 2 * kMargin), {19, kInk, true});
  const Axes axes = make_axes(chart, width, height);
  draw_grid(canvas, axes);
  draw_losses(canvas, axes, chart.points);
  if (chart.advised && *chart.advised >= chart.points.front().rate) draw_advice(canvas, axes, *chart.advised);
  return frame;
}

}  // namespace gerund::draw
