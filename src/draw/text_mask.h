// draw/text_mask.h - lines of text as coverage masks. Private to room draw.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace gerund::draw {

/// uint8 [height, width], 0 clear .. 255 covered. Where the text is in it, in pixels:
struct TextMask {
  int width = 0;
  int height = 0;
  double left = 0;    ///< Left edge of the first letter.
  double middle = 0;  ///< Half the height of the capitals.
  std::vector<uint8_t> coverage;

  /// Share of a pixel that is covered, 0..1.
  double at(int x, int y) const {
    return coverage[static_cast<size_t>(y) * static_cast<size_t>(width) + static_cast<size_t>(x)] / 255.0;
  }
};

/// Draws one line of ASCII text. `shift_x` and `shift_y` (0..1) move it by parts of a pixel to the right and down.
TextMask draw_text_mask(std::string_view text, double size, bool bold, double shift_x, double shift_y);

/// Width of the same line, pixels.
double text_mask_width(std::string_view text, double size, bool bold);

/// `text`, UTF-8, in printable ASCII: letters without their accents ("Liegestutze"), and one '?' for every character
/// that has no such form.
std::string to_ascii(std::string_view text);

}  // namespace gerund::draw
