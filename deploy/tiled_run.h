// deploy/tiled_run.h - drives the sources of an app and joins their pictures, until there is nothing more to do.
#pragma once

#include <memory>
#include <vector>

#include "deploy/event_log.h"
#include "deploy/frame_output.h"
#include "deploy/source_pipeline.h"
#include "deploy/tile_grid.h"

namespace gerund::deploy {

/// Starts all sources and returns when each has ended or failed, the window is closed, or base::interrupted(); outputs
/// are closed properly in every case. Not paced: the picture at time t shows each source's last frame up to t, so the
/// files that come out depend on those that went in alone. Paced: it shows the newest frames, at the picture's rate.
/// In exact mode the first source that fails ends all. Throws OutputError.
void run_tiled(const AppConfig& config, const RunMode& mode, const TileGrid& grid,
               std::vector<std::unique_ptr<SourcePipeline>>& sources, EventLog& events);

}  // namespace gerund::deploy
