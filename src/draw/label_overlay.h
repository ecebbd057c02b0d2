// draw/label_overlay.h - what the network says, drawn on a frame of the video itself.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "draw/timeline_chart.h"
#include "tensor/frame.h"

namespace gerund::draw {

struct ScoredLabel {
  std::string label;
  double score = 0;         ///< 0..1.
  int64_t class_index = 0;  ///< Chooses the colour.
};

struct LabelOverlay {
  std::vector<ScoredLabel> top;         ///< Best first; the first is the headline, all are bars. Empty: no panel.
  double seconds = 0;                   ///< Where in the video this frame is.
  double duration_seconds = 0;          ///< 0: unknown; no progress line then.
  std::span<const TimelineSpan> spans;  ///< Colours the progress line; may be empty.
};

/// Draws label, score and bars at the top left, time and progress along the lower edge. Sizes follow the frame, from
/// 160x120 up; on small frames fewer bars are drawn, never text outside the frame.
void draw_label_overlay(tensor::Frame& frame, const LabelOverlay& overlay);

}  // namespace gerund::draw
