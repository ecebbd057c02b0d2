// draw/png.h - pictures in and out of PNG files.
#pragma once

#include <filesystem>
#include <string>

#include "tensor/frame.h"

namespace gerund::draw {

/// Writes a PNG file, 8 bits RGB, whole or not at all. Makes missing folders. Throws UserError where that fails or the
/// frame is empty.
void write_png(const std::filesystem::path& path, const tensor::Frame& frame);

/// The bytes of such a file. Throws UserError where the frame is empty.
std::string encode_png(const tensor::Frame& frame);

/// Reads a PNG file; grey becomes RGB, transparency is dropped, 16 bits become 8. Throws UserError naming `path` where
/// it is missing or no picture.
tensor::Frame read_png(const std::filesystem::path& path);

}  // namespace gerund::draw
