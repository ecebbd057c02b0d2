// serve/report.h - what is known of a frame of a live stream: answers of windows, what each region shows, changes.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "clip/resize.h"
#include "serve/action_filter.h"
#include "serve/region.h"

namespace gerund::serve {

/// The model that the reports of a stream come from.
struct ModelIdentity {
  std::string name;                 ///< File name.
  std::string sha256;               ///< Of the file, hexadecimal.
  std::vector<std::string> labels;  ///< By class index.
};

/// One answer of the network.
struct WindowReport {
  RegionKey key;
  clip::Rectangle box;
  std::vector<double> scores;  ///< By class index.
  std::vector<float> logits;   ///< By class index.
  double start_seconds = 0;    ///< Media time of the window's first frame.
  double end_seconds = 0;      ///< Of its last frame.
  int num_frames = 0;
  int64_t first_frame = 0;  ///< Frame numbers within the stream.
  int64_t last_frame = 0;
  bool is_first = false;      ///< Nothing came before it since the start or a reset.
  double engine_seconds = 0;  ///< Wall time of the run that it shared with others.
  double age_seconds = 0;     ///< Wall time from its last frame to the answer.
};

/// What a region shows.
struct RegionReport {
  RegionKey key;
  clip::Rectangle box;
  std::optional<ActiveAction> action;
  std::vector<double> scores;  ///< Smoothed, of its last window; empty before the first.
};

/// An action that began or ended.
struct EventReport {
  RegionKey key;
  clip::Rectangle box;
  ActionChange change;
  std::vector<double> scores;  ///< Smoothed, of the last window.
  double window_start_seconds = 0;
  double window_end_seconds = 0;
  int window_frames = 0;
};

/// All of it. Travels with a frame; whatever is in it came up since the frame before.
struct FrameReport {
  std::string stream;  ///< Name of the source.
  int64_t source_id = 0;
  int frame_width = 0;
  int frame_height = 0;
  double pts_seconds = 0;  ///< Media time of the frame.
  /// Counts the frames of the stream, so that one that is shown twice is not counted twice; nullopt: of no frame.
  std::optional<int64_t> frame_number;
  std::string ntp;       ///< The camera's own clock, RFC 3339; "" where it does not tell.
  bool is_live = false;  ///< Wall times mean something.
  std::shared_ptr<const ModelIdentity> model;
  std::vector<WindowReport> windows;
  std::vector<RegionReport> regions;
  std::vector<EventReport> events;
  std::vector<DroppedRegion> gone;
};

/// The frame that a report is of, without what came up with it.
FrameReport frame_of(const FrameReport& report);

/// A box of a picture of one size in a picture of another; sizes of 0 leave it as it is.
clip::Rectangle scaled_box(const clip::Rectangle& box, int from_width, int from_height, int width, int height);
/// Moves all boxes to a picture of another size.
void scale_boxes(FrameReport& report, int width, int height);

}  // namespace gerund::serve
