// data/clip_names.h - what the names of published data sets' clips tell: class and recording.
#pragma once

#include <filesystem>
#include <optional>
#include <string>

#include "data/dataset.h"

namespace gerund::data {

/// The name of a clip without the extension of a video; a frame folder's whole name.
std::string clip_name(const std::filesystem::path& path);

/// UCF101's v_CLASS_gNN_cNN: CLASS. nullopt for other names.
std::optional<std::string> ucf101_class(const std::string& name);

/// The recording that a clip was cut from, as its name tells: UCF101's v_CLASS_gNN of v_CLASS_gNN_cNN; what stands
/// before _CLASS_h_cm_np1_fr_med_N in HMDB51 (the same film for all classes); Kinetics' video id of ID_000010_000020.
/// nullopt for other names.
std::optional<std::string> recording_of(const std::string& name, const std::string& label);

}  // namespace gerund::data
