// draw/timeline_chart.h - a picture of what happens when in a whole video.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "tensor/frame.h"

namespace gerund::draw {

/// A stretch of video of one class.
struct TimelineSpan {
  double start_seconds = 0;
  double end_seconds = 0;
  int64_t class_index = -1;  ///< -1: no class.
};

/// The scores at one moment.
struct TimelineScores {
  double seconds = 0;          ///< The middle of the stretch they stand for.
  std::vector<double> scores;  ///< By class index, 0..1.
};

struct TimelineChart {
  std::string title;
  std::vector<std::string> labels;        ///< By class index.
  double duration_seconds = 0;            ///< > 0.
  std::vector<TimelineSpan> predicted;    ///< The coloured band.
  std::vector<TimelineSpan> truth;        ///< A second band under it; empty: none.
  std::vector<TimelineScores> scores;     ///< In order of time; empty: no curves.
  std::vector<tensor::Frame> thumbnails;  ///< Evenly spread over the video: the middles of equal parts; empty: none.
};

/// Thumbnails that fit side by side over a chart of this width, for videos of this shape.
int num_thumbnails(int chart_width, int video_width, int video_height);

/// Draws the chart, `width` pixels (>= 320) wide; the height follows from what there is to show. Throws InternalError
/// for a class index outside the labels or a duration that is not above 0.
tensor::Frame draw_timeline(const TimelineChart& chart, int width = 1280);

}  // namespace gerund::draw
