#include "base/sha256.h"

#include <gtest/gtest.h>

#include "base/error.h"
#include "base/files.h"

namespace gerund::base {
namespace {

std::string sum(std::string_view bytes) {
  Sha256 sha;
  sha.add(bytes);
  return sha.finish();
}

// The examples of FIPS 180 and of NIST's test vectors.
TEST(Sha256, GivesTheSumsOfTheStandard) {
  EXPECT_EQ(sum(""), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
  EXPECT_EQ(sum("abc"), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  EXPECT_EQ(sum("abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq"),
            "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1");
  EXPECT_EQ(sum(std::string(1000000, 'a')), "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0");
}

TEST(Sha256, PiecesDoNotMatter) {
  const std::string bytes(300, 'x');
  for (size_t cut = 0; cut <= 130; ++cut) {
    Sha256 sha;
    sha.add(std::string_view(bytes).substr(0, cut));
    sha.add(std::string_view(bytes).substr(cut));
    ASSERT_EQ(sha.finish(), sum(bytes)) << cut;
  }
}

TEST(Sha256, ReadsFiles) {
  const std::filesystem::path path = std::filesystem::path(testing::TempDir()) / "gerund_sha256.bin";
  write_file(path, std::string(1000000, 'a'));
  EXPECT_EQ(sha256_of_file(path), sum(std::string(1000000, 'a')));
  std::filesystem::remove(path);
  EXPECT_THROW(sha256_of_file(path), UserError);
  EXPECT_THROW(sha256_of_file(testing::TempDir()), UserError);
}

}  // namespace
}  // namespace gerund::base
