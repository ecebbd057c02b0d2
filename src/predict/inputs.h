// predict/inputs.h - the videos that a command line names.
#pragma once

#include <string>
#include <vector>

#include "data/dataset.h"

namespace gerund::predict {

/// The clips behind each name, in order: a video file, a frame folder, a folder that holds either at any depth, or a
/// glob pattern (* ? [..]) over those. Unlabelled: class_index is 0 and label empty. Throws UserError for a name behind
/// which there is no clip.
std::vector<data::Item> find_inputs(const std::vector<std::string>& names);

}  // namespace gerund::predict
