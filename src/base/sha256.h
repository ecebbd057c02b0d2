// base/sha256.h - names bytes by their SHA-256 (FIPS 180-4).
#pragma once

#include <sodium.h>

#include <filesystem>
#include <string>
#include <string_view>

namespace gerund::base {

/// The sum of bytes given piece by piece.
///
/// Threads: none.
class Sha256 {
 public:
  Sha256() { crypto_hash_sha256_init(&state_); }
  void add(std::string_view bytes);
  /// 64 hexadecimal digits, lower case. Nothing may be added afterwards.
  std::string finish();

 private:
  crypto_hash_sha256_state state_{};
};

/// Of bytes at hand.
std::string sha256(std::string_view bytes);
/// Of a file's content. Throws UserError where it cannot be read.
std::string sha256_of_file(const std::filesystem::path& path);

}  // namespace gerund::base
