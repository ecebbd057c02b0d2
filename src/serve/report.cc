#include "serve/report.h"

#include <algorithm>
#include <cmath>

namespace gerund::serve {

FrameReport frame_of(const FrameReport& report) {
  FrameReport frame;
  frame.stream = report.stream;
  frame.source_id = report.source_id;
  frame.frame_width = report.frame_width;
  frame.frame_height = report.frame_height;
  frame.pts_seconds = report.pts_seconds;
  frame.frame_number = report.frame_number;
  frame.ntp = report.ntp;
  frame.is_live = report.is_live;
  frame.model = report.model;
  return frame;
}

clip::Rectangle scaled_box(const clip::Rectangle& box, int from_width, int from_height, int width, int height) {
  if (std::min({from_width, from_height, width, height}) < 1 || (from_width == width && from_height == height))
    return box;
  const double x = static_cast<double>(width) / from_width;
  const double y = static_cast<double>(height) / from_height;
  return {static_cast<int>(std::lround(box.x * x)), static_cast<int>(std::lround(box.y * y)),
          static_cast<int>(std::lround(box.width * x)), static_cast<int>(std::lround(box.height * y))};
}

void scale_boxes(FrameReport& report, int width, int height) {
  if (report.frame_width < 1 || report.frame_height < 1) return;
  const auto scale = [&](clip::Rectangle& box) {
    box = scaled_box(box, report.frame_width, report.frame_height, width, height);
  };
  for (WindowReport& window : report.windows) scale(window.box);
  for (RegionReport& region : report.regions) scale(region.box);
  for (EventReport& event : report.events) scale(event.box);
  report.frame_width = width;
  report.frame_height = height;
}

}  // namespace gerund::serve
