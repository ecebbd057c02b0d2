// deploy/deepstream_config.h - runs the configuration files of NVIDIA's deepstream-3d-action-recognition unchanged.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "deploy/app_config.h"
#include "spec/value.h"

namespace gerund::deploy {

/// The application file (group [action-recognition]) of releases 6.0 to 9.1, with its preprocess and inference files.
/// Every key is obeyed, or named in a line of `warnings`: without meaning here, unknown, missing. Paths are tried from
/// the folder of the file that names them, then from the working folder. Videos and models need not exist. Throws
/// UserError for what cannot run here, with file and line.
AppConfig read_deepstream(const std::filesystem::path& path, std::vector<std::string>& warnings);

/// All keys of the three files and what each does here, Markdown.
std::string deepstream_reference();

/// True for a parsed file that has the application's group.
bool is_deepstream(const spec::Value& groups);

}  // namespace gerund::deploy
