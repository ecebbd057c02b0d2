#include "data/dataset.h"

#include "base/error.h"
#include "data/drawn_clips.h"
#include "message_of.h"

namespace gerund::data {
namespace {

namespace fs = std::filesystem;
using testing_data::message_of;

class DatasetFolder : public drawn::Folder {
 protected:
  /// An empty file, or a folder where the name ends with "/". scan_dataset opens nothing.
  void make(const std::string& name) {
    if (name.ends_with('/')) {
      fs::create_directories(folder_ / name);
    } else {
      base::write_file(folder_ / name, "x");
    }
  }
  std::vector<std::string> names(const Dataset& dataset) const {
    std::vector<std::string> found;
    for (const Item& item : dataset.items) found.push_back(fs::relative(item.path, folder_).string());
    return found;
  }
};

bool any_contains(const std::vector<std::string>& texts, const std::string& part) {
  return std::any_of(texts.begin(), texts.end(),
                     [&](const auto& text) { return text.find(part) != std::string::npos; });
}

TEST_F(DatasetFolder, TakesVideosAndFrameFoldersInOrderOfTheirNames) {
  make("walk/b.mp4");
  make("walk/a.avi");
  make("walk/c/rgb/000001.png");
  make("run/10.webm");
  make("run/9.MKV");
  const Dataset dataset = scan_dataset(folder_, {{"walk", 0}, {"run", 1}});
  EXPECT_EQ(names(dataset),
            (std::vector<std::string>{"run/10.webm", "run/9.MKV", "walk/a.avi", "walk/b.mp4", "walk/c"}));
  EXPECT_EQ(dataset.items[0].label, "run");
  EXPECT_EQ(dataset.items[0].class_index, 1);
  EXPECT_EQ(dataset.items[4].class_index, 0);
  EXPECT_TRUE(dataset.warnings.empty());
}

TEST_F(DatasetFolder, ClassesOutsideTheLabelMapAndMissingFoldersAreWarnings) {
  make("walk/a.avi");
  make("swim/a.avi");
  const Dataset dataset = scan_dataset(folder_, {{"walk", 0}, {"jump", 1}});
  EXPECT_EQ(names(dataset), std::vector<std::string>{"walk/a.avi"});
  ASSERT_EQ(dataset.warnings.size(), 2U);
  EXPECT_TRUE(any_contains(dataset.warnings, "class \"swim\" is not in the label map"));
  EXPECT_TRUE(any_contains(dataset.warnings, "no folder for class \"jump\""));
}

TEST_F(DatasetFolder, StrayFilesAreReportedAndHiddenOnesAreNot) {
  make("walk/a.avi");
  make("walk/notes.txt");
  make("walk/more.tar.gz");
  make("walk/extra/readme.md");
  make("walk/.DS_Store");
  make("clips.csv");
  make(".git/config");
  const Dataset dataset = scan_dataset(folder_, {{"walk", 0}});
  EXPECT_EQ(names(dataset), std::vector<std::string>{"walk/a.avi"});
  EXPECT_EQ(dataset.warnings.size(), 4U);
  EXPECT_TRUE(any_contains(dataset.warnings, "notes.txt"));
  EXPECT_TRUE(any_contains(dataset.warnings, "more.tar.gz: is an archive"));
  EXPECT_TRUE(any_contains(dataset.warnings, "extra: folder without pictures"));
  EXPECT_TRUE(any_contains(dataset.warnings, "clips.csv"));
}

TEST_F(DatasetFolder, AnEmptyFrameFolderIsAClipSoThatItIsReportedAsBroken) {
  make("walk/a.avi");
  make("walk/b/rgb/");
  make("walk/c/");
  const Dataset dataset = scan_dataset(folder_, {{"walk", 0}});
  EXPECT_EQ(names(dataset), (std::vector<std::string>{"walk/a.avi", "walk/b", "walk/c"}));
}

TEST_F(DatasetFolder, AClassWithoutClipsIsAWarning) {
  make("walk/a.avi");
  make("run/");
  EXPECT_TRUE(
      any_contains(scan_dataset(folder_, {{"walk", 0}, {"run", 1}}).warnings, "run: the class folder holds no"));
}

TEST_F(DatasetFolder, WhatIsNoDataSetFolderIsAnErrorThatSaysWhatToDo) {
  const LabelMap map{{"walk", 0}};
  make("train.tar.gz");
  make("train.zip");
  make("clip.mp4");
  make("list.txt");
  const auto message = [&](const std::string& name) { return message_of([&] { scan_dataset(folder_ / name, map); }); };
  EXPECT_NE(message("nothing").find("does not exist"), std::string::npos);
  EXPECT_NE(message("train.tar.gz").find("unpack it first"), std::string::npos);
  EXPECT_NE(message("train.zip").find("unpack it first"), std::string::npos);
  EXPECT_NE(message("clip.mp4").find("is one video"), std::string::npos);
  EXPECT_NE(message("list.txt").find("is a file"), std::string::npos);
  EXPECT_NE(message("list.txt").find("ROOT/class/video.avi"), std::string::npos);
}

TEST_F(DatasetFolder, AFolderWithoutClipsIsAnErrorThatNamesLayoutAndNearestFolder) {
  const LabelMap map{{"walk", 0}};
  make("set/train/walk/a.avi");
  const std::string above = message_of([&] { scan_dataset(folder_ / "set", map); });
  EXPECT_NE(above.find("holds no clip of the classes in the label map (walk)"), std::string::npos);
  EXPECT_NE(above.find("did you mean " + (folder_ / "set" / "train").string()), std::string::npos);
  const std::string below = message_of([&] { scan_dataset(folder_ / "set" / "train" / "walk", map); });
  EXPECT_NE(below.find("give the folder above"), std::string::npos);
}

TEST_F(DatasetFolder, LabelMapOfAFolderNumbersItsClassesByName) {
  make("walk/a.avi");
  make("run/a/rgb/000001.png");
  make("docs/readme.md");
  make("list.txt");
  EXPECT_EQ(label_map_from_folders(folder_), (LabelMap{{"run", 0}, {"walk", 1}}));
  EXPECT_NE(message_of([&] { label_map_from_folders(folder_ / "docs"); }).find("holds no clip"), std::string::npos);
}

TEST(Labels, AreListedByIndexAndBack) {
  EXPECT_EQ(labels_by_index({{"a", 2}, {"b", 0}, {"c", 1}}), (std::vector<std::string>{"b", "c", "a"}));
  EXPECT_EQ(label_map_of({"b", "c", "a"}), (LabelMap{{"a", 2}, {"b", 0}, {"c", 1}}));
}

TEST(Labels, IndicesWithGapsOrRepeatsAreErrorsThatNameTheClass) {
  EXPECT_NE(message_of([] { labels_by_index({{"a", 0}, {"b", 2}}); }).find("\"b\" has index 2"), std::string::npos);
  EXPECT_NE(message_of([] { labels_by_index({{"a", 0}, {"b", 0}}); }).find("same index 0"), std::string::npos);
  EXPECT_NE(message_of([] { labels_by_index({{"a", -1}}); }).find("index -1"), std::string::npos);
  EXPECT_NE(message_of([] { labels_by_index({}); }).find("empty"), std::string::npos);
  EXPECT_NE(message_of([] { label_map_of({"a", "a"}); }).find("twice"), std::string::npos);
}

}  // namespace
}  // namespace gerund::data
