// cli/output_names.h - outputs that would replace what the same command reads, the likeliest slip of all, or a folder.
#pragma once

#include <filesystem>
#include <string>
#include <utility>
#include <vector>

namespace gerund::cli {

/// {option, path as given}; a path of "" or "-" is no file.
using NamedOutput = std::pair<std::string, std::string>;

/// Throws UserError where an output is a folder, one of `kept` or another output, by whatever name.
void check_output_names(const std::vector<NamedOutput>& outputs, std::vector<std::filesystem::path> kept);

}  // namespace gerund::cli
