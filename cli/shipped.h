// cli/shipped.h - files that come with the program: models/ and specs/.
#pragma once

#include <filesystem>
#include <optional>
#include <string>

namespace gerund::cli {

/// The file `name` ("models/drawn_base_3d.safetensors"): installed in PREFIX/share/gerund beside PREFIX/bin, or in a
/// folder above the program, as in a source tree that was built. nullopt where there is neither.
std::optional<std::filesystem::path> find_shipped(const std::string& name);

}  // namespace gerund::cli
