// tests/real/datasets_test.cc - the published lists and clips beside the checkout (../shared/data).
#include <gtest/gtest.h>

#include <fstream>
#include <map>

#include "base/files.h"
#include "data/archive_bytes.h"
#include "data/check.h"
#include "data/clip_names.h"
#include "data/frame_folders.h"
#include "data/import.h"
#include "data/recordings.h"
#include "data/split.h"
#include "small_videos.h"

namespace gerund::data {
namespace {

namespace fs = std::filesystem;

class RealSets : public testing::Test {
 protected:
  void SetUp() override {
    const char* given = std::getenv("GERUND_DATA");
    data_ = given != nullptr ? fs::path(given) : fs::path(GERUND_SOURCE_DIR) / ".." / "shared" / "data";
    if (!fs::exists(data_ / "ucf101_splits"))
      GTEST_SKIP() << "no real clips in " << data_ << "; set GERUND_DATA to the folder that holds ucf101_splits/";
  }
  fs::path data_;
  testing_data::TemporaryFolder folder_{"real_sets"};
  base::Progress silent_;
};

/// The clips that a list names, without files.
std::vector<Item> listed(const std::vector<fs::path>& lists, const std::string& label) {
  std::vector<Item> items;
  for (const fs::path& list : lists) {
    std::ifstream in(list);
    for (std::string line; std::getline(in, line);) {
      const std::string name = line.substr(0, line.find_first_of(" \r"));
      if (name.empty()) continue;
      const fs::path path(name);
      items.push_back({path, label.empty() ? path.parent_path().string() : label});
    }
  }
  return items;
}

TEST_F(RealSets, Hmdb51SplitsHave70And30OfEveryClass) {
  const fs::path folder = data_ / "hmdb51_testTrainMulti_7030_splits";
  for (int number = 1; number <= 3; ++number) {
    std::vector<Item> items;
    for (const auto& entry : fs::directory_iterator(folder)) {
      const std::string name = entry.path().filename().string();
      const size_t at = name.find("_test_split" + std::to_string(number));
      if (at == std::string::npos) continue;
      for (Item& item : listed({entry.path()}, name.substr(0, at))) items.push_back(std::move(item));
    }
    const Split split = hmdb51_split(items, folder, number);
    EXPECT_EQ(items.size(), 6766U);  // As the paper has it.
    EXPECT_EQ(split.count(Side::train), 51 * 70);
    EXPECT_EQ(split.count(Side::test), 51 * 30);
    EXPECT_TRUE(split.warnings.empty());
    EXPECT_EQ(recordings_by_name(items).num_unknown(), 0);
  }
}

TEST_F(RealSets, Ucf101SplitsHaveTheirPublishedSizesAndTearNoRecording) {
  const fs::path folder = data_ / "ucf101_splits";
  const std::map<int, std::pair<int, int>> sizes{{1, {9537, 3783}}, {2, {9586, 3734}}, {3, {9624, 3696}}};
  for (const auto& [number, size] : sizes) {
    const std::string end = "list0" + std::to_string(number) + ".txt";
    const std::vector<Item> items = listed({folder / ("train" + end), folder / ("test" + end)}, "");
    const Split split = ucf101_split(items, folder, number);
    EXPECT_EQ(split.count(Side::train), size.first);
    EXPECT_EQ(split.count(Side::test), size.second);
    const Recordings recordings = recordings_by_name(items);
    EXPECT_EQ(recordings.num_unknown(), 0);
    std::map<std::string, Side> sides;
    for (size_t i = 0; i < items.size(); ++i)
      EXPECT_EQ(sides.emplace(recordings.names[i], split.sides[i]).first->second, split.sides[i]);
    const Split own = stratified_split(items, recordings, 0.25, 1);
    EXPECT_NEAR(static_cast<double>(own.count(Side::test)) / static_cast<double>(items.size()), 0.25, 0.02);
    EXPECT_TRUE(own.warnings.empty());
  }
}

TEST_F(RealSets, SamplesGoThroughARarOfRarsUnchanged) {
  archives::Files classes;
  for (const auto& label : fs::directory_iterator(data_ / "hmdb51_samples")) {
    archives::Files clips;
    const std::string name = label.path().filename().string();
    for (const auto& clip : fs::directory_iterator(label))
      clips.emplace_back(name + "/" + clip.path().filename().string(), base::read_file(clip.path()));
    classes.emplace_back(name + ".rar", archives::rar(clips));
  }
  base::write_file(folder_.path() / "hmdb51_org.rar", archives::rar(classes));
  const Imported imported =
      import_dataset({folder_.path() / "hmdb51_org.rar", folder_.path() / "hmdb51", {}, {}}, silent_);
  EXPECT_EQ(imported.num_new, 6);
  for (const Item& item :
       scan_dataset(data_ / "hmdb51_samples", label_map_from_folders(data_ / "hmdb51_samples")).items)
    EXPECT_EQ(base::read_file(item.path),
              base::read_file(folder_.path() / "hmdb51" / item.label / item.path.filename()));
}

TEST_F(RealSets, CheckFindsNoTwinsAmongOtherClips) {
  for (const char* set : {"ucf101_samples", "table_tennis"}) {
    const auto items = scan_dataset(data_ / set, label_map_from_folders(data_ / set)).items;
    for (const Finding& finding : check(survey(items, {true, 2}, silent_), std::nullopt, {}))
      EXPECT_TRUE(finding.kind == "imbalance" || finding.kind == "frame_rates")
          << finding.kind << " " << finding.path << " " << finding.text;
  }
}

TEST_F(RealSets, ARealClipBecomesFramesAndFlow) {
  fs::create_directories(folder_.path() / "in/golf");
  for (const auto& clip : fs::directory_iterator(data_ / "hmdb51_samples/golf"))
    fs::create_symlink(clip.path(), folder_.path() / "in/golf" / clip.path().filename());
  const auto items = scan_dataset(folder_.path() / "in", {{"golf", 0}}).items;
  FlowOptions options;
  options.folder = folder_.path() / "out";
  options.with_rgb = true;
  int64_t num_pairs = 0;
  EXPECT_EQ(make_flow(
                items, options, [&](const Converted& clip) { num_pairs = clip.num_frames; }, silent_),
            0);
  const fs::path clip = folder_.path() / "out/golf" / clip_name(items[0].path);
  EXPECT_EQ(entries_of(clip / "rgb").size(), static_cast<size_t>(num_pairs) + 1);
  EXPECT_EQ(entries_of(clip / "u").size(), static_cast<size_t>(num_pairs));
}

}  // namespace
}  // namespace gerund::data
