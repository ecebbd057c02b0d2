// deploy/deepstream_groups.h - the groups of sources of a DeepStream preprocess file, and their regions.
#pragma once

#include "deploy/app_config.h"
#include "deploy/deepstream_keys.h"
#include "deploy/deepstream_preprocess.h"

namespace gerund::deploy {

/// Reads [group-0], [group-1], ... (YAML: also a list `group`) of `file` into is_watched and regions of config.sources,
/// as shares of the picture, and into window.interval. A source in two groups belongs to the first, one in none is not
/// watched. Warns of groups without such a name, sources that do not exist and regions that are cut at the edge. Throws
/// UserError for regions without area in the picture.
void read_source_groups(const spec::Value& file, const MuxerSize& muxer, AppConfig& config, KeyReader& reader);

/// All keys of such a group and what each does here, Markdown.
std::string source_groups_reference();

}  // namespace gerund::deploy
