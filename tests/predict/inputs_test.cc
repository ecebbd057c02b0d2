#include "predict/inputs.h"

#include <gtest/gtest.h>

#include "base/error.h"
#include "base/files.h"
#include "small_videos.h"

namespace gerund::predict {
namespace {

namespace fs = std::filesystem;

class Inputs : public testing::Test {
 protected:
  std::vector<std::string> found(const std::string& name) {
    std::vector<std::string> names;
    for (const data::Item& item : find_inputs({(folder_.path() / name).string()}))
      names.push_back(item.path.lexically_relative(folder_.path()).string());
    return names;
  }

  testing_data::TemporaryFolder folder_{"inputs"};
};

TEST_F(Inputs, LinksThatGoRoundInCirclesEnd) {
  testing_data::write_plain(folder_.path() / "a/one.avi", 9);
  testing_data::write_plain(folder_.path() / "b/two.avi", 9);
  fs::create_symlink("loop", folder_.path() / "a/loop");
  fs::create_directory_symlink("..", folder_.path() / "a/up");
  fs::create_directory_symlink("../b", folder_.path() / "a/other");
  EXPECT_EQ(found("b"), std::vector<std::string>{"b/two.avi"});
  EXPECT_EQ(found("a"), (std::vector<std::string>{"a/one.avi", "a/other/two.avi", "a/up/b/two.avi"}));
  EXPECT_THROW(found("a/loop"), base::UserError);
  EXPECT_THROW(found("nothing"), base::UserError);
}

}  // namespace
}  // namespace gerund::predict
