// deploy/deepstream_preprocess.h - the preprocess file of a DeepStream application: what the network is fed, when, and
// which parts of which sources.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "deploy/app_config.h"

namespace gerund::deploy {

/// Width and height that sources are scaled to, pixels > 0: the space of a DeepStream file's regions.
struct MuxerSize {
  int64_t width = 1280;
  int64_t height = 720;
};

/// Reads the file of nvdspreprocess with its sequence library, .txt or .yml, into recipe, input_name, window,
/// engine.max_batch and the regions of config.sources, which must be all there. Returns the ids of the inference
/// elements that the tensors are for (target-unique-ids). Throws UserError for what cannot be obeyed: object mode, BGR
/// or grey input, NHWC, shapes that are no clips of colour pictures, regions outside the picture.
std::vector<int64_t> read_preprocess(const std::filesystem::path& path, const MuxerSize& muxer, AppConfig& config,
                                     std::vector<std::string>& warnings);

/// All keys of the file and what each does here, Markdown.
std::string preprocess_reference();

}  // namespace gerund::deploy
