#include "draw/palette.h"

#include <array>

namespace gerund::draw {

Color class_color(int64_t class_index) {
  static constexpr std::array<Color, 10> kColors{{{47, 111, 176},
                                                  {226, 131, 49},
                                                  {63, 152, 98},
                                                  {190, 72, 83},
                                                  {129, 99, 176},
                                                  {150, 111, 84},
                                                  {207, 119, 172},
                                                  {79, 168, 184},
                                                  {188, 171, 62},
                                                  {95, 105, 120}}};
  if (class_index < 0) return {200, 205, 211};
  constexpr auto kCount = static_cast<int64_t>(kColors.size());
  const Color base = kColors[static_cast<size_t>(class_index % kCount)];
  switch (class_index / kCount % 3) {
    case 1:
      return mix(base, {255, 255, 255}, 0.42);
    case 2:
      return mix(base, {0, 0, 0}, 0.38);
    default:
      return base;
  }
}

Color ink_on(Color background) {
  const double luma = 0.299 * background.r + 0.587 * background.g + 0.114 * background.b;
  return luma > 150 ? kInk : Color{255, 255, 255};
}

}  // namespace gerund::draw
