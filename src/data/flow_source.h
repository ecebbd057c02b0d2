// data/flow_source.h - the optical flow of one clip as a source of frames.
#pragma once

#include <filesystem>
#include <memory>

#include "clip/recipe.h"
#include "media/frame_source.h"

namespace gerund::data {

/// The flow of a clip, frame i being the motion from picture i to picture i + 1: red is u, green is v, and blue is 128.
/// Where the clip is a folder with u/ and v/ in it, these pictures are taken as they are; else the flow between the
/// frames of the video or of rgb/ is found by recipe.flow_method, which gives one frame fewer than there are pictures.
/// Throws UserError naming the clip where it does not open, u and v do not have the same names or are not grey, or it
/// has fewer than two pictures.
std::unique_ptr<media::FrameSource> open_flow(const std::filesystem::path& path, const clip::Recipe& recipe);

/// True for a folder that holds the pictures of optical flow: u/ and v/.
bool is_flow_folder(const std::filesystem::path& path);

/// The source of what an input of a network sees: the frames of a clip, or its flow. Throws as open_source and
/// open_flow do.
std::unique_ptr<media::FrameSource> open_input(const std::filesystem::path& path, const clip::Recipe& recipe);

}  // namespace gerund::data
