#include "data/split.h"

#include <map>
#include <set>

#include "base/error.h"
#include "data/drawn_clips.h"
#include "message_of.h"

namespace gerund::data {
namespace {

namespace fs = std::filesystem;
using testing_data::message_of;

std::vector<Item> items_of(const fs::path& root, const std::vector<std::string>& names) {
  std::vector<Item> items;
  for (const std::string& name : names) items.push_back({root / name, fs::path(name).parent_path().string()});
  return items;
}

class Lists : public drawn::Folder {};

TEST_F(Lists, Hmdb51KnowsTrainTestAndNeither) {
  base::write_file(folder_ / "golf_test_split2.txt", "a_golf_1.avi 1 \nb_golf_2.avi 2 \nc.avi 0 \n\nd (x)!!!.avi 1\n");
  EXPECT_THROW(hmdb51_split(items_of("r", {"golf/a_golf_1.avi"}), folder_, 2),
               base::UserError);  // A name with a space.
  base::write_file(folder_ / "golf_test_split2.txt", "a_golf_1.avi 1 \nb_golf_2.avi 2 \nc.avi 0 \n\nd_(x)!!!.avi 1\n");
  const auto items = items_of("r", {"golf/a_golf_1.avi", "golf/b_golf_2", "golf/c.avi", "golf/new.avi"});
  const Split split = hmdb51_split(items, folder_, 2);
  EXPECT_EQ(split.sides, (std::vector<Side>{Side::train, Side::test, Side::none, Side::none}));
  ASSERT_EQ(split.warnings.size(), 2U);
  EXPECT_NE(split.warnings[0].find("golf/new.avi"), std::string::npos);
  EXPECT_NE(split.warnings[1].find("1 of 4 listed clips"), std::string::npos);
  base::write_file(folder_ / "golf_test_split3.txt",
                   "\xEF\xBB\xBF"
                   "a_golf_1.avi 2\r\n");  // Of an editor of Windows.
  EXPECT_EQ(hmdb51_split(items, folder_, 3).sides[0], Side::test);
}

TEST_F(Lists, WrongListsAreNamed) {
  const auto items = items_of("r", {"golf/a.avi"});
  const auto told = [&](const std::string& text) {
    base::write_file(folder_ / "golf_test_split1.txt", text);
    return message_of([&] { hmdb51_split(items, folder_, 1); });
  };
  EXPECT_NE(told("a.avi 1\nb.avi 3\n").find("golf_test_split1.txt:2: is not"), std::string::npos);
  EXPECT_NE(told("a.avi\n").find("golf_test_split1.txt:1: is not"), std::string::npos);
  EXPECT_NE(told("x.avi 1\n").find("none of its 1 clips"), std::string::npos);
  EXPECT_NE(told("").find("none of its 0 clips"), std::string::npos);
  EXPECT_NE(message_of([&] { hmdb51_split(items, folder_, 2); }).find("golf_test_split2.txt"), std::string::npos);
  EXPECT_NE(message_of([&] { hmdb51_split(items, folder_, 4); }).find("allowed: 1, 2, 3"), std::string::npos);
}

TEST_F(Lists, Ucf101ReadsBothListsWithTheirLineEnds) {
  base::write_file(folder_ / "trainlist01.txt",
                   "Biking/v_Biking_g08_c01.avi 11\r\nOther/v_Other_g08_c01.avi 12\r\n\r\n");
  base::write_file(folder_ / "testlist01.txt", "Biking/v_Biking_g01_c01.avi\r\n");
  const auto items = items_of("r", {"Biking/v_Biking_g01_c01.avi", "Biking/v_Biking_g08_c01"});
  const Split split = ucf101_split(items, folder_, 1);
  EXPECT_EQ(split.sides, (std::vector<Side>{Side::test, Side::train}));
  EXPECT_TRUE(split.warnings.empty());  // Class Other is not in the data set at all.
  // As UCF101 is: a folder made of the names of files has another S than the lists.
  base::write_file(folder_ / "trainlist02.txt", "HandstandPushups/v_HandStandPushups_g08_c01.avi 11\n");
  base::write_file(folder_ / "testlist02.txt", "HandstandPushups/v_HandStandPushups_g01_c01.avi\n");
  const auto flat = items_of("r", {"HandStandPushups/v_HandStandPushups_g01_c01.avi"});
  EXPECT_EQ(ucf101_split(flat, folder_, 2).sides, std::vector<Side>{Side::test});
  base::write_file(folder_ / "testlist01.txt", "Biking/v_Biking_g08_c01.avi\n");
  EXPECT_NE(message_of([&] { ucf101_split(items, folder_, 1); }).find("listed twice"), std::string::npos);
}

/// 4 classes, 30 recordings of 1 to 5 clips, each in two classes.
std::vector<Item> film_clips(std::vector<std::string>& recordings) {
  std::vector<Item> items;
  for (int film = 0; film < 30; ++film)
    for (int clip = 0; clip <= film % 5; ++clip)
      for (int part = 0; part < 2; ++part) {
        const std::string label = "class" + std::to_string((film + 2 * part + film / 7) % 4);
        items.push_back(
            {fs::path("r") / label / ("f" + std::to_string(film) + "_" + std::to_string(clip) + ".avi"), label});
        recordings.push_back("film" + std::to_string(film));
      }
  return items;
}

TEST(Stratified, RecordingsStayWholeAndSharesAreNear) {
  std::vector<std::string> names;
  const std::vector<Item> items = film_clips(names);
  for (const double ratio : {0.2, 0.5}) {
    for (uint64_t seed = 1; seed <= 20; ++seed) {
      const Split split = stratified_split(items, {names, {}}, ratio, seed);
      std::map<std::string, Side> sides;
      std::map<std::string, std::pair<int, int>> counts;
      for (size_t i = 0; i < items.size(); ++i) {
        EXPECT_EQ(sides.emplace(names[i], split.sides[i]).first->second, split.sides[i]) << names[i];
        ++(split.sides[i] == Side::test ? counts[items[i].label].first : counts[items[i].label].second);
      }
      for (const auto& [label, count] : counts)
        EXPECT_NEAR(static_cast<double>(count.first) / (count.first + count.second), ratio, 0.08) << label << seed;
      EXPECT_TRUE(split.warnings.empty());
    }
  }
}

TEST(Stratified, TheSeedDecidesAndNothingElse) {
  std::vector<std::string> names;
  const std::vector<Item> items = film_clips(names);
  const auto sides = [&](uint64_t seed) { return stratified_split(items, {names, {}}, 0.3, seed).sides; };
  EXPECT_EQ(sides(7), sides(7));
  std::set<std::vector<Side>> different;
  for (uint64_t seed = 1; seed <= 10; ++seed) different.insert(sides(seed));
  EXPECT_GE(different.size(), 8U);
}

TEST(Stratified, EveryClassHasBothSidesWhereItCan) {
  const auto items = items_of("r", {"a/1.avi", "a/2.avi", "b/1.avi", "b/2.avi"});
  const Split split = stratified_split(items, {{"1", "2", "3", "3"}, {}}, 0.1, 1);
  EXPECT_EQ(split.count(Side::test), 1);
  EXPECT_NE(split.sides[0], split.sides[1]);
  ASSERT_EQ(split.warnings.size(), 1U);
  EXPECT_NE(split.warnings[0].find("class b has no clip to test with"), std::string::npos);
  for (const double ratio : {0.0, 1.0, -0.2})
    EXPECT_THROW(stratified_split(items, {{"1", "2", "3", "3"}, {}}, ratio, 1), base::UserError);
}

class WriteSplit : public drawn::Folder {
 protected:
  void SetUp() override {
    Folder::SetUp();
    for (const char* name : {"a/1.avi", "a/2.avi", "b/1.avi", "b/2.avi"}) base::write_file(folder_ / "in" / name, name);
    items_ = items_of(folder_ / "in", {"a/1.avi", "a/2.avi", "b/1.avi", "b/2.avi"});
  }
  void write(const Split& split, const fs::path& to, Placing placing = Placing::link) {
    base::Progress silent;
    write_split(items_, split, folder_ / "in", folder_ / to, placing, silent);
  }
  std::vector<Item> items_;
  const Split split_{{Side::train, Side::test, Side::none, Side::train}, {}};
};

TEST_F(WriteSplit, PutsClipsOnTheirSideAndMovesNothing) {
  for (const Placing placing : {Placing::link, Placing::copy}) {
    fs::remove_all(folder_ / "out");
    write(split_, "out", placing);
    write(split_, "out", placing);  // Again: nothing to do.
    EXPECT_EQ(base::read_file(folder_ / "out/train/a/1.avi"), "a/1.avi");
    EXPECT_EQ(base::read_file(folder_ / "out/test/a/2.avi"), "a/2.avi");
    EXPECT_EQ(base::read_file(folder_ / "out/train/b/2.avi"), "b/2.avi");
    EXPECT_FALSE(fs::exists(folder_ / "out/train/b/1.avi"));
    EXPECT_FALSE(fs::exists(folder_ / "out/test/b"));
    EXPECT_TRUE(fs::exists(folder_ / "in/b/1.avi"));
  }
}

TEST_F(WriteSplit, AnotherSplitInTheSameFolderIsRefused) {
  write(split_, "out");
  const Split other{{Side::test, Side::train, Side::train, Side::train}, {}};
  EXPECT_NE(message_of([&] { write(other, "out"); }).find("this split does not put it there"), std::string::npos);
  EXPECT_FALSE(fs::exists(folder_ / "out/test/a/1.avi"));
  EXPECT_NE(message_of([&] { write(split_, "in/out"); }).find("lies inside of"), std::string::npos);
}

}  // namespace
}  // namespace gerund::data
