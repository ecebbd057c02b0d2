// deploy/config_file.h - the configuration files of `gerund deploy`: its own YAML, or DeepStream's as they are.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "deploy/app_config.h"

namespace gerund::deploy {

/// Reads a YAML file of gerund's own and applies `overrides` ("window.stride=4", grammar: spec/override.h; a list such
/// as sources is replaced whole). ${NAME} is the environment's value. A relative path that exists in the file's folder
/// is taken there, else it stays as it is. Models and videos need not exist. Throws UserError with file, line and key:
/// unknown keys with the nearest known one, wrong types and ranges, names given twice.
AppConfig read_config(const std::filesystem::path& path, const std::vector<std::string>& overrides,
                      std::vector<std::string>& warnings);

/// The same from text; `name` stands in messages. Relative paths stay as they are.
AppConfig parse_config(const std::string& text, const std::string& name, const std::vector<std::string>& overrides,
                       std::vector<std::string>& warnings);

/// Changes `config` as overrides of a file do.
void apply_overrides(AppConfig& config, const std::vector<std::string>& overrides, std::vector<std::string>& warnings);

/// Whatever the file is: read_deepstream for a key file with [action-recognition], read_config for YAML; both with
/// `overrides`. Throws UserError, saying why, for other files of DeepStream (Service Maker, deepstream-app).
AppConfig read_any_config(const std::filesystem::path& path, const std::vector<std::string>& overrides,
                          std::vector<std::string>& warnings);

/// The canonical YAML: every key, with comments. parse_config gives `config` again.
std::string print_config(const AppConfig& config);

/// All keys with type, default, range and meaning, Markdown.
std::string config_reference();

}  // namespace gerund::deploy
