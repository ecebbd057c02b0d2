#include "gst/area_list.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>

#include "base/error.h"
#include "gst/element_text.h"
#include "serve/region.h"

namespace gerund::gst {
namespace {

constexpr double kFarthest = 1e6;  // Pixels.

[[noreturn]] void refuse(const std::string& part, const char* reason) {
  throw base::UserError(fmt::format("rois: '{}': {}; wanted: id:x,y,width,height[;...]", part, reason));
}

double number_of(const std::string& part, std::string_view text) {
  while (text.starts_with(' ')) text.remove_prefix(1);
  while (text.ends_with(' ')) text.remove_suffix(1);
  double value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size() || !(std::abs(value) <= kFarthest))
    refuse(part, "not four numbers");
  return value;
}

Area parse_area(const std::string& part) {
  const size_t colon = part.rfind(':');
  if (colon == std::string::npos || colon == 0) refuse(part, "no id");
  std::array<double, 4> numbers{};
  std::string_view rest = std::string_view(part).substr(colon + 1);
  for (size_t i = 0; i < numbers.size(); ++i) {
    const size_t comma = rest.find(',');
    if ((comma == std::string_view::npos) != (i == 3)) refuse(part, "not four numbers");
    numbers.at(i) = number_of(part, rest.substr(0, comma));
    if (i < 3) rest.remove_prefix(comma + 1);
  }
  if (!(numbers[2] > 0 && numbers[3] > 0)) refuse(part, "width and height must be more than 0");
  const bool is_share = std::ranges::all_of(numbers, [](double n) { return n >= 0 && n <= 1; });
  return {part.substr(0, colon), numbers[0], numbers[1], numbers[2], numbers[3], !is_share};
}

}  // namespace

std::vector<Area> parse_areas(const std::string& text) {
  std::vector<Area> areas;
  for (const std::string& part : split_list(text)) {
    Area area = parse_area(part);
    if (std::ranges::any_of(areas, [&](const Area& other) { return other.id == area.id; }))
      refuse(part, "the id is given twice");
    areas.push_back(std::move(area));
  }
  return areas;
}

std::vector<PlacedArea> place_areas(const std::vector<Area>& areas, int width, int height,
                                    std::vector<std::string>& warnings) {
  std::vector<PlacedArea> placed;
  for (const Area& area : areas) {
    const double across = area.in_pixels ? 1 : width;
    const double down = area.in_pixels ? 1 : height;
    const int left = static_cast<int>(std::lround(area.x * across));
    const int top = static_cast<int>(std::lround(area.y * down));
    const clip::Rectangle wanted{left, top, static_cast<int>(std::lround((area.x + area.width) * across)) - left,
                                 static_cast<int>(std::lround((area.y + area.height) * down)) - top};
    const clip::Rectangle box = serve::clamp_to_frame(wanted, width, height);
    if (box.width < 1 || box.height < 1)
      throw base::UserError(fmt::format("rois: '{}' at {},{} {}x{} lies outside of the frame of {}x{} pixels", area.id,
                                        wanted.x, wanted.y, wanted.width, wanted.height, width, height));
    if (box != wanted)
      warnings.push_back(
          fmt::format("rois: '{}' reaches over the edge of the frame of {}x{} pixels; cut to {},{} {}x{}", area.id,
                      width, height, box.x, box.y, box.width, box.height));
    placed.push_back({area.id, box});
  }
  return placed;
}

}  // namespace gerund::gst
