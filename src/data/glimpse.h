// data/glimpse.h - a few frames that show what a clip is of.
#pragma once

#include <filesystem>
#include <vector>

#include "tensor/frame.h"

namespace gerund::data {

/// `count` (>= 1) frames from the middles of equal parts of the clip, fewer where it has fewer; none where it does not
/// decode or Ctrl-C came: a picture for people is no reason to fail.
std::vector<tensor::Frame> glimpse(const std::filesystem::path& clip, int count);

}  // namespace gerund::data
