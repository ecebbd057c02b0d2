#include "data/clip_names.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <set>

#include "base/error.h"
#include "base/files.h"
#include "data/drawn_clips.h"
#include "data/recordings.h"

namespace gerund::data {
namespace {

namespace fs = std::filesystem;

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

/// "NAME" of a word, "NAME?" by place, "" for none.
std::string likely(const std::string& name, const std::string& label) {
  const auto told = likely_recording_of(name, label);
  return told ? told->name + (told->is_named ? "" : "?") : "";
}

TEST(ClipNames, LikelyRecordingsOfClipsOfOnesOwn) {
  EXPECT_EQ(likely("person0_bend", "bend"), "person0");
  EXPECT_EQ(likely("person15_walking_d1_uncomp", "walking"), "person15");
  EXPECT_EQ(likely("walk-Subject 03 b", "walk"), "subject3");
  EXPECT_EQ(likely("S001C002P003R002A058", "point"), "person3");
  EXPECT_EQ(likely("PS8A1P2T3", "A1_raise"), "person2");
  EXPECT_EQ(likely("holiday_clip12", "wave"), "holiday");
  EXPECT_EQ(likely("GX010042.part3", "wave"), "gx010042");
  EXPECT_EQ(likely("anna_walk_3", "walk"), "anna?");
  EXPECT_EQ(likely("2026-01-03 Raise Arms 2", "raise_arms"), "2026_01_03?");
  EXPECT_EQ(likely("Jump_11_7", "Jump"), "11?");
  EXPECT_EQ(likely("Jump11_7", "Jump"), "11?");
  // Names that tell nothing: of a class, a running number, a word that only sounds like one for a person.
  for (const char* name : {"walk_0001", "walk_clip3", "walk", "0001", "17_3_0", "clip3", "a", "", "cakewalk_1_2", "mp4",
                           "reuser3", "walker_2", "walk_1_2_3", "walk_a_1", "haircut_01", "depart2"})
    EXPECT_EQ(likely(name, "walk"), "") << name;
  EXPECT_EQ(likely("person1_a", ""), "person1");
  EXPECT_EQ(likely("a_b", ""), "");
}

TEST(ClipNames, CopiesOfAClip) {
  EXPECT_EQ(without_copy_mark("person0_bend_mirror", "bend"), "person0_bend");
  EXPECT_EQ(without_copy_mark("a-Flipped-2", "bend"), "a");
  EXPECT_EQ(without_copy_mark("mirror", "bend"), "mirror");
  EXPECT_EQ(without_copy_mark("front_flip_2", "flip"), "front_flip_2");
  EXPECT_EQ(without_copy_mark("front_flip_2_mirror", "Front-Flip"), "front_flip_2");
  EXPECT_EQ(without_copy_mark("a_backflip", "bend"), "a_backflip");
  EXPECT_EQ(without_copy_mark("", "bend"), "");
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

/// The recordings of clips class/name.avi by their names.
Recordings by_name(const std::vector<std::string>& clips) {
  std::vector<Item> items;
  for (const std::string& clip : clips) items.push_back({clip + ".avi", fs::path(clip).parent_path().string()});
  return recordings_by_name(items);
}

TEST(RecordingsByName, UnknownNamesAreRecordingsOfTheirOwn) {
  const Recordings recordings = by_name({"bend/1", "bend/2", "jack/1"});
  EXPECT_EQ(recordings.num_unknown(), 3);
  EXPECT_EQ((std::set<std::string>(recordings.names.begin(), recordings.names.end()).size()), 3U);
  EXPECT_EQ(describe(recordings), "");
}

TEST(RecordingsByName, APersonIsOneOverAllClassesWithItsMirrorImage) {
  const Recordings recordings = by_name({"bend/person1_bend", "bend/person1_bend_mirror", "bend/person2_bend",
                                         "jack/person1_jack", "jack/person2_jack_mirror"});
  EXPECT_EQ(recordings.names, (std::vector<std::string>{"person1", "person1", "person2", "person1", "person2"}));
  EXPECT_EQ(describe(recordings), "2 recordings by the clips' names (person1, person2)");
}

TEST(RecordingsByName, MirrorImagesStayWithTheirClips) {
  const Recordings recordings = by_name({"bend/a", "bend/a_mirror", "bend/b", "jack/a"});
  EXPECT_EQ(recordings.names[0], recordings.names[1]);
  EXPECT_NE(recordings.names[0], recordings.names[2]);
  EXPECT_NE(recordings.names[0], recordings.names[3]);
  EXPECT_EQ(recordings.num_unknown(), 4);
}

TEST(RecordingsByName, ClipsOfTheSameKeyJoinTheirRecordings) {
  Recordings recordings = by_name({"bend/person1_a", "bend/person2_a", "jack/person1_b", "jack/person3_b", "jack/odd"});
  recordings.join({"", "x", "", "x", ""});
  EXPECT_EQ(recordings.names[3], recordings.names[1]);
  EXPECT_EQ(recordings.names[2], recordings.names[0]);
  EXPECT_NE(recordings.names[0], recordings.names[1]);
  recordings.join({"y", "y", "", "", ""});
  EXPECT_EQ((std::set<std::string>(recordings.names.begin(), recordings.names.end()).size()), 2U);
}

TEST(RecordingsByName, WordsThatPartNoClassTellNothing) {
  EXPECT_EQ(by_name({"bend/person1_a", "bend/person1_b", "jack/person1_c", "jack/person2_a"}).num_unknown(), 4);
  EXPECT_EQ(by_name({"bend/my_bend_1", "bend/my_bend_2", "jack/my_jack_1", "jack/my_jack_2"}).num_unknown(), 4);
  EXPECT_EQ(by_name({"bend/left_bend_1", "bend/right_bend_2", "jack/left_jack_1", "jack/right_jack_2"}).num_unknown(),
            4);
  EXPECT_EQ(by_name({"bend/a_bend_1", "bend/b_bend_2", "jack/c_jack_1", "jack/d_jack_2"}).num_unknown(), 0);
}

}  // namespace
}  // namespace gerund::data
