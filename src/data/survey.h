// data/survey.h - opens every clip of a data set once and notes what there is to know about it.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/progress.h"
#include "data/dataset.h"
#include "data/probe.h"
#include "media/frame_source.h"

namespace gerund::data {

/// What a clip looks like: 8 frames spread over it, each shrunk to 16 x 16 grey levels (BT.601).
struct Look {
  static constexpr int kFrames = 8;
  static constexpr int kSide = 16;
  std::array<uint8_t, size_t{kFrames} * kSide * kSide> levels{};

  /// Mean difference of two looks in grey levels, 0..255.
  double distance(const Look& other) const;
  /// Correlation, -1..1, of what changes from frame to frame in both: the levels less their mean over the frames. Two
  /// clips of one scene look alike but for this. nullopt where in one of them nothing changes (by 0.5 levels, in root
  /// mean square).
  std::optional<double> agreement(const Look& other) const;
  /// Nothing but black, or the grey of 16 that black becomes where the range of levels is mistaken.
  bool is_black() const;
};

/// A clip that can be opened.
struct ClipFacts {
  Item item;  ///< num_frames and duration_seconds filled in.
  media::SourceInfo info;
  int64_t num_bytes = 0;     ///< Of the file, or of all files of the folder.
  std::string sha256;        ///< Of the same bytes, folders in order of the names; "" where content was not asked for.
  std::optional<Look> look;  ///< As sha256.
  size_t num_u = 0;          ///< Pictures of optical flow in a folder, across ...
  size_t num_v = 0;          ///< ... and down.
};

struct Survey {
  std::vector<ClipFacts> clips;  ///< In the order given.
  std::vector<Broken> broken;
};

struct SurveyOptions {
  bool with_content = false;  ///< Fills in sha256 and look: reads every file to its end.
  int num_workers = 2;
};

/// Opens all `items`, ("Opening clips") on `progress`. With content, a clip of which a frame does not decode at all is
/// broken; damage that a decoder mends goes unnoticed. Throws Interrupted.
Survey survey(const std::vector<Item>& items, const SurveyOptions& options, base::Progress& progress);

}  // namespace gerund::data
