#include "data/clip_names.h"

#include <gtest/gtest.h>

#include "base/error.h"
#include "base/files.h"
#include "data/drawn_clips.h"
#include "data/recordings.h"

namespace gerund::data {
namespace {

// Names as the published sets have them.
TEST(ClipNames, RecordingsOfPublishedSets) {
  EXPECT_EQ(recording_of("v_ApplyEyeMakeup_g08_c01", "ApplyEyeMakeup"), "v_ApplyEyeMakeup_g08");
  EXPECT_EQ(recording_of("AdvancedBoxingTechniquesandExercises_punch_u_nm_np1_ba_med_23", "punch"),
            "AdvancedBoxingTechniquesandExercises");
  EXPECT_EQ(recording_of("(HQ)_Rock_Climbing_-_Dan_Osman_climb_stairs_f_cm_np1_le_goo_2", "climb_stairs"),
            "(HQ)_Rock_Climbing_-_Dan_Osman");
  EXPECT_EQ(recording_of("Faith_Rewarded_catch_f_cm_np1_fr_med_10", "throw"), "Faith_Rewarded_catch");
  EXPECT_EQ(recording_of("--7bBp_a-Xk_000012_000022", "abseiling"), "--7bBp_a-Xk");
  EXPECT_EQ(recording_of("walk_0001", "walk"), std::nullopt);
  EXPECT_EQ(recording_of("", "walk"), std::nullopt);
}

TEST(ClipNames, ClassOfUcf101) {
  EXPECT_EQ(ucf101_class("v_HandStandPushups_g01_c04"), "HandStandPushups");
  EXPECT_EQ(ucf101_class("v_g01"), std::nullopt);
  EXPECT_EQ(clip_name("a/b.c.avi"), "b.c");
  EXPECT_EQ(clip_name("a/b.c"), "b.c");
}

class RecordingsOf : public drawn::Folder {
 protected:
  std::vector<Item> items_{{folder_ / "bend/person1_a.avi", "bend"},
                           {folder_ / "jack/person1_b.avi", "jack"},
                           {folder_ / "jack/person2_a.avi", "jack"}};
};

TEST_F(RecordingsOf, APatternNamesThem) {
  EXPECT_EQ(recordings_by_pattern(items_, "person([0-9]+)").names, (std::vector<std::string>{"1", "1", "2"}));
  EXPECT_THROW(recordings_by_pattern(items_, "person[0-9]+"), base::UserError);
  EXPECT_THROW(recordings_by_pattern(items_, "(person)([0-9]+)"), base::UserError);
  EXPECT_THROW(recordings_by_pattern(items_, "person(1)"), base::UserError);
  EXPECT_THROW(recordings_by_pattern(items_, "person(1"), base::UserError);
}

TEST_F(RecordingsOf, ATableNamesThem) {
  for (Item& item : items_) item.path = folder_ / item.label / item.path.filename();
  base::write_file(folder_ / "g.csv",
                   "group,path\r\nx,bend/person1_a.avi\r\n\"y, z\",jack/person1_b.avi\r\nx,./jack/person2_a.avi\r\n");
  EXPECT_EQ(recordings_by_table(items_, folder_, folder_ / "g.csv").names,
            (std::vector<std::string>{"x", "y, z", "x"}));
  base::write_file(folder_ / "g.csv", "path,group\nbend/person1_a.avi,x\n");
  try {
    recordings_by_table(items_, folder_, folder_ / "g.csv");
    FAIL();
  } catch (const base::UserError& error) {
    EXPECT_NE(std::string(error.what()).find("jack/person1_b.avi"), std::string::npos);
  }
}

TEST_F(RecordingsOf, UnknownNamesAreRecordingsOfTheirOwn) {
  const Recordings recordings = recordings_by_name(items_);
  EXPECT_EQ(recordings.num_unknown, 3);
  EXPECT_NE(recordings.names[0], recordings.names[1]);
}

}  // namespace
}  // namespace gerund::data
