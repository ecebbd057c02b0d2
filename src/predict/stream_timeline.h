// predict/stream_timeline.h - a timeline by a causal network that carries its state: every frame is computed once.
#pragma once

#include <string>

#include "media/steady_frames.h"
#include "predict/timeline.h"

namespace gerund::predict {

/// make_timeline for a model with a step network; it calls this. Frames are taken at the spacing of the clips that the
/// network was trained on (window / T); after every F of them, one chunk, the network says what the newest window
/// shows. timeline.hops holds each answer, timeline.seconds their mean per second. Frames at the end that fill no chunk
/// are not looked at, except where the video is shorter than one: its last frame is repeated.
/// `num_frames`: how many are expected, for progress.
Timeline make_stream_timeline(const serve::LoadedModel& model, media::SteadyFrames& frames, int64_t num_frames,
                              Timeline timeline, base::Progress& progress);

}  // namespace gerund::predict
