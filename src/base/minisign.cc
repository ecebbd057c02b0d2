#include "base/minisign.h"

#include <fmt/format.h>
#include <sodium.h>

#include <algorithm>
#include <cstring>
#include <vector>

#include "base/error.h"

namespace gerund::base {
namespace {

constexpr std::string_view kUntrusted = "untrusted comment: ";
constexpr std::string_view kTrusted = "trusted comment: ";
constexpr size_t kAlgorithmBytes = 2;  // "Ed" of keys and of signatures of the file itself, "ED" of its hash.
constexpr size_t kIdBytes = sizeof(PublicKey::id);
constexpr size_t kSignatureBytes = crypto_sign_BYTES;

/// The lines of a text, without the ends of lines of whatever system.
std::vector<std::string_view> lines_of(std::string_view text) {
  std::vector<std::string_view> lines;
  while (!text.empty()) {
    const size_t end = std::min(text.find('\n'), text.size());
    std::string_view line = text.substr(0, end);
    if (line.ends_with('\r')) line.remove_suffix(1);
    lines.push_back(line);
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  while (!lines.empty() && lines.back().empty()) lines.pop_back();
  return lines;
}

/// The bytes that a line of base64 holds; "" where it holds other than `size` of them.
std::string decoded(std::string_view line, size_t size) {
  std::string bytes(size, '\0');
  size_t count = 0;
  const int failed = sodium_base642bin(reinterpret_cast<unsigned char*>(bytes.data()), size, line.data(), line.size(),
                                       nullptr, &count, nullptr, sodium_base64_VARIANT_ORIGINAL);
  return failed != 0 || count != size ? "" : bytes;
}

/// What a .minisig file holds.
struct Signature {
  std::string algorithm;
  std::array<uint8_t, kIdBytes> id{};
  std::string of_file;     ///< 64 bytes.
  std::string comment;     ///< Trusted.
  std::string of_comment;  ///< Of of_file and comment; 64 bytes.
};

Signature parse_signature(std::string_view text, const std::string& name) {
  const std::vector<std::string_view> lines = lines_of(text);
  const bool has_form = lines.size() == 4 && lines[0].starts_with(kUntrusted) && lines[2].starts_with(kTrusted);
  const std::string first = has_form ? decoded(lines[1], kAlgorithmBytes + kIdBytes + kSignatureBytes) : "";
  Signature signature;
  if (has_form) signature.of_comment = decoded(lines[3], kSignatureBytes);
  if (first.empty() || signature.of_comment.empty())
    throw UserError(
        fmt::format("{}: its signature is none of minisign, or is damaged; take another copy of both", name));
  signature.algorithm = first.substr(0, kAlgorithmBytes);
  std::memcpy(signature.id.data(), first.data() + kAlgorithmBytes, kIdBytes);
  signature.of_file = first.substr(kAlgorithmBytes + kIdBytes);
  signature.comment = lines[2].substr(kTrusted.size());
  return signature;
}

const unsigned char* as_bytes(std::string_view text) {
  return reinterpret_cast<const unsigned char*>(text.data());
}

bool is_signed(std::string_view message, const std::string& signature, const PublicKey& key) {
  return crypto_sign_verify_detached(as_bytes(signature), as_bytes(message), message.size(), key.point.data()) == 0;
}

std::string hash_of(std::string_view bytes) {
  std::string hash(crypto_generichash_BYTES_MAX, '\0');  // 64, as minisign has it.
  crypto_generichash(reinterpret_cast<unsigned char*>(hash.data()), hash.size(), as_bytes(bytes), bytes.size(), nullptr,
                     0);
  return hash;
}

}  // namespace

PublicKey parse_public_key(std::string_view text, const std::string& name) {
  const std::vector<std::string_view> lines = lines_of(text);
  PublicKey key;
  const std::string bytes = lines.empty() ? "" : decoded(lines.back(), kAlgorithmBytes + kIdBytes + sizeof key.point);
  if (lines.size() > 2 || !bytes.starts_with("Ed"))
    throw UserError(fmt::format("{}: is no public key of minisign; `minisign -G` writes one (minisign.pub)", name));
  std::memcpy(key.id.data(), bytes.data() + kAlgorithmBytes, kIdBytes);
  std::memcpy(key.point.data(), bytes.data() + kAlgorithmBytes + kIdBytes, sizeof key.point);
  return key;
}

std::string key_id_text(const PublicKey& key) {
  uint64_t number = 0;
  for (size_t i = 0; i < key.id.size(); ++i) number |= uint64_t{key.id[i]} << 8 * i;
  return fmt::format("{:016X}", number);
}

std::string verify_minisign(std::string_view bytes, std::string_view signature_text, const PublicKey& key,
                            const std::string& name) {
  const Signature signature = parse_signature(signature_text, name);
  if (signature.algorithm != "ED")
    throw UserError(fmt::format("{}: its signature is of minisign's legacy kind; sign it anew, without -l", name));
  if (signature.id != key.id) {
    PublicKey other;
    other.id = signature.id;
    throw UserError(fmt::format("{}: is signed with the key {}; the one that is trusted is {}", name,
                                key_id_text(other), key_id_text(key)));
  }
  if (!is_signed(hash_of(bytes), signature.of_file, key))
    throw UserError(
        fmt::format("{}: was altered since it was signed; take another copy of it and of its signature", name));
  if (!is_signed(signature.of_file + signature.comment, signature.of_comment, key))
    throw UserError(fmt::format("{}: the comment of its signature was altered; take another copy of both", name));
  return signature.comment;
}

}  // namespace gerund::base
