// draw/canvas.h - text, rectangles, lines and pictures on a frame, with smooth edges.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "tensor/frame.h"

namespace gerund::draw {

struct Color {
  uint8_t r = 0, g = 0, b = 0;
  double alpha = 1;  ///< 0 clear .. 1 opaque.

  bool operator==(const Color&) const = default;
};

/// The colour a `share` (0..1) of the way from `a` to `b`.
Color mix(Color a, Color b, double share);
/// The same colour with another alpha.
Color with_alpha(Color color, double alpha);

/// Pixels from the top left corner of the frame; pixel (i, j) covers [i, i + 1) x [j, j + 1).
struct Point {
  double x = 0, y = 0;
};
struct Rect {
  double x = 0, y = 0, width = 0, height = 0;
};

enum class Align { left, center, right };

struct TextStyle {
  double size = 14;  ///< Pixels from line to line of tight text; capitals are 0.7 of that high.
  Color color{33, 37, 41};
  bool bold = false;
  Align align = Align::left;
};

/// Pixels from the left edge of the first letter to the right edge of the last.
double text_width(std::string_view text, const TextStyle& style);

/// `text` shortened in the middle with ".." until it is at most `max_width` pixels wide; "" where not even that fits.
std::string elide(std::string_view text, const TextStyle& style, double max_width);

/// Draws on a frame that must outlive it. Whatever lies outside the frame is left out.
///
/// Threads: none.
/// Owns:    nothing.
class Canvas {
 public:
  explicit Canvas(tensor::Frame& frame) : frame_(frame) {}

  void fill(Color color);
  void fill_rect(const Rect& rect, Color color, double corner_radius = 0);
  /// The outline of a rectangle, `thickness` pixels wide, inside it.
  void box(const Rect& rect, Color color, double thickness = 1);
  void line(Point from, Point to, Color color, double thickness = 1);
  /// A line through all points, blended once, so a clear colour stays even where it meets itself.
  void polyline(std::span<const Point> points, Color color, double thickness = 1);

  /// One line of text. `anchor` is left, centre or right of it (style.align) and at half the height of its capitals.
  /// The font holds ASCII; any other character is drawn as '?'.
  void text(Point anchor, std::string_view text, const TextStyle& style);
  /// The same, turned a quarter to the left: it reads upwards, and align runs along it.
  void text_upwards(Point anchor, std::string_view text, const TextStyle& style);

  /// `picture` scaled into `rect` (aspect ratio not kept; rect rounded to whole pixels).
  void picture(const Rect& rect, const tensor::Frame& picture);

 private:
  void blend(int x, int y, Color color, double coverage);

  tensor::Frame& frame_;
};

}  // namespace gerund::draw
