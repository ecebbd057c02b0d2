// graph/onnx_file.h - ONNX files in and out.
#pragma once

#include <filesystem>

#include "graph/model.h"

namespace gerund::graph {

/// Reads an ONNX file. Throws UserError naming `path` for a file that is no ONNX model, is cut short or uses what Model
/// cannot hold (subgraphs, external data, types other than float, int64 and uint8).
Model read_onnx(const std::filesystem::path& path);

/// Writes an ONNX file (whole or not at all) after it passed ONNX's own checker. Throws InternalError with the
/// checker's words.
void write_onnx(const std::filesystem::path& path, const Model& model);

}  // namespace gerund::graph
