#include "draw/confusion_chart.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "base/error.h"
#include "draw/canvas.h"
#include "draw/palette.h"

namespace gerund::draw {
namespace {

constexpr double kMargin = 28;
constexpr double kTitleSize = 20;
constexpr double kNoteSize = 12.5;
constexpr double kMaxNameWidth = 150;

struct Layout {
  double cell = 0;       // Side of a cell, pixels.
  double name_size = 0;  // Text size of the class names.
  double left = 0, top = 0;
  double names_width = 0;
  bool upright_names = false;  // Column names read upwards.
  int width = 0, height = 0;
};

double widest_name(std::span<const std::string> labels, const TextStyle& style) {
  double widest = 0;
  for (const std::string& label : labels) widest = std::max(widest, text_width(label, style));
  return std::min(widest, kMaxNameWidth);
}

Layout make_layout(std::span<const std::string> labels, std::string_view title) {
  const auto num_classes = static_cast<double>(labels.size());
  Layout layout;
  layout.cell = std::clamp(std::floor(920 / num_classes), 16.0, 92.0);
  layout.name_size = std::clamp(layout.cell * 0.24, 11.0, 15.0);
  const TextStyle style{layout.name_size};
  layout.names_width = widest_name(labels, style);
  layout.upright_names = layout.names_width > layout.cell - 8;
  layout.left = std::ceil(kMargin + 24 + layout.names_width + 10);
  const double column_names = layout.upright_names ? layout.names_width : layout.name_size;
  layout.top = std::ceil(kMargin + kTitleSize + 34 + column_names + 12);
  const double side = layout.cell * num_classes;
  const double title_width = text_width(title, {kTitleSize, kInk, true});
  layout.width = static_cast<int>(std::ceil(std::max(layout.left + side, kMargin + title_width) + kMargin));
  layout.height = static_cast<int>(std::ceil(layout.top + side + 44 + kMargin));
  return layout;
}

/// White for nothing over pale blue to deep blue for the whole row. A little is shown more than its share.
Color heat(double share) {
  constexpr Color kNothing{247, 249, 251}, kHalf{128, 170, 211}, kAll{18, 66, 118};
  const double lifted = std::pow(std::clamp(share, 0.0, 1.0), 0.8);
  return lifted < 0.5 ? mix(kNothing, kHalf, lifted * 2) : mix(kHalf, kAll, lifted * 2 - 1);
}

void draw_cell_text(Canvas& canvas, const Layout& layout, Point center, int64_t count, double share, Color background) {
  if (count == 0 && layout.cell < 40) return;
  const Color ink = count == 0 ? mix(background, kInk, 0.3) : ink_on(background);
  const std::string digits = fmt::format("{}", count);
  TextStyle big{std::min(layout.cell * 0.3, 20.0), ink, count > 0 && layout.cell >= 40, Align::center};
  const double room = layout.cell - 4;
  if (text_width(digits, big) > room) big.size *= room / text_width(digits, big);
  if (big.size < 7) return;
  if (layout.cell < 40 || count == 0) {
    canvas.text(center, digits, big);
    return;
  }
  const TextStyle small{std::min(layout.cell * 0.19, 13.0), with_alpha(ink, 0.8), false, Align::center};
  canvas.text({center.x, center.y - layout.cell * 0.13}, digits, big);
  canvas.text({center.x, center.y + layout.cell * 0.2}, fmt::format("{:.0f}%", share * 100), small);
}

void draw_cells(Canvas& canvas, const Layout& layout, std::span<const int64_t> counts, size_t num_classes) {
  const double gap = layout.cell >= 40 ? 2 : 1;
  for (size_t row = 0; row < num_classes; ++row) {
    const std::span<const int64_t> line = counts.subspan(row * num_classes, num_classes);
    int64_t total = 0;
    for (const int64_t count : line) total += count;
    for (size_t column = 0; column < num_classes; ++column) {
      const double share = total > 0 ? static_cast<double>(line[column]) / static_cast<double>(total) : 0;
      const Rect cell{layout.left + static_cast<double>(column) * layout.cell,
                      layout.top + static_cast<double>(row) * layout.cell, layout.cell - gap, layout.cell - gap};
      canvas.fill_rect(cell, heat(share), layout.cell >= 40 ? 4 : 0);
      if (row == column && layout.cell < 40) canvas.box(cell, with_alpha(kInk, 0.25));
      draw_cell_text(canvas, layout, {cell.x + cell.width / 2, cell.y + cell.height / 2}, line[column], share,
                     heat(share));
    }
  }
}

void draw_names(Canvas& canvas, const Layout& layout, std::span<const std::string> labels) {
  const double half = (layout.cell - 1) / 2;
  for (size_t i = 0; i < labels.size(); ++i) {
    const double along = static_cast<double>(i) * layout.cell + half;
    TextStyle style{layout.name_size, kInk, false, Align::right};
    const std::string name = elide(labels[i], style, layout.names_width + 1);
    canvas.text({layout.left - 10, layout.top + along}, name, style);
    style.align = layout.upright_names ? Align::left : Align::center;
    if (layout.upright_names) {
      canvas.text_upwards({layout.left + along, layout.top - 10}, name, style);
    } else {
      canvas.text({layout.left + along, layout.top - 10 - layout.name_size / 2}, name, style);
    }
  }
}

/// "82 of 90 right (91.1 %)".
std::string summary_of(std::span<const int64_t> counts, size_t num_classes) {
  int64_t total = 0, right = 0;
  for (size_t i = 0; i < counts.size(); ++i) {
    total += counts[i];
    if (i % (num_classes + 1) == 0) right += counts[i];
  }
  if (total == 0) return "no samples";
  return fmt::format("{} of {} right ({:.1f} %)", right, total,
                     100.0 * static_cast<double>(right) / static_cast<double>(total));
}

void draw_frame_text(Canvas& canvas, const Layout& layout, std::string_view title, const std::string& summary,
                     double side) {
  const TextStyle note{kNoteSize, kFaintInk};
  canvas.text({kMargin, kMargin + kTitleSize / 2}, title, {kTitleSize, kInk, true});
  canvas.text({kMargin, kMargin + kTitleSize + 16}, summary, note);
  canvas.text_upwards({kMargin + 6, layout.top + side / 2}, "truth", {kNoteSize, kFaintInk, false, Align::center});
  canvas.text({layout.left + side / 2, layout.top + side + 16}, "prediction",
              {kNoteSize, kFaintInk, false, Align::center});
  const double legend = std::min(180.0, side - 2), y = layout.top + side + 36;
  for (int i = 0; i < static_cast<int>(legend); ++i)
    canvas.fill_rect({layout.left + i, y, 1, 8}, heat(i / (legend - 1)));
  const TextStyle mark{11, kFaintInk};
  canvas.text({layout.left, y + 18}, "0", mark);
  canvas.text({layout.left + legend, y + 18}, "100% of row", {11, kFaintInk, false, Align::right});
}

}  // namespace

tensor::Frame draw_confusion_matrix(std::span<const std::string> labels, std::span<const int64_t> counts,
                                    std::string_view title) {
  if (labels.empty() || counts.size() != labels.size() * labels.size())
    throw base::InternalError(
        fmt::format("a confusion matrix of {} labels was given {} counts", labels.size(), counts.size()));
  const Layout layout = make_layout(labels, title);
  tensor::Frame frame(layout.width, layout.height);
  Canvas canvas(frame);
  canvas.fill(kPaper);
  const double side = layout.cell * static_cast<double>(labels.size());
  draw_frame_text(canvas, layout, title, summary_of(counts, labels.size()), side);
  draw_names(canvas, layout, labels);
  draw_cells(canvas, layout, counts, labels.size());
  return frame;
}

}  // namespace gerund::draw
