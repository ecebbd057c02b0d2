// draw/live_overlay.h - what a live stream shows, drawn on its frames: a label for each region, bars, a notice.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "draw/canvas.h"
#include "draw/label_overlay.h"
#include "tensor/frame.h"

namespace gerund::draw {

struct LiveRegion {
  Rect box;                      ///< Pixels of the frame.
  bool has_outline = true;       ///< false: the whole frame.
  std::string label;             ///< "" where the region shows nothing.
  double score = 0;              ///< 0..1; drawn where draws_score is set.
  int64_t class_index = -1;      ///< Chooses the colour.
  bool is_stale = false;         ///< The label is held: drawn paler.
  std::vector<ScoredLabel> top;  ///< Drawn as bars below the label; may be empty.
};

struct LiveOverlay {
  std::vector<LiveRegion> regions;
  bool draws_outlines = true;
  bool draws_score = true;
  std::string caption;  ///< At the lower left: name of the stream, frames per second.
  std::string notice;   ///< Across the middle, over a darkened picture: "reconnecting".
};

/// Text and bars keep within the frame, from 96x72 up; sizes follow the frame.
void draw_live_overlay(tensor::Frame& frame, const LiveOverlay& overlay);

}  // namespace gerund::draw
