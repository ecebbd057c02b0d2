// base/seal.h - files that only the holder of a key can read, and nobody can change unseen. Format: docs/formats.md.
#pragma once

#include <filesystem>
#include <string>
#include <string_view>

namespace gerund::base {

/// What a sealed file begins with.
inline constexpr std::string_view kSealMagic = "GERUNDSL";

/// True for bytes that begin as a sealed file does, of whatever version.
bool is_sealed(std::string_view bytes);

/// Whether a file begins as a sealed one does; false where it cannot be read.
bool is_sealed_file(const std::filesystem::path& path);

/// Seals `plain` with `key`, any text but "". A key is derived from it by Argon2id, once per process: what one process
/// seals has one salt, and a nonce of its own each time. Chunks of 1 MiB, XChaCha20-Poly1305 (crypto_secretstream of
/// libsodium). Threads: any.
std::string seal(std::string_view plain, const std::string& key);

/// What was sealed. Throws UserError naming `name` where the key is another or "", or the bytes were altered, cut
/// short, or written by a newer version. Threads: any.
std::string unseal(std::string_view sealed, const std::string& key, const std::string& name);

/// The bytes of a file, unsealed where it is sealed; `key` is not looked at where it is not. Throws as read_file and
/// unseal do.
std::string read_unsealed(const std::filesystem::path& path, const std::string& key);

/// Writes a file as write_file does, sealed where `key` is not "". What is sealed is never on disk in the clear.
void write_sealed(const std::filesystem::path& path, std::string_view bytes, const std::string& key);

}  // namespace gerund::base
