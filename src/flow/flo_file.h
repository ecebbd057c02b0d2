// flow/flo_file.h - optical flow in Middlebury's .flo files.
#pragma once

#include <filesystem>
#include <string>

#include "flow/field.h"

namespace gerund::flow {

/// Reads a .flo file (Baker et al., "A Database and Evaluation Methodology for Optical Flow", IJCV 2011): the bytes
/// "PIEH", int32 width, int32 height, then float32 u, v per pixel by rows, all little-endian. Values above kUnknownFlow
/// stay as they are. Throws UserError naming `path` where it is missing, no .flo, of no or too large a size (1 to 32768
/// each way), shorter or longer than its size wants, or holds what is no number.
Field read_flo(const std::filesystem::path& path);

/// The bytes of a .flo file.
std::string flo_bytes(const Field& field);

/// Writes one, whole or not at all. Throws UserError where that fails.
void write_flo(const std::filesystem::path& path, const Field& field);

}  // namespace gerund::flow
