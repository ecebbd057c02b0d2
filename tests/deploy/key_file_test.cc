#include "deploy/key_file.h"

#include <gtest/gtest.h>

#include <cstdlib>

#include "deploy/config_files.h"
#include "deploy/config_text.h"

namespace gerund::deploy {
namespace {

using spec::Value;
using Texts = std::vector<std::string>;

Value parsed(const std::string& text) {
  return parse_key_file(text, "f.txt");
}

std::string text_of(const Value& file, const std::string& group, const std::string& key) {
  const Value* block = find_value(file, group);
  const Value* value = block == nullptr ? nullptr : find_value(*block, key);
  return value == nullptr ? "(none)" : value->text;
}

Value scalar(const std::string& text) {
  Value value;
  value.kind = Value::Kind::kScalar;
  value.text = text;
  value.place = "f.txt:7";
  value.name = "key";
  return value;
}

Texts texts_of(const Value& list) {
  Texts texts;
  for (const Value& item : list.items) texts.push_back(item.text);
  return texts;
}

std::string parse_error(const std::string& text) {
  return error_of([&] { parsed(text); });
}

TEST(KeyFile, EveryValueKnowsItsGroupKeyAndLine) {
  const Value file = parsed("# head\n[one]\na=1\n\n[two]\nb=2\n");
  EXPECT_EQ(text_of(file, "one", "a"), "1");
  EXPECT_EQ(text_of(file, "two", "b"), "2");
  const Value& b = *find_value(*find_value(file, "two"), "b");
  EXPECT_EQ(b.place, "f.txt:6");
  EXPECT_EQ(b.name, "b");
  EXPECT_EQ(find_value(file, "two")->place, "f.txt:5");
  EXPECT_EQ(text_of(file, "one", "b"), "(none)");
}

TEST(KeyFile, BlanksAroundKeysValuesAndGroupsAreDropped) {
  const Value file = parsed("  [ one ]  \n  a =  1 2 \t\n\tb=3\n");
  EXPECT_EQ(text_of(file, "one", "a"), "1 2");
  EXPECT_EQ(text_of(file, "one", "b"), "3");
}

TEST(KeyFile, CommentsMayBeIndentedAndStartWithEitherSign) {
  const Value file = parsed("    # a=0\n; b=0\n[one]\n    # c=1\n   ; d=2\na=1\n");
  EXPECT_EQ(find_value(file, "one")->entries.size(), 1U);
  EXPECT_EQ(text_of(file, "one", "a"), "1");
}

TEST(KeyFile, WindowsLineEndsAndByteOrderMarksAreDropped) {
  const Value file = parsed("\xEF\xBB\xBF[one]\r\na=1\r\n\r\nb=2");
  EXPECT_EQ(text_of(file, "one", "a"), "1");
  EXPECT_EQ(text_of(file, "one", "b"), "2");
}

TEST(KeyFile, OfAKeyGivenTwiceTheLastStands) {
  const Value file = parsed("[one]\na=1\na=2\n");
  EXPECT_EQ(text_of(file, "one", "a"), "2");
  EXPECT_EQ(find_value(*find_value(file, "one"), "a")->place, "f.txt:3");
  EXPECT_EQ(find_value(file, "one")->entries.size(), 1U);
}

TEST(KeyFile, AGroupThatIsOpenedAgainGoesOn) {
  const Value file = parsed("[one]\na=1\n[two]\nb=2\n[one]\nc=3\n");
  EXPECT_EQ(file.entries.size(), 2U);
  EXPECT_EQ(text_of(file, "one", "a"), "1");
  EXPECT_EQ(text_of(file, "one", "c"), "3");
}

TEST(KeyFile, ValuesMayHoldEqualsSignsAndBrackets) {
  const Value file = parsed("[one]\na=rtsp://x/?u=1&v=[2]\nb=\n");
  EXPECT_EQ(text_of(file, "one", "a"), "rtsp://x/?u=1&v=[2]");
  EXPECT_EQ(text_of(file, "one", "b"), "");
}

TEST(KeyFile, OtherLinesAreRefusedWithTheirNumber) {
  EXPECT_EQ(parse_error("[one]\nrubbish\n"), "f.txt:2: 'rubbish' is neither [group], key=value nor # comment");
  EXPECT_EQ(parse_error("[one]\n=1\n"), "f.txt:2: '=1' is neither [group], key=value nor # comment");
  EXPECT_EQ(parse_error("[one] x\n"), "f.txt:1: '[one] x' is neither [group], key=value nor # comment");
  EXPECT_EQ(parse_error("\na=1\n[one]\n"), "f.txt:2: the key 'a' stands before the first [group]");
  EXPECT_EQ(parse_error("[ ]\n"), "f.txt:1: '[]' names no group");
}

TEST(KeyFile, SizeIsLimited) {
  EXPECT_TRUE(contains(parse_error(std::string(2 << 20, '#')), "has 2097152 bytes"));
  std::string lines = "[one]\n";
  for (int i = 0; i < 20001; ++i) lines += "a=1\n";
  EXPECT_TRUE(contains(parse_error(lines), "f.txt:20001: is one line too many"));
}

TEST(KeyFile, ListsEndWithOrWithoutASeparator) {
  EXPECT_EQ(texts_of(list_of(scalar("a;b;c"))), (Texts{"a", "b", "c"}));
  EXPECT_EQ(texts_of(list_of(scalar("a; b ;c;"))), (Texts{"a", "b", "c"}));
  EXPECT_EQ(texts_of(list_of(scalar("a;;c"))), (Texts{"a", "", "c"}));
  EXPECT_EQ(texts_of(list_of(scalar(R"(a\;b;c)"))), (Texts{"a;b", "c"}));
  EXPECT_EQ(texts_of(list_of(scalar(""))), Texts{});
  EXPECT_EQ(list_of(scalar("a;b")).items[1].place, "f.txt:7");
}

TEST(KeyFile, EscapesAndRemarksAreThoseOfGKeyFile) {
  EXPECT_EQ(plain_text(scalar(R"(\sa\tb\\c\d\)")).text, " a\tb\\c\\d\\");
  EXPECT_EQ(without_remark(scalar("0    # 0=RGB")).text, "0");
  EXPECT_EQ(without_remark(scalar("a#b")).text, "a#b");
}

TEST(KeyFile, EnvironmentVariablesAreReplaced) {
  ::setenv("GERUND_TEST_SIZE", "224", 1);
  ::unsetenv("GERUND_TEST_NONE");
  EXPECT_EQ(expand_environment(scalar("1;3;${GERUND_TEST_SIZE};${GERUND_TEST_SIZE}")).text, "1;3;224;224");
  EXPECT_EQ(expand_environment(scalar(R"(\${GERUND_TEST_NONE} \\${GERUND_TEST_SIZE})")).text,
            R"(${GERUND_TEST_NONE} \224)");
  EXPECT_EQ(expand_environment(scalar("$GERUND_TEST_SIZE")).text, "$GERUND_TEST_SIZE");
  EXPECT_EQ(error_of([] { expand_environment(scalar("x${GERUND_TEST_NONE}")); }),
            "f.txt:7: key: the environment has no 'GERUND_TEST_NONE'; export it, or write the value itself");
  EXPECT_EQ(error_of([] { expand_environment(scalar("x${GERUND")); }),
            "f.txt:7: key: 'x${GERUND' has a ${ without its }");
}

using ConfigText = ConfigFiles;

TEST_F(ConfigText, OnlyUtf8TextIsRead) {
  EXPECT_EQ(read_config_text(write("a",
                                   "\xEF\xBB\xBFgr\xC3\xB6\xC3\x9F"
                                   "e")),
            "gr\xC3\xB6\xC3\x9F"
            "e");
  EXPECT_TRUE(contains(error_of([&] { read_config_text(write("b", "gr\xF6\xDF")); }), "is not UTF-8 text"));
  EXPECT_EQ(read_config_text(write("d",
                                   "a=1\n  # gr\xF6\xDF"
                                   "e\n;\xE9\nb=2\n")),
            "a=1\n  # gr??e\n;?\nb=2\n");
  EXPECT_TRUE(contains(error_of([&] { read_config_text(write("c", std::string("a\0b", 3))); }), "is not UTF-8 text"));
  EXPECT_TRUE(contains(error_of([&] { read_config_text(folder_ / "none"); }), "none"));
}

TEST_F(ConfigText, RelativePathsAreToldFromUris) {
  for (const char* uri : {"file:///a.mp4", "rtsp://c/1", "v4l2:/dev/video0", "/a.mp4", "", "http://x"})
    EXPECT_FALSE(is_relative_path(uri)) << uri;
  for (const char* uri : {"a.mp4", "./a.mp4", "../a b.mp4", "a/b:c.mp4"}) EXPECT_TRUE(is_relative_path(uri)) << uri;
}

}  // namespace
}  // namespace gerund::deploy
