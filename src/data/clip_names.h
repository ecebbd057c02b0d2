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

/// What a clip of one's own was cut from or whom it shows, as its name seems to tell.
struct LikelyRecording {
  std::string name;
  bool is_named = false;  ///< By a word for it (person3, scene 4, clip 5 of), not only by where it stands.
};

/// By the first of these that fits, "_" standing for any mark, big and small letters alike: a word for a person or a
/// recording with its number (person3_walk, subject_03; NTU's S001C001P003R001A001); what stands before _clipN, _partN,
/// _segN; what stands before _CLASS (anna_walk_2); N of CLASS_N_M. nullopt for other names.
std::optional<LikelyRecording> likely_recording_of(const std::string& name, const std::string& label);

/// The name of the clip that this is a copy of, made by mirroring or the like (walk3_mirror: walk3); else `name`, as
/// where the mark is a word of the class `label` (front_flip_2 of "flip").
std::string without_copy_mark(const std::string& name, const std::string& label);

}  // namespace gerund::data
