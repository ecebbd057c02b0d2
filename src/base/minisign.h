// base/minisign.h - signatures in the format of minisign, so that its users can check ours and we theirs.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>

namespace gerund::base {

/// Whose signatures count: Ed25519, as `minisign -G` writes it to its public key file.
struct PublicKey {
  std::array<uint8_t, 8> id{};  ///< Tells keys apart; signatures name it.
  std::array<uint8_t, 32> point{};
};

/// Reads a public key file: a line of comment and one of base64, or the latter alone. Throws UserError naming `name`.
PublicKey parse_public_key(std::string_view text, const std::string& name);

/// As minisign shows it: 16 hexadecimal digits.
std::string key_id_text(const PublicKey& key);

/// Checks that `signature`, the text of a .minisig file, is that of `bytes` by `key`, and returns its trusted comment.
/// Prehashed signatures only (BLAKE2b-512, then Ed25519; minisign's default since 0.10), as the older kind is for small
/// files. Throws UserError naming `name`, the signed file, where it is not. Format:
/// https://jedisct1.github.io/minisign/.
std::string verify_minisign(std::string_view bytes, std::string_view signature, const PublicKey& key,
                            const std::string& name);

}  // namespace gerund::base
