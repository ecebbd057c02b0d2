// draw/contact_sheet.h - many small pictures on one, each with a caption.
#pragma once

#include <span>
#include <string>

#include "tensor/frame.h"

namespace gerund::draw {

struct Thumbnail {
  tensor::Frame frame;
  std::string caption;  ///< Shortened where it is too wide; "" for none.
};

struct SheetOptions {
  std::string title;     ///< "" for none.
  int columns = 5;       ///< >= 1.
  int cell_width = 160;  ///< Pixels; pictures keep their aspect ratio within a cell shaped like the first one. >= 16.
};

/// Rows of pictures, left to right, top to bottom. Throws InternalError where there is no picture, one is empty, or an
/// option is out of range.
tensor::Frame draw_contact_sheet(std::span<const Thumbnail> thumbnails, const SheetOptions& options);

}  // namespace gerund::draw
