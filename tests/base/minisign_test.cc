// Signatures of minisign. tests/base/golden/minisign was made by Debian's minisign 0.11:
//   minisign -G -W -p minisign.pub -s secret.key
//   minisign -S -W -s secret.key -m signed.txt -t "golden of tests/base"
//   minisign -S -l -W -s secret.key -m signed.txt -x legacy.minisig -t legacy
#include "base/minisign.h"

#include <gtest/gtest.h>

#include "base/files.h"
#include "message_of.h"

namespace gerund::base {
namespace {

const std::string kGolden = GERUND_SOURCE_DIR "/tests/base/golden/minisign/";

class Minisign : public testing::Test {
 protected:
  std::string complaint(const std::string& bytes, const std::string& signature) {
    return testing_data::message_of([&] { verify_minisign(bytes, signature, key_, "x.txt"); });
  }

  std::string text_ = read_file(kGolden + "signed.txt");
  std::string signature_ = read_file(kGolden + "signed.txt.minisig");
  PublicKey key_ = parse_public_key(read_file(kGolden + "minisign.pub"), "minisign.pub");
};

TEST_F(Minisign, TakesWhatDebiansMinisignHasSigned) {
  EXPECT_EQ(verify_minisign(text_, signature_, key_, "x.txt"), "golden of tests/base");
  EXPECT_EQ(key_id_text(key_), "F46DB3B9303DF235");
}

TEST_F(Minisign, TakesAKeyWithoutItsCommentAndOtherEndsOfLines) {
  const PublicKey bare = parse_public_key("RWQ18j0wubNt9DS+SxOdM+F8a/xwH70r2Gee7gfja3L64YtjDbBRv3bz\r\n", "bare");
  EXPECT_EQ(bare.point, key_.point);
}

TEST_F(Minisign, RefusesEveryOtherText) {
  for (size_t i = 0; i < text_.size(); ++i) {
    std::string altered = text_;
    altered[i] ^= 1;
    EXPECT_NE(complaint(altered, signature_).find("x.txt: was altered"), std::string::npos) << i;
  }
  EXPECT_NE(complaint(text_ + " ", signature_).find("altered"), std::string::npos);
}

TEST_F(Minisign, RefusesEverySignatureThatAnySingleCharacterWasChangedIn) {
  const size_t first_comment = signature_.find('\n');
  for (size_t i = first_comment + 1; i < signature_.size() - 1; ++i) {
    std::string altered = signature_;
    altered[i] = altered[i] == 'A' ? 'B' : 'A';
    EXPECT_NE(complaint(text_, altered), "no UserError was thrown") << i;
  }
}

TEST_F(Minisign, RefusesASignatureThatWasCutShortAnywhere) {
  for (size_t size = 0; size + 2 < signature_.size(); ++size)
    EXPECT_NE(complaint(text_, signature_.substr(0, size)), "no UserError was thrown") << size;
}

TEST_F(Minisign, NamesTheKeyThatItWasSignedWith) {
  key_.id[0] ^= 1;
  const std::string message = complaint(text_, signature_);
  EXPECT_NE(message.find("F46DB3B9303DF235"), std::string::npos) << message;
  EXPECT_NE(message.find("F46DB3B9303DF234"), std::string::npos) << message;
}

TEST_F(Minisign, RefusesAnotherKeyOfTheSameNumber) {
  key_.point[5] ^= 1;
  EXPECT_NE(complaint(text_, signature_).find("altered"), std::string::npos);
}

TEST_F(Minisign, RefusesTheLegacyKind) {
  EXPECT_NE(complaint(text_, read_file(kGolden + "legacy.minisig")).find("legacy"), std::string::npos);
}

TEST_F(Minisign, RefusesWhatIsNoKey) {
  for (const char* text :
       {"", "RWQ1", "hello\n", "a\nb\nc\n", "ZZQ18j0wubNt9DS+SxOdM+F8a/xwH70r2Gee7gfja3L64YtjDbBRv3bz"})
    EXPECT_NE(testing_data::message_of([&] { parse_public_key(text, "some.pub"); }).find("some.pub"), std::string::npos)
        << text;
}

}  // namespace
}  // namespace gerund::base
