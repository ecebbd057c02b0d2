#include "draw/canvas.h"

#include <algorithm>
#include <cmath>
#include <opencv2/imgproc.hpp>
#include <vector>

#include "draw/text_mask.h"

namespace gerund::draw {
namespace {

uint8_t to_byte(double value) {
  return static_cast<uint8_t>(std::clamp(std::lround(value), 0L, 255L));
}

/// Pixels [first, stop) that a stretch of the frame touches.
struct PixelRange {
  int first = 0, stop = 0;
};
PixelRange touched(double low, double high, int extent) {
  const double limit = extent;
  return {static_cast<int>(std::clamp(std::floor(low), 0.0, limit)),
          static_cast<int>(std::clamp(std::ceil(high), 0.0, limit))};
}

/// How much of pixel `i` lies in [low, high), 0..1.
double overlap(int i, double low, double high) {
  return std::clamp(std::min(high, i + 1.0) - std::max(low, static_cast<double>(i)), 0.0, 1.0);
}

/// Signed distance from a point to a rectangle with round corners, negative inside.
double rounded_distance(Point point, const Rect& rect, double radius) {
  const double x = std::abs(point.x - rect.x - rect.width / 2) - rect.width / 2 + radius;
  const double y = std::abs(point.y - rect.y - rect.height / 2) - rect.height / 2 + radius;
  return std::hypot(std::max(x, 0.0), std::max(y, 0.0)) + std::min(std::max(x, y), 0.0) - radius;
}

double segment_distance(Point point, Point from, Point to) {
  const double dx = to.x - from.x, dy = to.y - from.y;
  const double squared = dx * dx + dy * dy;
  const double along =
      squared > 0 ? std::clamp(((point.x - from.x) * dx + (point.y - from.y) * dy) / squared, 0.0, 1.0) : 0.0;
  return std::hypot(point.x - from.x - along * dx, point.y - from.y - along * dy);
}

double align_offset(const TextStyle& style, double width) {
  if (style.align == Align::center) return -width / 2;
  return style.align == Align::right ? -width : 0.0;
}

}  // namespace

Color mix(Color a, Color b, double share) {
  const auto channel = [share](double from, double to) { return to_byte(from + (to - from) * share); };
  return {channel(a.r, b.r), channel(a.g, b.g), channel(a.b, b.b), a.alpha + (b.alpha - a.alpha) * share};
}

Color with_alpha(Color color, double alpha) {
  color.alpha = alpha;
  return color;
}

double text_width(std::string_view text, const TextStyle& style) {
  return text_mask_width(text, style.size, style.bold);
}

std::string elide(std::string_view text, const TextStyle& style, double max_width) {
  std::string ascii = to_ascii(text);
  if (ascii.empty() || text_width(ascii, style) <= max_width) return ascii;
  for (size_t kept = ascii.size() - 1; kept > 0; --kept) {
    const size_t head = (kept + 1) / 2;
    std::string shorter = ascii.substr(0, head) + ".." + ascii.substr(ascii.size() - (kept - head));
    if (text_width(shorter, style) <= max_width) return shorter;
  }
  return "";
}

void Canvas::blend(int x, int y, Color color, double coverage) {
  const double share = color.alpha * coverage;
  if (share <= 0) return;
  uint8_t* pixel = frame_.row(y) + static_cast<ptrdiff_t>(x) * 3;
  pixel[0] = to_byte(pixel[0] + (color.r - pixel[0]) * share);
  pixel[1] = to_byte(pixel[1] + (color.g - pixel[1]) * share);
  pixel[2] = to_byte(pixel[2] + (color.b - pixel[2]) * share);
}

void Canvas::fill(Color color) {
  fill_rect({0, 0, static_cast<double>(frame_.width), static_cast<double>(frame_.height)}, color);
}

void Canvas::fill_rect(const Rect& rect, Color color, double corner_radius) {
  if (rect.width <= 0 || rect.height <= 0) return;
  const double radius = std::min({corner_radius, rect.width / 2, rect.height / 2});
  const PixelRange xs = touched(rect.x, rect.x + rect.width, frame_.width);
  const PixelRange ys = touched(rect.y, rect.y + rect.height, frame_.height);
  for (int y = ys.first; y < ys.stop; ++y) {
    for (int x = xs.first; x < xs.stop; ++x) {
      const double coverage = radius > 0
                                  ? std::clamp(0.5 - rounded_distance({x + 0.5, y + 0.5}, rect, radius), 0.0, 1.0)
                                  : overlap(x, rect.x, rect.x + rect.width) * overlap(y, rect.y, rect.y + rect.height);
      blend(x, y, color, coverage);
    }
  }
}

void Canvas::box(const Rect& rect, Color color, double thickness) {
  const double t = std::min({thickness, rect.width / 2, rect.height / 2});
  fill_rect({rect.x, rect.y, rect.width, t}, color);
  fill_rect({rect.x, rect.y + rect.height - t, rect.width, t}, color);
  fill_rect({rect.x, rect.y + t, t, rect.height - 2 * t}, color);
  fill_rect({rect.x + rect.width - t, rect.y + t, t, rect.height - 2 * t}, color);
}

void Canvas::line(Point from, Point to, Color color, double thickness) {
  const Point points[] = {from, to};
  polyline(points, color, thickness);
}

void Canvas::polyline(std::span<const Point> points, Color color, double thickness) {
  if (points.size() < 2) return;
  const double reach = thickness / 2 + 1;
  const auto [left, right] =
      std::minmax_element(points.begin(), points.end(), [](Point a, Point b) { return a.x < b.x; });
  const auto [top, bottom] =
      std::minmax_element(points.begin(), points.end(), [](Point a, Point b) { return a.y < b.y; });
  const PixelRange all_x = touched(left->x - reach, right->x + reach, frame_.width);
  const PixelRange all_y = touched(top->y - reach, bottom->y + reach, frame_.height);
  const int row_length = all_x.stop - all_x.first;
  std::vector<float> coverage(static_cast<size_t>(row_length) * static_cast<size_t>(all_y.stop - all_y.first), 0.0F);
  const auto at = [&](int x, int y) {
    return static_cast<size_t>(y - all_y.first) * static_cast<size_t>(row_length) +
           static_cast<size_t>(x - all_x.first);
  };
  for (size_t i = 0; i + 1 < points.size(); ++i) {
    const Point from = points[i], to = points[i + 1];
    const PixelRange xs = touched(std::min(from.x, to.x) - reach, std::max(from.x, to.x) + reach, frame_.width);
    const PixelRange ys = touched(std::min(from.y, to.y) - reach, std::max(from.y, to.y) + reach, frame_.height);
    for (int y = ys.first; y < ys.stop; ++y) {
      for (int x = xs.first; x < xs.stop; ++x) {
        const double covered = thickness / 2 + 0.5 - segment_distance({x + 0.5, y + 0.5}, from, to);
        coverage[at(x, y)] = std::max(coverage[at(x, y)], static_cast<float>(std::clamp(covered, 0.0, 1.0)));
      }
    }
  }
  for (int y = all_y.first; y < all_y.stop; ++y)
    for (int x = all_x.first; x < all_x.stop; ++x) blend(x, y, color, coverage[at(x, y)]);
}

void Canvas::text(Point anchor, std::string_view text, const TextStyle& style) {
  if (text.empty()) return;
  const double left = anchor.x + align_offset(style, text_width(text, style));
  const double shift_x = left - std::floor(left), shift_y = anchor.y - std::floor(anchor.y);
  const TextMask mask = draw_text_mask(text, style.size, style.bold, shift_x, shift_y);
  // Both differences are whole numbers: the mask was drawn with the same parts of a pixel.
  const int x0 = static_cast<int>(std::lround(left - mask.left));
  const int y0 = static_cast<int>(std::lround(anchor.y - mask.middle));
  for (int y = std::max(0, -y0); y < mask.height && y + y0 < frame_.height; ++y)
    for (int x = std::max(0, -x0); x < mask.width && x + x0 < frame_.width; ++x)
      blend(x + x0, y + y0, style.color, mask.at(x, y));
}

void Canvas::text_upwards(Point anchor, std::string_view text, const TextStyle& style) {
  if (text.empty()) return;
  const double bottom = anchor.y - align_offset(style, text_width(text, style));
  const TextMask mask = draw_text_mask(text, style.size, style.bold, 0, 0);
  const int x0 = static_cast<int>(std::lround(anchor.x - mask.middle));
  const int y0 = static_cast<int>(std::lround(bottom + mask.left));  // Mask column x goes to row y0 - 1 - x.
  for (int y = 0; y < mask.height; ++y) {
    for (int x = 0; x < mask.width; ++x) {
      const int to_x = x0 + y, to_y = y0 - 1 - x;
      if (to_x < 0 || to_x >= frame_.width || to_y < 0 || to_y >= frame_.height) continue;
      blend(to_x, to_y, style.color, mask.at(x, y));
    }
  }
}

void Canvas::picture(const Rect& rect, const tensor::Frame& picture) {
  const int width = static_cast<int>(std::lround(rect.width)), height = static_cast<int>(std::lround(rect.height));
  if (width < 1 || height < 1 || picture.width < 1 || picture.height < 1) return;
  const cv::Mat source(picture.height, picture.width, CV_8UC3, const_cast<uint8_t*>(picture.rgb.data()));
  cv::Mat scaled;
  const bool smaller = width <= picture.width && height <= picture.height;
  cv::resize(source, scaled, {width, height}, 0, 0, smaller ? cv::INTER_AREA : cv::INTER_CUBIC);
  const int x0 = static_cast<int>(std::lround(rect.x)), y0 = static_cast<int>(std::lround(rect.y));
  const int first = std::max(0, -x0), stop = std::min(width, frame_.width - x0);
  if (first >= stop) return;
  for (int y = std::max(0, -y0); y < height && y + y0 < frame_.height; ++y) {
    const uint8_t* from = scaled.ptr<uint8_t>(y);
    std::copy_n(from + ptrdiff_t{3} * first, ptrdiff_t{3} * (stop - first),
                frame_.row(y + y0) + ptrdiff_t{3} * (x0 + first));
  }
}

}  // namespace gerund::draw
