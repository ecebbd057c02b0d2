#include "serve/report.h"

#include <cmath>

namespace gerund::serve {

void scale_boxes(FrameReport& report, int width, int height) {
  if (report.frame_width < 1 || report.frame_height < 1) return;
  const double x = static_cast<double>(width) / report.frame_width;
  const double y = static_cast<double>(height) / report.frame_height;
  const auto scale = [&](clip::Rectangle& box) {
    box = {static_cast<int>(std::lround(box.x * x)), static_cast<int>(std::lround(box.y * y)),
           static_cast<int>(std::lround(box.width * x)), static_cast<int>(std::lround(box.height * y))};
  };
  for (WindowReport& window : report.windows) scale(window.box);
  for (RegionReport& region : report.regions) scale(region.box);
  for (EventReport& event : report.events) scale(event.box);
  report.frame_width = width;
  report.frame_height = height;
}

}  // namespace gerund::serve
