#include "data/sheets.h"

#include "base/error.h"
#include "base/files.h"
#include "data/drawn_clips.h"
#include "draw/png.h"

namespace gerund::data {
namespace {

class Sheets : public drawn::Folder {};

TEST_F(Sheets, ASheetPerClassShowsItsClips) {
  drawn::write_color_set(folder_ / "in", 3);
  drawn::write_damaged(folder_ / "in/red/bad.avi");
  drawn::write_damaged(folder_ / "in/empty/bad.avi");
  base::Progress silent;
  const auto items = scan_dataset(folder_ / "in", label_map_from_folders(folder_ / "in")).items;
  const auto broken = draw_sheets(items, folder_ / "out", {}, silent);
  EXPECT_EQ(broken.size(), 2U);
  EXPECT_FALSE(std::filesystem::exists(folder_ / "out/empty.png"));
  const tensor::Frame sheet = draw::read_png(folder_ / "out/red.png");
  int64_t num_red = 0;
  for (size_t i = 0; i < sheet.rgb.size(); i += 3)
    num_red += sheet.rgb[i] > 80 && sheet.rgb[i + 1] < 60 && sheet.rgb[i + 2] < 60 ? 1 : 0;
  EXPECT_GT(num_red, 3 * 180 * 120 / 2);  // Three pictures of 180 x 120, most of each red.
  EXPECT_THROW(draw_sheets(items, folder_ / "out", {.num_clips = 0}, silent), base::UserError);
}

TEST_F(Sheets, DrawingAgainChangesNothingAndOtherFilesStay) {
  drawn::write_color_set(folder_ / "in", 1);
  base::Progress silent;
  const auto items = scan_dataset(folder_ / "in", label_map_from_folders(folder_ / "in")).items;
  draw_sheets(items, folder_ / "out", {}, silent);
  const std::string drawn = base::read_file(folder_ / "out/red.png");
  draw_sheets(items, folder_ / "out", {}, silent);
  EXPECT_EQ(base::read_file(folder_ / "out/red.png"), drawn);
  base::write_file(folder_ / "out/red.png", "mine");
  EXPECT_THROW(draw_sheets(items, folder_ / "out", {}, silent), base::UserError);
  EXPECT_EQ(base::read_file(folder_ / "out/red.png"), "mine");
}

}  // namespace
}  // namespace gerund::data
