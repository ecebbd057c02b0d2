// base/sha256.h - a fingerprint of bytes.
#pragma once

#include <array>
#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>

namespace gerund::base {

/// SHA-256 (FIPS 180-4) of bytes given piece by piece.
///
/// Threads: none.
class Sha256 {
 public:
  void add(std::string_view bytes);
  /// 64 hexadecimal digits in lower case. Nothing may be added afterwards.
  std::string finish();

 private:
  void mix(const unsigned char* block);

  std::array<uint32_t, 8> state_{0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a,
                                 0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19};
  std::string rest_;  // Fewer than 64 bytes that wait for more.
  uint64_t num_bytes_ = 0;
};

/// Of a file's content. Throws UserError where it cannot be read.
std::string sha256_of_file(const std::filesystem::path& path);

}  // namespace gerund::base
