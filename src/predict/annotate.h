// predict/annotate.h - a timeline drawn: on the video itself, and as one picture.
#pragma once

#include <filesystem>
#include <vector>

#include "base/progress.h"
#include "predict/timeline.h"

namespace gerund::predict {

/// Writes the video again with each second's label, scores and the progress of the timeline drawn on it. The container
/// follows the extension of `target`; odd sizes lose their last row or column, as codecs want even ones.
void annotate_video(const Timeline& timeline, const std::filesystem::path& source, const std::filesystem::path& target,
                    base::Progress& progress);

/// Writes the whole timeline as a PNG: thumbnails, predicted segments, score curves and, where it is known, the truth
/// below the prediction.
void draw_timeline_picture(const Timeline& timeline, const std::vector<TimelineSegment>& truth,
                           const std::filesystem::path& source, const std::filesystem::path& target);

/// Reads the truth that `gerund synth` writes beside a story: a JSON list of {label, start_seconds, end_seconds}.
/// Labels that the timeline does not know get class index -1, and a warning. Throws UserError where the file is
/// something else.
std::vector<TimelineSegment> read_truth(const std::filesystem::path& path, const std::vector<std::string>& labels);

}  // namespace gerund::predict
