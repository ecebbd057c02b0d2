// tests/clip/golden_pictures.h - the pictures of tools/make_clip_golden.py by the same formulas, and its hash.
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <fstream>
#include <span>
#include <sstream>
#include <string>
#include <vector>

#include "tensor/frame.h"

namespace gerund::clip {

inline uint8_t golden_value(const std::string& kind, uint64_t x, uint64_t y, uint64_t c, uint64_t width,
                            uint64_t seed) {
  if (kind == "noise") {
    const uint64_t i = (y * width + x) * 3 + c + seed * 1000003;
    return static_cast<uint8_t>((i * 2654435761ULL + 12345) % (1ULL << 32) >> 24);
  }
  if (kind == "slope") return static_cast<uint8_t>((x * 3 + y * 5 + c * 40 + seed * 7) % 256);
  return static_cast<uint8_t>((x / 3 + y / 2 + c + seed) % 2 * 255);  // "blocks"
}

inline tensor::Frame golden_picture(const std::string& kind, int width, int height, uint64_t seed) {
  tensor::Frame frame(width, height);
  for (int y = 0; y < height; ++y)
    for (int x = 0; x < width; ++x)
      for (int c = 0; c < 3; ++c)
        frame.row(y)[3 * x + c] = golden_value(kind, static_cast<uint64_t>(x), static_cast<uint64_t>(y),
                                               static_cast<uint64_t>(c), static_cast<uint64_t>(width), seed);
  return frame;
}

/// FNV-1a, 64 bits, as 16 hexadecimal digits.
inline std::string fnv1a(std::span<const std::byte> bytes) {
  uint64_t value = 0xCBF29CE484222325ULL;
  for (const std::byte byte : bytes) value = (value ^ static_cast<uint64_t>(byte)) * 0x100000001B3ULL;
  std::ostringstream text;
  text.width(16);
  text.fill('0');
  text << std::hex << value;
  return text.str();
}

/// The lines of tests/clip/golden/NAME.
inline std::vector<std::istringstream> golden_lines(const std::string& name) {
  std::ifstream file(std::filesystem::path(GERUND_SOURCE_DIR) / "tests" / "clip" / "golden" / name);
  std::vector<std::istringstream> lines;
  for (std::string line; std::getline(file, line);) lines.emplace_back(line);
  return lines;
}

}  // namespace gerund::clip
