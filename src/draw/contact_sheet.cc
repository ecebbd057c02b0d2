#include "draw/contact_sheet.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "base/error.h"
#include "draw/canvas.h"
#include "draw/palette.h"

namespace gerund::draw {
namespace {

constexpr int kMargin = 16;
constexpr int kGap = 10;
constexpr int kCaptionHeight = 22;
constexpr int kTitleHeight = 36;
constexpr double kCaptionSize = 12.5;

void check(std::span<const Thumbnail> thumbnails, const SheetOptions& options) {
  if (thumbnails.empty() || options.columns < 1 || options.cell_width < 16)
    throw base::InternalError(fmt::format("a contact sheet of {} pictures in {} columns of {} pixels cannot be drawn",
                                          thumbnails.size(), options.columns, options.cell_width));
  for (const Thumbnail& thumbnail : thumbnails)
    if (thumbnail.frame.width < 1 || thumbnail.frame.height < 1)
      throw base::InternalError(fmt::format("the picture \"{}\" of a contact sheet is empty", thumbnail.caption));
}

/// The largest rectangle of the picture's shape in the middle of `cell`.
Rect fitted(const tensor::Frame& picture, const Rect& cell) {
  const double scale = std::min(cell.width / picture.width, cell.height / picture.height);
  const double width = std::round(picture.width * scale), height = std::round(picture.height * scale);
  return {cell.x + std::floor((cell.width - width) / 2), cell.y + std::floor((cell.height - height) / 2), width,
          height};
}

}  // namespace

tensor::Frame draw_contact_sheet(std::span<const Thumbnail> thumbnails, const SheetOptions& options) {
  check(thumbnails, options);
  const int count = static_cast<int>(thumbnails.size());
  const int columns = std::min(options.columns, count), rows = (count + columns - 1) / columns;
  const tensor::Frame& first = thumbnails[0].frame;
  const int cell_height =
      std::max(1, static_cast<int>(std::lround(double{1} * options.cell_width * first.height / first.width)));
  const bool captions =
      std::any_of(thumbnails.begin(), thumbnails.end(), [](const Thumbnail& t) { return !t.caption.empty(); });
  const int step_x = options.cell_width + kGap;
  const int step_y = cell_height + kGap + (captions ? kCaptionHeight : 0);
  const int top = kMargin + (options.title.empty() ? 0 : kTitleHeight);

  tensor::Frame sheet(2 * kMargin + columns * step_x - kGap, top + rows * step_y - kGap + kMargin);
  Canvas canvas(sheet);
  canvas.fill(kPaper);
  const TextStyle title{18, kInk, true};
  canvas.text({kMargin, kMargin + 10}, elide(options.title, title, sheet.width - 2 * kMargin), title);
  for (int i = 0; i < count; ++i) {
    const Thumbnail& thumbnail = thumbnails[static_cast<size_t>(i)];
    const int row = i / columns, column = i % columns;
    const Rect cell{static_cast<double>(kMargin + column * step_x), static_cast<double>(top + row * step_y),
                    static_cast<double>(options.cell_width), static_cast<double>(cell_height)};
    canvas.fill_rect(cell, kPanel);
    canvas.picture(fitted(thumbnail.frame, cell), thumbnail.frame);
    const TextStyle caption{kCaptionSize, kFaintInk};
    canvas.text({cell.x, cell.y + cell.height + 12}, elide(thumbnail.caption, caption, cell.width), caption);
  }
  return sheet;
}

}  // namespace gerund::draw
