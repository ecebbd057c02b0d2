// data/split.h - parts a data set into clips to train on and clips to test with.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "base/progress.h"
#include "data/dataset.h"
#include "data/place.h"
#include "data/recordings.h"

namespace gerund::data {

enum class Side { train, test, none };

/// What becomes of each clip.
struct Split {
  std::vector<Side> sides;            ///< One per item.
  std::vector<std::string> warnings;  ///< One sentence each.

  int64_t count(Side side) const;
};

/// HMDB51's official split `number` (1, 2, 3): folder/CLASS_test_splitN.txt with lines "NAME.avi 0|1|2": 1 train, 2
/// test, 0 neither. A frame folder NAME counts as NAME.avi. Clips in no list belong to neither side, and listed clips
/// that are not there are passed over, with a warning each way. Throws UserError naming file and line where a class has
/// no list, a line is wrong, or no listed clip is there.
Split hmdb51_split(const std::vector<Item>& items, const std::filesystem::path& folder, int number);

/// UCF101's official split `number` (1, 2, 3): folder/trainlist0N.txt and testlist0N.txt with lines "CLASS/NAME.avi",
/// in the first followed by a class number, which is not used. Otherwise as hmdb51_split.
Split ucf101_split(const std::vector<Item>& items, const std::filesystem::path& folder, int number);

/// Puts whole recordings on one side so that of each class a share of `test_ratio` (0 < ratio < 1) is for the test, as
/// nearly as the recordings allow. The same items, recordings and seed give the same split. A class that has no clip on
/// one of the sides is a warning.
Split stratified_split(const std::vector<Item>& items, const Recordings& recordings, double test_ratio, uint64_t seed);

/// Clips below folder/train and folder/test that the split does not put there, and those that it would but are missing.
struct Differences {
  std::vector<std::filesystem::path> strangers, missing;
};
Differences differences(const std::vector<Item>& items, const Split& split, const std::filesystem::path& folder);

/// Makes folder/train/CLASS/clip and folder/test/CLASS/clip; nothing is moved. An interrupted run goes on. Throws
/// UserError where `folder` lies in the data set `root` or has clips that this split does not put there (those of
/// another split would leak), and as place() does.
void write_split(const std::vector<Item>& items, const Split& split, const std::filesystem::path& root,
                 const std::filesystem::path& folder, Placing placing, base::Progress& progress);

}  // namespace gerund::data
