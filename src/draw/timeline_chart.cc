#include "draw/timeline_chart.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>

#include "base/error.h"
#include "draw/canvas.h"
#include "draw/palette.h"

namespace gerund::draw {
namespace {

constexpr double kMargin = 24;
constexpr double kNamesWidth = 84;  // Left of the bands.
constexpr double kTitleSize = 20;
constexpr double kSmall = 12.5;
constexpr double kBandHeight = 30;
constexpr double kCurvesHeight = 150;
constexpr double kGap = 14;
constexpr double kLegendRow = 24;
constexpr double kThumbnailHeight = 84;

/// One stretch of video shows this many thumbnails; they share its width with two pixels between them.
double thumbnail_width(double inner_width, int count) {
  return (inner_width - 2.0 * (count - 1)) / count;
}

struct LegendItem {
  size_t class_index;
  double x, row;
};

struct Layout {
  double left = 0, inner = 0;                                                         // The bands' left edge and width.
  double thumbnails = 0, predicted = 0, truth = 0, curves = 0, axis = 0, legend = 0;  // Tops.
  double thumbnail_height = 0;
  std::vector<LegendItem> items;
  int height = 0;
};

std::vector<LegendItem> place_legend(const TimelineChart& chart, const Layout& layout) {
  std::vector<LegendItem> items;
  double x = 0, row = 0;
  for (size_t i = 0; i < chart.labels.size(); ++i) {
    const TextStyle style{kSmall};
    const double width = 18 + text_width(elide(chart.labels[i], style, 180), style) + 22;
    if (x > 0 && x + width > layout.inner) {
      x = 0;
      ++row;
    }
    items.push_back({i, x, row});
    x += width;
  }
  return items;
}

Layout make_layout(const TimelineChart& chart, int width) {
  Layout layout;
  layout.left = kMargin + kNamesWidth;
  layout.inner = width - layout.left - kMargin;
  double y = kMargin + (chart.title.empty() ? 0 : kTitleSize + kGap);
  layout.thumbnails = y;
  if (!chart.thumbnails.empty()) {
    const tensor::Frame& first = chart.thumbnails.front();
    const double each = thumbnail_width(layout.inner, static_cast<int>(chart.thumbnails.size()));
    layout.thumbnail_height = std::round(std::min(each * first.height / std::max(1, first.width), 160.0));
    y += layout.thumbnail_height + 8;
  }
  layout.predicted = y;
  y += kBandHeight;
  layout.truth = y + 6;
  if (!chart.truth.empty()) y = layout.truth + kBandHeight;
  layout.curves = y + kGap;
  if (!chart.scores.empty()) y = layout.curves + kCurvesHeight;
  layout.axis = y + 6;
  layout.legend = layout.axis + 36;
  layout.items = place_legend(chart, layout);
  const double rows = layout.items.empty() ? 0 : layout.items.back().row + 1;
  layout.height = static_cast<int>(std::ceil(layout.legend + rows * kLegendRow + kMargin - 8));
  return layout;
}

std::string clock_text(double seconds) {
  const auto whole = static_cast<int64_t>(std::llround(seconds));
  return whole < 3600 ? fmt::format("{}:{:02}", whole / 60, whole % 60)
                      : fmt::format("{}:{:02}:{:02}", whole / 3600, whole / 60 % 60, whole % 60);
}

/// Draws the parts of one chart; its pieces share canvas, layout and the scale of time.
class Painter {
 public:
  Painter(const TimelineChart& chart, const Layout& layout, Canvas& canvas)
      : chart_(chart), layout_(layout), canvas_(canvas) {}

  void draw() {
    if (!chart_.title.empty()) {
      const TextStyle style{kTitleSize, kInk, true};
      canvas_.text({kMargin, kMargin + kTitleSize / 2},
                   elide(chart_.title, style, layout_.left + layout_.inner - kMargin), style);
    }
    draw_thumbnails();
    draw_grid();
    draw_band(chart_.predicted, layout_.predicted, chart_.truth.empty() ? "actions" : "predicted");
    if (!chart_.truth.empty()) draw_band(chart_.truth, layout_.truth, "truth");
    if (!chart_.scores.empty()) draw_curves();
    draw_legend();
  }

 private:
  double x_of(double seconds) const {
    return layout_.left + layout_.inner * std::clamp(seconds / chart_.duration_seconds, 0.0, 1.0);
  }

  void draw_name(std::string_view name, double middle) {
    canvas_.text({layout_.left - 12, middle}, name, {kSmall, kFaintInk, false, Align::right});
  }

  void draw_thumbnails() {
    const auto count = static_cast<int>(chart_.thumbnails.size());
    if (count == 0) return;
    const double each = thumbnail_width(layout_.inner, count);
    for (int i = 0; i < count; ++i) {
      const double left = std::round(layout_.left + i * (each + 2));
      const double right = std::round(layout_.left + i * (each + 2) + each);
      canvas_.picture({left, layout_.thumbnails, right - left, layout_.thumbnail_height},
                      chart_.thumbnails[static_cast<size_t>(i)]);
    }
  }

  double tick_seconds() const {
    static constexpr std::array kSteps{1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200};
    for (const int step : kSteps)
      if (layout_.inner * step / chart_.duration_seconds >= 62) return step;
    return std::ceil(chart_.duration_seconds / 10 / 3600) * 3600;
  }

  void draw_grid() {
    const double step = tick_seconds();
    const auto num_steps = static_cast<int64_t>(chart_.duration_seconds / step + 1e-9);
    for (int64_t i = 0; i <= num_steps; ++i) {
      const double seconds = step * static_cast<double>(i);
      const double x = std::round(x_of(seconds));
      canvas_.fill_rect({x, layout_.predicted, 1, layout_.axis - layout_.predicted + 4}, kRule);
      canvas_.text({x, layout_.axis + 16}, clock_text(seconds), {kSmall, kFaintInk, false, Align::center});
    }
  }

  void draw_band(const std::vector<TimelineSpan>& spans, double top, std::string_view name) {
    draw_name(name, top + kBandHeight / 2);
    canvas_.fill_rect({layout_.left, top, layout_.inner, kBandHeight}, kPanel);
    for (const TimelineSpan& span : spans) {
      const Rect rect{x_of(span.start_seconds), top, x_of(span.end_seconds) - x_of(span.start_seconds), kBandHeight};
      const Color color = class_color(span.class_index);
      canvas_.fill_rect(rect, color);
      canvas_.fill_rect({rect.x + rect.width - 1, top, 1, kBandHeight}, with_alpha(kPaper, 0.7));
      if (span.class_index < 0) continue;
      const TextStyle style{kSmall, ink_on(color), false, Align::center};
      const std::string& label = chart_.labels[static_cast<size_t>(span.class_index)];
      const std::string text = elide(label, style, rect.width - 10);
      if (text.size() >= std::min<size_t>(label.size(), 6))
        canvas_.text({rect.x + rect.width / 2, top + kBandHeight / 2}, text, style);
    }
  }

  void draw_curves() {
    const double bottom = layout_.curves + kCurvesHeight;
    draw_name("score", layout_.curves + kCurvesHeight / 2);
    for (const double share : {0.0, 0.5, 1.0}) {
      const double y = std::round(bottom - share * kCurvesHeight);
      canvas_.fill_rect({layout_.left, y, layout_.inner, 1}, kRule);
      if (share != 0.5)
        canvas_.text({layout_.left - 12, y}, fmt::format("{:.0f}", share), {11, kFaintInk, false, Align::right});
    }
    for (size_t class_index = 0; class_index < chart_.labels.size(); ++class_index) {
      std::vector<Point> points;
      for (const TimelineScores& moment : chart_.scores)
        if (class_index < moment.scores.size())
          points.push_back(
              {x_of(moment.seconds), bottom - kCurvesHeight * std::clamp(moment.scores[class_index], 0.0, 1.0)});
      canvas_.polyline(points, with_alpha(class_color(static_cast<int64_t>(class_index)), 0.9), 2);
    }
  }

  void draw_legend() {
    for (const LegendItem& item : layout_.items) {
      const double x = layout_.left + item.x, middle = layout_.legend + item.row * kLegendRow + kLegendRow / 2;
      canvas_.fill_rect({x, middle - 6, 12, 12}, class_color(static_cast<int64_t>(item.class_index)), 3);
      const TextStyle style{kSmall, kInk};
      canvas_.text({x + 18, middle}, elide(chart_.labels[item.class_index], style, 180), style);
    }
  }

  const TimelineChart& chart_;
  const Layout& layout_;
  Canvas& canvas_;
};

void check(const TimelineChart& chart, int width) {
  if (!(chart.duration_seconds > 0) || width < 320)
    throw base::InternalError(
        fmt::format("a timeline of {} seconds cannot be drawn {} pixels wide", chart.duration_seconds, width));
  for (const auto* spans : {&chart.predicted, &chart.truth})
    for (const TimelineSpan& span : *spans)
      if (span.class_index < -1 || span.class_index >= static_cast<int64_t>(chart.labels.size()))
        throw base::InternalError(
            fmt::format("a timeline of {} classes has a span of class {}", chart.labels.size(), span.class_index));
}

}  // namespace

int num_thumbnails(int chart_width, int video_width, int video_height) {
  const double inner = chart_width - 2 * kMargin - kNamesWidth;
  const double each = kThumbnailHeight * std::max(1, video_width) / std::max(1, video_height);
  return std::max(1, static_cast<int>(std::lround(inner / each)));
}

tensor::Frame draw_timeline(const TimelineChart& chart, int width) {
  check(chart, width);
  const Layout layout = make_layout(chart, width);
  tensor::Frame frame(width, layout.height);
  Canvas canvas(frame);
  canvas.fill(kPaper);
  Painter(chart, layout, canvas).draw();
  return frame;
}

}  // namespace gerund::draw
