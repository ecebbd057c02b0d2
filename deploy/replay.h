// deploy/replay.h - the clips of a data set through the runtime, to compare it with what training sees.
#pragma once

#include <filesystem>
#include <memory>
#include <vector>

#include "clip/sampler.h"
#include "gst/model_context.h"

namespace gerund::deploy {

/// Decodes a video as deployed pipelines do, by GStreamer, and hands the frames of one clip to the code behind
/// gerundinfer: pixels, windows, batcher, engine. Returns the logits, by class index. Throws UserError where the video
/// cannot be decoded or ends before the last of `frames` (indices from 0, ascending, repeats allowed).
std::vector<float> replay(const std::shared_ptr<gst::ModelContext>& context, const std::filesystem::path& video,
                          const clip::FrameIndices& frames);

}  // namespace gerund::deploy
