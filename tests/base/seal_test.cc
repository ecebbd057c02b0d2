#include "base/seal.h"

#include <gtest/gtest.h>

#include <filesystem>

#include "base/error.h"
#include "base/files.h"
#include "base/random.h"
#include "base/sha256.h"

namespace gerund::base {
namespace {

constexpr size_t kHeader = 68;  // docs/formats.md
constexpr size_t kChunk = (1 << 20) + 17;

std::string random_bytes(size_t size) {
  Random random(5);
  std::string bytes(size, '\0');
  for (char& byte : bytes) byte = static_cast<char>(random.below(256));
  return bytes;
}

void expect_error(std::string_view sealed, const std::string& key, const std::string& words) {
  try {
    unseal(sealed, key, "net.safetensors");
    FAIL() << "opened; wanted: " << words;
  } catch (const UserError& error) {
    const std::string text = error.what();
    EXPECT_TRUE(text.starts_with("net.safetensors: ")) << text;
    EXPECT_NE(text.find(words), std::string::npos) << "'" << words << "' is not in: " << text;
    EXPECT_EQ(text.find("open sesame"), std::string::npos) << "the key stands in: " << text;
  }
}

TEST(Seal, WhatWasSealedComesBack) {
  for (const size_t size : {size_t{0}, size_t{1}, size_t{1} << 20, (size_t{1} << 20) + 1, size_t{3} << 20}) {
    const std::string plain = random_bytes(size);
    const std::string sealed = seal(plain, "open sesame");
    EXPECT_TRUE(is_sealed(sealed));
    EXPECT_EQ(sealed.size(), kHeader + size + 17 * std::max<size_t>(1, (size + (1 << 20) - 1) >> 20));
    EXPECT_TRUE(unseal(sealed, "open sesame", "x") == plain) << size;
  }
}

TEST(Seal, NothingOfThePlainTextIsLeftAndNoTwoSealsAreAlike) {
  const std::string plain = "label: situp, label: situp, label: situp";
  const std::string one = seal(plain, "open sesame");
  const std::string two = seal(plain, "open sesame");
  EXPECT_EQ(one.find("situp"), std::string::npos);
  EXPECT_EQ(one.find("sesame"), std::string::npos);
  EXPECT_NE(one.substr(kHeader), two.substr(kHeader));
}

TEST(Seal, AnotherKeyOrNoneIsAUserError) {
  const std::string sealed = seal("weights", "open sesame");
  expect_error(sealed, "open barley", "the key does not open it");
  expect_error(sealed, "", "-k KEY");
}

TEST(Seal, NoByteCanBeChanged) {
  // The costly part of a header (Argon2id's numbers and salt) once; all else at every byte.
  std::string sealed = seal(random_bytes(40), "open sesame");
  for (size_t i = 0; i < sealed.size(); ++i) {
    if (i > 12 && i < 39) continue;
    const char kept = sealed[i];
    sealed[i] = static_cast<char>(kept ^ 0x10);
    if (i < 8) {
      EXPECT_FALSE(is_sealed(sealed));
    } else {
      EXPECT_THROW(unseal(sealed, "open sesame", "x"), UserError) << i;
    }
    sealed[i] = kept;
  }
}

TEST(Seal, ChunksCannotBeLostSwappedOrAdded) {
  const std::string sealed = seal(random_bytes((2 << 20) + 100), "open sesame");
  const std::string head = sealed.substr(0, kHeader);
  const std::string first = sealed.substr(kHeader, kChunk);
  const std::string second = sealed.substr(kHeader + kChunk, kChunk);
  const std::string last = sealed.substr(kHeader + 2 * kChunk);
  ASSERT_EQ(head + first + second + last, sealed);
  for (const std::string& cut : {head, head + first, head + first + second})
    expect_error(cut, "open sesame", "cut short");
  expect_error(head + first + last, "open sesame", "altered");
  expect_error(head + second + first + last, "open sesame", "altered");
  expect_error(sealed + "more", "open sesame", "altered");
  expect_error(head + first + second.substr(1) + last, "open sesame", "altered");
  for (const size_t size : {size_t{8}, size_t{11}, kHeader - 1})
    expect_error(sealed.substr(0, size), "open sesame", "cut short");
}

TEST(Seal, OtherVersionsAndWildHeadersAreUserErrors) {
  std::string sealed = seal("weights", "open sesame");
  for (const char version : {0, 2}) {
    sealed[8] = version;
    expect_error(sealed, "open sesame", "version " + std::to_string(version));
  }
  sealed[8] = 1;
  std::string hungry = sealed;
  hungry[16 + 7] = 1;  // 2^56 bytes for Argon2id.
  expect_error(hungry, "open sesame", "header is damaged");
  std::string endless = sealed;
  endless[12 + 3] = 1;  // 2^24 passes.
  expect_error(endless, "open sesame", "header is damaged");
}

TEST(Seal, FilesAreSealedWhereThereIsAKey) {
  const std::filesystem::path path = std::filesystem::path(testing::TempDir()) / "gerund_seal_test";
  write_sealed(path, "weights", "open sesame");
  EXPECT_EQ(read_file(path).find("weights"), std::string::npos);
  EXPECT_EQ(read_unsealed(path, "open sesame"), "weights");
  EXPECT_THROW(read_unsealed(path, ""), UserError);
  write_sealed(path, "weights", "");
  EXPECT_EQ(read_file(path), "weights");
  EXPECT_EQ(read_unsealed(path, "a key that nothing needs"), "weights");
  std::filesystem::remove(path);
}

TEST(Sha256, IsThatOfTheStandard) {
  // FIPS 180-4, appendix: "abc".
  EXPECT_EQ(sha256("abc"), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
}

}  // namespace
}  // namespace gerund::base
