// deploy/label_file.h - the names of a model's classes, from any of the forms that label files have.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

namespace gerund::deploy {

/// The names by class index, without the blanks around them. Forms: names between ';', in lines, in one line of CSV, in
/// lines of CSV "index,name" or "name,index" (with or without a header), a JSON array of names, a JSON object
/// {"0": "walk"} or {"walk": 0}. Throws UserError naming `name` for text without names, an empty name before the last,
/// and indices that are not 0 to n-1.
std::vector<std::string> parse_labels(const std::string& text, const std::string& name);

/// parse_labels of a file.
std::vector<std::string> read_labels(const std::filesystem::path& path);

}  // namespace gerund::deploy
