#include "data/sheets.h"

#include <fmt/format.h>

#include <array>
#include <map>
#include <variant>

#include "base/error.h"
#include "base/files.h"
#include "base/interrupt.h"
#include "base/workers.h"
#include "clip/resize.h"
#include "data/clip_names.h"
#include "draw/contact_sheet.h"
#include "draw/png.h"
#include "media/frame_source.h"

namespace gerund::data {
namespace {

namespace fs = std::filesystem;

constexpr int kColumns = 6;
constexpr int kCellWidth = 180;
constexpr int kTallest = 4 * kCellWidth;  // Taller pictures are squeezed.

std::variant<draw::Thumbnail, Broken> thumbnail_of(const Item& item) {
  try {
    const auto source = media::open_source(item.path);
    const std::array middle{source->info().num_frames / 2};
    tensor::Frame frame = source->read(middle).front();
    const int height = std::clamp(kCellWidth * frame.height / frame.width, 1, kTallest);
    return draw::Thumbnail{clip::resize(frame, kCellWidth, height),
                           fmt::format("{}  {:.1f} s", clip_name(item.path), source->info().duration_seconds)};
  } catch (const base::UserError& error) {
    return make_broken(item.path, error);
  }
}

/// At most `most` of the positions, evenly spread.
std::vector<size_t> spread(const std::vector<size_t>& positions, size_t most) {
  if (positions.size() <= most) return positions;
  std::vector<size_t> chosen;
  for (size_t i = 0; i < most; ++i) chosen.push_back(positions[i * positions.size() / most]);
  return chosen;
}

/// Others of the class in place of those that are broken.
void take_spares(const std::vector<Item>& items, const std::vector<size_t>& positions, size_t most,
                 std::vector<draw::Thumbnail>& sheet, std::vector<Broken>& broken) {
  const std::vector<size_t> seen = spread(positions, most);
  for (const size_t at : positions) {
    if (sheet.size() >= std::min(most, positions.size())) return;
    if (base::interrupted()) throw base::Interrupted("interrupted while sheets were drawn");
    if (std::ranges::find(seen, at) != seen.end()) continue;
    auto result = thumbnail_of(items[at]);
    if (auto* thumbnail = std::get_if<draw::Thumbnail>(&result)) sheet.push_back(std::move(*thumbnail));
    if (auto* found = std::get_if<Broken>(&result)) broken.push_back(std::move(*found));
  }
}

void write_new(const fs::path& path, const std::string& bytes) {
  if (fs::exists(path) && (fs::is_directory(path) || base::read_file(path) != bytes))
    throw base::UserError(
        fmt::format("{}: is there already and is another picture; remove it, or choose another folder", path.string()));
  base::write_file(path, bytes);
}

}  // namespace

std::vector<Broken> draw_sheets(const std::vector<Item>& items, const fs::path& folder, const SheetSettings& settings,
                                base::Progress& progress) {
  if (settings.num_clips < 1 || settings.num_clips > 400)
    throw base::UserError(fmt::format("--clips: {} is out of range; allowed: 1 to 400", settings.num_clips));
  std::map<std::string, std::vector<size_t>> classes;
  for (size_t i = 0; i < items.size(); ++i) classes[items[i].label].push_back(i);
  std::vector<size_t> chosen;
  for (const auto& [label, positions] : classes)
    for (const size_t at : spread(positions, static_cast<size_t>(settings.num_clips))) chosen.push_back(at);
  const auto count = static_cast<int64_t>(chosen.size());
  base::OrderedWorkers<std::variant<draw::Thumbnail, Broken>> workers(
      count, settings.num_workers, 64, [&](int64_t i) { return thumbnail_of(items[chosen[static_cast<size_t>(i)]]); });
  std::vector<Broken> broken;
  std::vector<draw::Thumbnail> sheet;
  progress.start("Drawing sheets", count, "clip");
  for (int64_t i = 0; auto result = workers.next(); ++i) {
    if (base::interrupted()) throw base::Interrupted("interrupted while sheets were drawn");
    if (auto* thumbnail = std::get_if<draw::Thumbnail>(&*result)) sheet.push_back(std::move(*thumbnail));
    if (auto* found = std::get_if<Broken>(&*result)) broken.push_back(std::move(*found));
    progress.update(i + 1);
    const std::string& label = items[chosen[static_cast<size_t>(i)]].label;
    if (i + 1 < count && items[chosen[static_cast<size_t>(i + 1)]].label == label) continue;
    take_spares(items, classes[label], static_cast<size_t>(settings.num_clips), sheet, broken);
    if (!sheet.empty()) {
      const std::string title = fmt::format("{}: {} of {} clips", label, sheet.size(), classes[label].size());
      write_new(folder / (label + ".png"),
                draw::encode_png(
                    draw::draw_contact_sheet(sheet, {.title = title, .columns = kColumns, .cell_width = kCellWidth})));
    }
    sheet.clear();
  }
  progress.finish();
  return broken;
}

}  // namespace gerund::data
