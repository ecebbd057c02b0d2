#include "base/seal.h"

#include <fmt/format.h>
#include <sodium.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <fstream>
#include <map>
#include <mutex>

#include "base/error.h"
#include "base/files.h"

namespace gerund::base {
namespace {

constexpr uint16_t kVersion = 1;
constexpr uint16_t kArgon2id13 = 1;
// Between libsodium's interactive and moderate limits: a quarter of a second, and memory that a small device has.
constexpr uint32_t kPasses = 3;
constexpr uint64_t kMemoryBytes = 128 << 20;
constexpr uint32_t kChunkBytes = 1 << 20;
// A header that asks for more is not obeyed.
constexpr uint32_t kMostPasses = 16;
constexpr uint64_t kMostMemoryBytes = uint64_t{1} << 30;
constexpr uint32_t kMostChunkBytes = 16 << 20;
constexpr size_t kTagBytes = crypto_secretstream_xchacha20poly1305_ABYTES;

using Key = std::array<unsigned char, crypto_secretstream_xchacha20poly1305_KEYBYTES>;
using Salt = std::array<unsigned char, crypto_pwhash_SALTBYTES>;
using Stream = crypto_secretstream_xchacha20poly1305_state;

/// All that stands before the chunks. Little-endian, without gaps.
struct Header {
  uint16_t version = kVersion;
  uint16_t derivation = kArgon2id13;
  uint32_t passes = kPasses;
  uint64_t memory_bytes = kMemoryBytes;
  Salt salt{};
  uint32_t chunk_bytes = kChunkBytes;
  std::array<unsigned char, crypto_secretstream_xchacha20poly1305_HEADERBYTES> stream{};

  static constexpr size_t kSize = 8 + 2 + 2 + 4 + 8 + sizeof(Salt) + 4 + sizeof(stream);

  /// Calls `visit` with each field, in the order of the file.
  template <typename Self, typename Visit>
  static void for_each(Self& self, const Visit& visit) {
    visit(self.version);
    visit(self.derivation);
    visit(self.passes);
    visit(self.memory_bytes);
    visit(self.salt);
    visit(self.chunk_bytes);
    visit(self.stream);
  }
};

std::string to_bytes(const Header& header) {
  std::string bytes(kSealMagic);
  Header::for_each(header,
                   [&](const auto& field) { bytes.append(reinterpret_cast<const char*>(&field), sizeof field); });
  return bytes;
}

Header header_of(std::string_view sealed, const std::string& name) {
  Header header;
  const bool has_version = sealed.size() >= kSealMagic.size() + sizeof header.version;
  if (has_version) std::memcpy(&header.version, sealed.data() + kSealMagic.size(), sizeof header.version);
  if (has_version && header.version != kVersion)
    throw UserError(fmt::format("{}: is sealed in version {} of the format; this program opens version {}", name,
                                header.version, kVersion));
  if (sealed.size() < Header::kSize)
    throw UserError(fmt::format("{}: is sealed, and cut short; take another copy", name));
  size_t at = kSealMagic.size();
  Header::for_each(header, [&](auto& field) {
    std::memcpy(&field, sealed.data() + at, sizeof field);
    at += sizeof field;
  });
  const bool is_sane = header.derivation == kArgon2id13 && header.passes >= crypto_pwhash_OPSLIMIT_MIN &&
                       header.passes <= kMostPasses && header.memory_bytes >= crypto_pwhash_MEMLIMIT_MIN &&
                       header.memory_bytes <= kMostMemoryBytes && header.chunk_bytes > 0 &&
                       header.chunk_bytes <= kMostChunkBytes;
  if (!is_sane) throw UserError(fmt::format("{}: is sealed, and its header is damaged; take another copy", name));
  return header;
}

/// Keys that Argon2id has made, so that a process pays for each once.
class DerivedKeys {
 public:
  DerivedKeys() {
    if (sodium_init() < 0) throw InternalError("libsodium does not start");
    randombytes_buf(salt_.data(), salt_.size());
  }

  /// Of everything that this process seals.
  const Salt& salt() const { return salt_; }

  Key derive(const std::string& text, const Header& header) {
    const std::lock_guard lock(mutex_);
    const auto wanted = std::make_tuple(text, header.salt, header.passes, header.memory_bytes);
    if (const auto found = keys_.find(wanted); found != keys_.end()) return found->second;
    Key key{};
    if (crypto_pwhash(key.data(), key.size(), text.data(), text.size(), header.salt.data(), header.passes,
                      header.memory_bytes, crypto_pwhash_ALG_ARGON2ID13) != 0)
      throw UserError(
          fmt::format("{} MiB of memory are missing to derive the key of a sealed file", header.memory_bytes >> 20));
    keys_.emplace(wanted, key);
    return key;
  }

 private:
  Salt salt_{};
  std::mutex mutex_;  // Guards keys_; held while a key is made, so that none is made twice.
  std::map<std::tuple<std::string, Salt, uint32_t, uint64_t>, Key> keys_;
};

DerivedKeys& derived_keys() {
  static DerivedKeys keys;
  return keys;
}

unsigned char* as_bytes(char* text) {
  return reinterpret_cast<unsigned char*>(text);
}
const unsigned char* as_bytes(const char* text) {
  return reinterpret_cast<const unsigned char*>(text);
}

/// Opens the chunks one after another; the header is part of what each vouches for.
class Opener {
 public:
  Opener(const Header& header, std::string_view head, const Key& key, const std::string& name)
      : head_(head), name_(name) {
    crypto_secretstream_xchacha20poly1305_init_pull(&stream_, header.stream.data(), key.data());
  }

  /// Appends what the chunk holds; true where it is the last.
  bool open(std::string_view chunk, std::string& plain, bool is_first) {
    const size_t before = plain.size();
    unsigned char tag = 0;
    if (chunk.size() < kTagBytes) fail_cut();
    plain.resize(before + chunk.size() - kTagBytes);
    if (crypto_secretstream_xchacha20poly1305_pull(&stream_, as_bytes(plain.data() + before), nullptr, &tag,
                                                   as_bytes(chunk.data()), chunk.size(), as_bytes(head_.data()),
                                                   head_.size()) != 0)
      throw UserError(is_first
                          ? fmt::format("{}: the key does not open it; it was sealed with another (-k KEY), or was "
                                        "altered or cut short since",
                                        name_)
                          : fmt::format("{}: was altered since it was sealed; take another copy", name_));
    return tag == crypto_secretstream_xchacha20poly1305_TAG_FINAL;
  }

  [[noreturn]] void fail_cut() const {
    throw UserError(fmt::format("{}: is sealed, and cut short; take another copy", name_));
  }

 private:
  Stream stream_{};
  std::string_view head_;
  const std::string& name_;
};

}  // namespace

bool is_sealed(std::string_view bytes) {
  return bytes.starts_with(kSealMagic);
}

bool is_sealed_file(const std::filesystem::path& path) {
  std::ifstream in(path, std::ios::binary);
  std::string start(kSealMagic.size(), '\0');
  in.read(start.data(), static_cast<std::streamsize>(start.size()));
  return is_sealed(start);
}

std::string seal(std::string_view plain, const std::string& key) {
  if (key.empty()) throw InternalError("seal: an empty key");
  Header header;
  header.salt = derived_keys().salt();
  const Key derived = derived_keys().derive(key, header);
  Stream stream{};
  crypto_secretstream_xchacha20poly1305_init_push(&stream, header.stream.data(), derived.data());
  std::string sealed = to_bytes(header);
  const std::string head = sealed;
  sealed.reserve(head.size() + plain.size() + (plain.size() / kChunkBytes + 1) * kTagBytes);
  for (size_t at = 0, last = 0; !last; at += kChunkBytes) {
    const std::string_view chunk = plain.substr(at, kChunkBytes);
    last = at + kChunkBytes >= plain.size();
    const size_t before = sealed.size();
    sealed.resize(before + chunk.size() + kTagBytes);
    crypto_secretstream_xchacha20poly1305_push(&stream, as_bytes(sealed.data() + before), nullptr,
                                               as_bytes(chunk.data()), chunk.size(), as_bytes(head.data()), head.size(),
                                               last ? crypto_secretstream_xchacha20poly1305_TAG_FINAL : 0);
  }
  return sealed;
}

std::string unseal(std::string_view sealed, const std::string& key, const std::string& name) {
  const Header header = header_of(sealed, name);
  if (key.empty()) throw UserError(fmt::format("{}: is sealed; give the key that it was sealed with (-k KEY)", name));
  Opener opener(header, sealed.substr(0, Header::kSize), derived_keys().derive(key, header), name);
  std::string plain;
  plain.reserve(sealed.size());
  const size_t step = header.chunk_bytes + kTagBytes;
  for (size_t at = Header::kSize; at < sealed.size(); at += step) {
    if (!opener.open(sealed.substr(at, step), plain, at == Header::kSize)) continue;
    if (at + step < sealed.size()) throw UserError(fmt::format("{}: has bytes after its end; take another copy", name));
    return plain;
  }
  opener.fail_cut();
}

std::string read_unsealed(const std::filesystem::path& path, const std::string& key) {
  std::string bytes = read_file(path);
  return is_sealed(bytes) ? unseal(bytes, key, path.string()) : bytes;
}

void write_sealed(const std::filesystem::path& path, std::string_view bytes, const std::string& key) {
  if (key.empty()) {
    write_file(path, bytes);
  } else {
    write_file(path, seal(bytes, key));
  }
}

}  // namespace gerund::base
