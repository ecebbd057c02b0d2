#include "data/place.h"

#include <sys/resource.h>

#include <csignal>

#include "base/error.h"
#include "data/drawn_clips.h"

namespace gerund::data {
namespace {

namespace fs = std::filesystem;

class Place : public drawn::Folder {
 protected:
  void SetUp() override {
    Folder::SetUp();
    base::write_file(folder_ / "from" / "a.avi", std::string(5000, 'a'));
    base::write_file(folder_ / "from" / "clip" / "rgb" / "000001.png", "one");
    base::write_file(folder_ / "from" / "clip" / "rgb" / "000002.png", "two");
  }
  std::vector<std::string> names_in(const fs::path& folder) const {
    std::vector<std::string> names;
    for (const auto& entry : fs::directory_iterator(folder)) names.push_back(entry.path().filename().string());
    return names;
  }
};

TEST_F(Place, LinksFilesAndFoldersAndKnowsThemAgain) {
  EXPECT_TRUE(place(folder_ / "from/a.avi", folder_ / "to/x/a.avi", Placing::link));
  EXPECT_FALSE(place(folder_ / "from/a.avi", folder_ / "to/x/a.avi", Placing::link));
  EXPECT_TRUE(fs::is_symlink(folder_ / "to/x/a.avi"));
  EXPECT_TRUE(place(folder_ / "from/clip", folder_ / "to/x/clip", Placing::link));
  EXPECT_EQ(base::read_file(folder_ / "to/x/clip/rgb/000002.png"), "two");
}

TEST_F(Place, CopiesFilesAndFoldersAndKnowsThemAgain) {
  EXPECT_TRUE(place(folder_ / "from/a.avi", folder_ / "to/a.avi", Placing::copy));
  EXPECT_TRUE(place(folder_ / "from/clip", folder_ / "to/clip", Placing::copy));
  EXPECT_FALSE(place(folder_ / "from/a.avi", folder_ / "to/a.avi", Placing::copy));
  EXPECT_FALSE(place(folder_ / "from/clip", folder_ / "to/clip", Placing::copy));
  fs::remove_all(folder_ / "from");
  EXPECT_EQ(base::read_file(folder_ / "to/a.avi"), std::string(5000, 'a'));
  EXPECT_EQ(base::read_file(folder_ / "to/clip/rgb/000001.png"), "one");
}

TEST_F(Place, OverwritesNothing) {
  base::write_file(folder_ / "to/a.avi", "mine");
  for (const Placing placing : {Placing::link, Placing::copy})
    EXPECT_THROW(place(folder_ / "from/a.avi", folder_ / "to/a.avi", placing), base::UserError);
  EXPECT_EQ(base::read_file(folder_ / "to/a.avi"), "mine");
  place(folder_ / "from/a.avi", folder_ / "to/b.avi", Placing::link);
  EXPECT_THROW(place(folder_ / "from/a.avi", folder_ / "to/b.avi", Placing::copy), base::UserError);
  EXPECT_THROW(place(folder_ / "from/none.avi", folder_ / "to/c.avi", Placing::link), base::UserError);
}

TEST_F(Place, AFullDiskLeavesNothingBehind) {
  std::signal(SIGXFSZ, SIG_IGN);
  rlimit before{};
  getrlimit(RLIMIT_FSIZE, &before);
  const rlimit small{1000, before.rlim_max};  // Writing more fails, as it would on a full disk.
  setrlimit(RLIMIT_FSIZE, &small);
  EXPECT_THROW(place(folder_ / "from/a.avi", folder_ / "to/a.avi", Placing::copy), base::UserError);
  setrlimit(RLIMIT_FSIZE, &before);
  EXPECT_TRUE(names_in(folder_ / "to").empty());
  EXPECT_TRUE(place(folder_ / "from/a.avi", folder_ / "to/a.avi", Placing::copy));
}

}  // namespace
}  // namespace gerund::data
