// tests/catalogue/signer.h - signs as `minisign -S` does, with a key of its own, and makes small catalogues.
#pragma once

#include <sodium.h>

#include <filesystem>
#include <string>

#include "base/base64.h"
#include "base/files.h"
#include "base/minisign.h"
#include "base/sha256.h"
#include "catalogue/catalogue.h"

namespace gerund::testing_data {

class Signer {
 public:
  Signer() { crypto_sign_keypair(key_.point.data(), secret_.data()); }

  const base::PublicKey& key() const { return key_; }

  std::string public_key_text() const {
    return "untrusted comment: a key of the tests\n" + base::base64("Ed" + text(key_.id) + text(key_.point)) + "\n";
  }

  std::string signature_of(const std::string& bytes) const {
    std::string hash(64, '\0');
    crypto_generichash(reinterpret_cast<unsigned char*>(hash.data()), hash.size(), data(bytes), bytes.size(), nullptr,
                       0);
    const std::string of_file = sign(hash);
    const std::string comment = "signed by the tests";
    return "untrusted comment: none\n" + base::base64("ED" + text(key_.id) + of_file) +
           "\ntrusted comment: " + comment + "\n" + base::base64(sign(of_file + comment)) + "\n";
  }

 private:
  static const unsigned char* data(const std::string& bytes) {
    return reinterpret_cast<const unsigned char*>(bytes.data());
  }
  template <typename Bytes>
  static std::string text(const Bytes& bytes) {
    return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
  }
  std::string sign(const std::string& bytes) const {
    std::string signature(crypto_sign_BYTES, '\0');
    crypto_sign_detached(reinterpret_cast<unsigned char*>(signature.data()), nullptr, data(bytes), bytes.size(),
                         secret_.data());
    return signature;
  }

  base::PublicKey key_;
  std::array<unsigned char, crypto_sign_SECRETKEYBYTES> secret_{};
};

/// An entry of a file with these bytes.
inline catalogue::Entry entry_of(const std::string& name, const std::string& bytes) {
  catalogue::Entry entry;
  entry.name = name;
  entry.summary = "Tells left from right.";
  entry.file = name + ".safetensors";
  entry.num_bytes = static_cast<int64_t>(bytes.size());
  entry.sha256 = base::sha256(bytes);
  entry.licence = "Apache-2.0";
  entry.network = {"rgb", "3d", "resnet_18", "centered", 16};
  entry.classes = {"left", "right"};
  entry.recipe = R"({"input_type":"3d","num_frames":16})";
  entry.parameters = 1000;
  entry.multiply_adds = 2000000;
  entry.accuracies = {{0.75, 4, "four clips", "gerund evaluate"}};
  entry.made_by = {"gerund train"};
  return entry;
}

/// Writes index and signature.
inline void write_index(const std::filesystem::path& folder, const catalogue::Index& index, const Signer& signer) {
  const std::string text = catalogue::print_index(index);
  base::write_file(folder / catalogue::kIndexFile, text);
  base::write_file(folder / catalogue::kSignatureFile, signer.signature_of(text));
}

}  // namespace gerund::testing_data
