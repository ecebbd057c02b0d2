// deploy/config_text.h - the text of a configuration's file, its ${NAME}s, and where the files that it names are.
#pragma once

#include <filesystem>
#include <string>

#include "spec/value.h"

namespace gerund::deploy {

/// The text of a file without its byte order mark. Throws UserError where it cannot be read, is larger than 1 MiB or is
/// no UTF-8 text but for comments (# or ; at the start of a line), whose other bytes become '?'.
std::string read_config_text(const std::filesystem::path& path);

/// Replaces ${NAME} in `value`, its items and entries by the environment's value; "\${" stands for "${". Throws
/// UserError where NAME is not set.
spec::Value expand_environment(const spec::Value& value);

struct FoundFile {
  std::filesystem::path path;
  bool exists = false;
  bool is_in_working_folder = false;  ///< It is not in `folder`.
};

/// Where the file `named` in a configuration of `folder` is: there, or in the working folder, or, where neither has it,
/// the place in `folder`.
FoundFile find_file(const std::string& named, const std::filesystem::path& folder);

/// True for a path that depends on a folder: no "file://...", "rtsp://...", "v4l2:...", nothing that starts with '/'.
bool is_relative_path(const std::string& uri);

}  // namespace gerund::deploy
