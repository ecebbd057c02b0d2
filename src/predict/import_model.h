// predict/import_model.h - weights that others publish as a checkpoint of gerund.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "nets/checkpoint.h"
#include "nets/transfer.h"

namespace gerund::predict {

struct ImportOptions {
  std::optional<std::string> backbone;    ///< nullopt: recognised by names and shapes.
  std::optional<std::string> input_type;  ///< "2d" or "3d"; nullopt: as the file has it. 3d inflates a 2d file.
  std::optional<std::string> model_type;  ///< "rgb" or "of"; nullopt: as the file's first weight says.
  std::optional<int64_t> num_frames;      ///< T of a clip; nullopt: as the network was published, else 16.
  std::optional<int64_t> size;            ///< Height and width, pixels; nullopt: as it was published.
  std::vector<std::string> labels;        ///< By class index; empty: the checkpoint's own, else class_0, class_1, ...
  std::string key;                        ///< Opens a sealed file and seals the checkpoint.
};

struct Import {
  nets::Checkpoint checkpoint;
  nets::Transfer transfer;
  std::string sha256;  ///< Of the file.
};

/// Reads a file (nets/import_weights.h) and completes it: spec, recipe as the network was published with, labels, and
/// the file's name and SHA-256 as origin. Throws UserError where no network fits, where labels are not as many as
/// classes, or where there is no head and no labels say how many classes there are to be.
Import import_model(const std::filesystem::path& path, const ImportOptions& options);

/// A table of what became of each tensor.
std::string to_text(const Import& imported);

}  // namespace gerund::predict
