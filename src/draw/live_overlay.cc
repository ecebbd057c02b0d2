#include "draw/live_overlay.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "draw/palette.h"

namespace gerund::draw {
namespace {

constexpr Color kShade{14, 18, 24, 0.66};
constexpr Color kLight{255, 255, 255};
constexpr double kStaleAlpha = 0.45;

/// Lengths in pixels, from the size of the frame.
struct Sizes {
  double text, small, pad, line;
};

Sizes sizes_of(const tensor::Frame& frame) {
  const double unit = std::min(frame.height / 120.0, frame.width / 160.0);
  return {std::clamp(8.0 + 2.2 * unit, 10.0, 40.0), std::clamp(6.0 + 1.5 * unit, 8.0, 24.0),
          std::clamp(2.0 + 0.8 * unit, 3.0, 12.0), std::clamp(0.6 + 0.5 * unit, 1.0, 5.0)};
}

/// A chip with the label at the region's upper left corner, inside of the frame. Returns its lower edge.
double draw_chip(Canvas& canvas, const tensor::Frame& frame, const Sizes& sizes, const LiveRegion& region,
                 bool draws_score) {
  const double alpha = region.is_stale ? kStaleAlpha : 1;
  const Color color = class_color(region.class_index);
  const std::string score = draws_score ? fmt::format(" {:.0f}%", std::clamp(region.score, 0.0, 1.0) * 100) : "";
  const TextStyle style{sizes.text, with_alpha(ink_on(color), alpha), true};
  const double height = sizes.text + 2 * sizes.pad;
  const double left = std::clamp(region.box.x + sizes.line, 0.0, std::max(0.0, frame.width - 2 * sizes.text));
  const double top = std::clamp(region.box.y + sizes.line, 0.0, std::max(0.0, frame.height - height));
  const double room = frame.width - left - 2 * sizes.pad;
  const std::string text = elide(region.label, style, room - text_width(score, style)) + score;
  canvas.fill_rect({left, top, text_width(text, style) + 2 * sizes.pad, height}, with_alpha(color, 0.88 * alpha),
                   sizes.pad / 2);
  canvas.text({left + sizes.pad, top + height / 2}, text, style);
  return top + height;
}

void draw_bars(Canvas& canvas, const tensor::Frame& frame, const Sizes& sizes, const LiveRegion& region, double top) {
  const double step = sizes.small * 1.3;
  const double bottom = std::min<double>(frame.height, region.box.y + region.box.height);
  const auto count = std::min(region.top.size(), static_cast<size_t>(std::max(0.0, (bottom - top) / step - 1)));
  if (count == 0) return;
  const double width =
      std::min(frame.width - region.box.x - sizes.line, std::max(sizes.small * 11, frame.width * 0.26));
  const double left = std::max(0.0, region.box.x + sizes.line);
  canvas.fill_rect({left, top, width, static_cast<double>(count) * step + sizes.pad}, kShade);
  for (size_t i = 0; i < count; ++i) {
    const ScoredLabel& label = region.top[i];
    const double middle = top + sizes.pad / 2 + (static_cast<double>(i) + 0.5) * step;
    const TextStyle style{sizes.small, with_alpha(kLight, 0.92)};
    const double names = (width - 3 * sizes.pad) * 0.55;
    canvas.text({left + sizes.pad, middle}, elide(label.label, style, names), style);
    const double track = width - 3 * sizes.pad - names;
    const Rect bar{left + 2 * sizes.pad + names, middle - sizes.small * 0.25, track * std::clamp(label.score, 0.0, 1.0),
                   sizes.small * 0.5};
    canvas.fill_rect({bar.x, bar.y, track, bar.height}, with_alpha(kLight, 0.16));
    canvas.fill_rect(bar, mix(class_color(label.class_index), kLight, 0.15));
  }
}

void draw_region(Canvas& canvas, const tensor::Frame& frame, const Sizes& sizes, const LiveRegion& region,
                 const LiveOverlay& overlay) {
  const Color color = region.label.empty() ? with_alpha(kLight, 0.8) : class_color(region.class_index);
  if (region.has_outline && overlay.draws_outlines) canvas.box(region.box, color, sizes.line);
  double below = region.box.y + sizes.line;
  if (!region.label.empty()) below = draw_chip(canvas, frame, sizes, region, overlay.draws_score);
  draw_bars(canvas, frame, sizes, region, below);
}

void draw_caption(Canvas& canvas, const tensor::Frame& frame, const Sizes& sizes, const std::string& caption) {
  const TextStyle style{sizes.small, kLight};
  const std::string text = elide(caption, style, frame.width - 4 * sizes.pad);
  const double height = sizes.small * 1.4;
  const Rect plate{sizes.pad, frame.height - sizes.pad - height, text_width(text, style) + 2 * sizes.pad, height};
  canvas.fill_rect(plate, kShade, height / 4);
  canvas.text({plate.x + sizes.pad, plate.y + height / 2}, text, style);
}

void draw_notice(Canvas& canvas, const tensor::Frame& frame, const Sizes& sizes, const std::string& notice) {
  canvas.fill({14, 18, 24, 0.6});
  const TextStyle style{sizes.text, kLight, true, Align::center};
  canvas.text({frame.width / 2.0, frame.height / 2.0}, elide(notice, style, frame.width - 4 * sizes.pad), style);
}

}  // namespace

void draw_live_overlay(tensor::Frame& frame, const LiveOverlay& overlay) {
  Canvas canvas(frame);
  const Sizes sizes = sizes_of(frame);
  for (const LiveRegion& region : overlay.regions) draw_region(canvas, frame, sizes, region, overlay);
  if (!overlay.notice.empty()) draw_notice(canvas, frame, sizes, overlay.notice);
  if (!overlay.caption.empty()) draw_caption(canvas, frame, sizes, overlay.caption);
}

}  // namespace gerund::draw
