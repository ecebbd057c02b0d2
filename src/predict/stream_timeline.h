// predict/stream_timeline.h - a timeline by a causal network that carries its state: every frame is computed once.
#pragma once

#include <string>

#include "media/steady_frames.h"
#include "predict/timeline.h"

namespace gerund::predict {

/// make_timeline for a model with a step network; it calls this. Frames are taken at the spacing of the clips that the
/// network was trained on (window / T); the network takes F of them, one chunk, at a time and says of each stretch that
/// has an answer what the newest window shows then. timeline.hops holds each answer, timeline.seconds their mean per
/// second. Frames at the end that are too few for an answer are not looked at, except where the whole video is: its
/// last frame is repeated. `num_frames`: how many are expected, for progress.
Timeline make_stream_timeline(const serve::LoadedModel& model, media::SteadyFrames& frames, int64_t num_frames,
                              Timeline timeline, base::Progress& progress);

}  // namespace gerund::predict
