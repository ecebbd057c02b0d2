#include "draw/label_overlay.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "draw/canvas.h"
#include "draw/palette.h"

namespace gerund::draw {
namespace {

constexpr Color kShade{14, 18, 24, 0.62};
constexpr Color kLight{255, 255, 255};

/// Lengths in pixels, from the size of the frame.
struct Sizes {
  double margin, pad, headline, small, bar, gap, panel;
  size_t num_bars;
};

Sizes sizes_of(const tensor::Frame& frame, size_t num_labels) {
  const double unit = std::min(frame.height / 120.0, frame.width / 160.0);
  Sizes sizes{};
  sizes.headline = std::clamp(7.0 + 3.2 * unit, 9.0, 46.0);
  sizes.small = std::clamp(5.5 + 1.9 * unit, 7.5, 26.0);
  sizes.margin = std::clamp(2.0 + 1.5 * unit, 3.0, 18.0);
  sizes.pad = sizes.margin;
  sizes.bar = sizes.small * 0.62;
  sizes.gap = sizes.small * 1.35;
  sizes.panel = std::min(std::max(sizes.small * 15, frame.width * 0.28), frame.width - 2 * sizes.margin);
  const double room = frame.height * 0.55 - sizes.headline * 1.2 - 2 * sizes.pad;
  sizes.num_bars = std::min(num_labels, static_cast<size_t>(std::max(0.0, std::floor(room / sizes.gap))));
  return sizes;
}

void draw_bar(Canvas& canvas, const Sizes& sizes, const ScoredLabel& label, double middle) {
  const double left = sizes.margin + sizes.pad, inner = sizes.panel - 2 * sizes.pad;
  const double names = inner * 0.5;
  const TextStyle style{sizes.small, with_alpha(kLight, 0.9)};
  canvas.text({left, middle}, elide(label.label, style, names - 4), style);
  const Rect track{left + names, middle - sizes.bar / 2, inner - names, sizes.bar};
  canvas.fill_rect(track, with_alpha(kLight, 0.16), sizes.bar / 2);
  const double length = std::max(track.width * std::clamp(label.score, 0.0, 1.0), 0.0);
  canvas.fill_rect({track.x, track.y, length, track.height}, mix(class_color(label.class_index), kLight, 0.15),
                   sizes.bar / 2);
}

void draw_panel(Canvas& canvas, const Sizes& sizes, const std::vector<ScoredLabel>& top) {
  const double head = sizes.headline * 1.2;
  const double height = 2 * sizes.pad + head + static_cast<double>(sizes.num_bars) * sizes.gap;
  canvas.fill_rect({sizes.margin, sizes.margin, sizes.panel, height}, kShade, sizes.pad);
  const double left = sizes.margin + sizes.pad, right = sizes.margin + sizes.panel - sizes.pad;
  const double middle = sizes.margin + sizes.pad + sizes.headline * 0.5;
  const std::string percent = fmt::format("{:.0f}%", std::clamp(top[0].score, 0.0, 1.0) * 100);
  const TextStyle number{sizes.headline * 0.85, with_alpha(kLight, 0.85), false, Align::right};
  TextStyle name{sizes.headline, kLight, true};
  const double room = right - left - text_width(percent, number) - sizes.headline * 0.4;
  if (text_width(top[0].label, name) > room) name.size *= std::max(0.75, room / text_width(top[0].label, name));
  canvas.text({left, middle}, elide(top[0].label, name, room), name);
  canvas.text({right, middle}, percent, number);
  for (size_t i = 0; i < sizes.num_bars; ++i)
    draw_bar(canvas, sizes, top[i], sizes.margin + sizes.pad + head + (static_cast<double>(i) + 0.5) * sizes.gap);
}

std::string clock_text(double seconds) {
  const auto tenths = static_cast<int64_t>(std::floor(std::max(seconds, 0.0) * 10 + 1e-6));
  return fmt::format("{}:{:02}.{}", tenths / 600, tenths / 10 % 60, tenths % 10);
}

void draw_progress(Canvas& canvas, const tensor::Frame& frame, const Sizes& sizes, const LabelOverlay& overlay) {
  const double height = std::max(3.0, sizes.small * 0.55), width = frame.width;
  const double top = frame.height - height;
  const double done = width * std::clamp(overlay.seconds / overlay.duration_seconds, 0.0, 1.0);
  canvas.fill_rect({0, top, width, height}, kShade);
  for (const TimelineSpan& span : overlay.spans) {
    const double from = width * std::clamp(span.start_seconds / overlay.duration_seconds, 0.0, 1.0);
    const double to = width * std::clamp(span.end_seconds / overlay.duration_seconds, 0.0, 1.0);
    const Color color = class_color(span.class_index);
    canvas.fill_rect({from, top, to - from, height}, with_alpha(color, 0.45));
    canvas.fill_rect({from, top, std::clamp(done - from, 0.0, to - from), height}, color);
  }
  if (overlay.spans.empty()) canvas.fill_rect({0, top, done, height}, kAccent);
  const double mark = std::max(1.5, height * 0.4);
  canvas.fill_rect({std::clamp(done - mark / 2, 0.0, width - mark), top - height * 0.5, mark, height * 1.5}, kLight);
}

void draw_clock(Canvas& canvas, const tensor::Frame& frame, const Sizes& sizes, double seconds) {
  const std::string text = clock_text(seconds);
  const TextStyle style{sizes.small, kLight};
  const double width = text_width(text, style) + sizes.small, height = sizes.small * 1.3;
  const Rect plate{frame.width - sizes.margin - width, frame.height - sizes.small * 0.8 - sizes.margin - height, width,
                   height};
  canvas.fill_rect(plate, kShade, height / 3);
  canvas.text({plate.x + sizes.small / 2, plate.y + height / 2}, text, style);
}

}  // namespace

void draw_label_overlay(tensor::Frame& frame, const LabelOverlay& overlay) {
  Canvas canvas(frame);
  const Sizes sizes = sizes_of(frame, overlay.top.size());
  if (!overlay.top.empty()) draw_panel(canvas, sizes, overlay.top);
  if (overlay.duration_seconds > 0) draw_progress(canvas, frame, sizes, overlay);
  draw_clock(canvas, frame, sizes, overlay.seconds);
}

}  // namespace gerund::draw
