// deploy/app.h - runs a config: sources in, tiled picture and events out.
#pragma once

#include <string>
#include <vector>

#include "deploy/app_config.h"

namespace gerund::deploy {

/// GStreamer, with the elements that this program links. Once is enough; more does no harm. Threads: any.
void start_gstreamer();

/// A model that cannot be opened or run. Exit code 4.
inline constexpr int kModelFailed = 4;
/// No source ever worked.
inline constexpr int kNoSourceWorked = 3;
/// An output cannot be opened or written, the events' among them.
inline constexpr int kOutputFailed = 5;

/// Checks the config against its model and runs it until every file has ended, no live source is left, the window is
/// closed or base::interrupted(). Returns the exit code: 0, kNoSourceWorked, kModelFailed or kOutputFailed, with the
/// reason on the log. Throws UserError for a config that cannot run: nothing has been written then.
int run_app(AppConfig config);

}  // namespace gerund::deploy
