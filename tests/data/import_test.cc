#include "data/import.h"

#include <sys/resource.h>

#include <csignal>
#include <set>

#include "base/error.h"
#include "base/files.h"
#include "base/interrupt.h"
#include "base/random.h"
#include "data/archive.h"
#include "data/archive_bytes.h"
#include "data/dataset.h"
#include "data/drawn_clips.h"

namespace gerund::data {
namespace {

namespace fs = std::filesystem;
using archives::Files;
using archives::Format;

class Import : public drawn::Folder {
 protected:
  Imported import(const fs::path& source, std::optional<Placing> placing = std::nullopt) {
    base::Progress silent;
    return import_dataset({source, out(), {}, placing}, silent);
  }
  std::string message(const fs::path& source, std::optional<Placing> placing = std::nullopt) {
    try {
      import(source, placing);
    } catch (const base::UserError& error) {
      return error.what();
    }
    return "no UserError was thrown";
  }
  fs::path out() const { return folder_ / "out"; }
  /// Every file below OUT, hidden ones too, in order.
  std::vector<std::string> made() const {
    std::vector<std::string> names;
    if (fs::exists(out()))
      for (const auto& entry : fs::recursive_directory_iterator(out()))
        if (!entry.is_directory()) names.push_back(entry.path().lexically_relative(out()).string());
    std::sort(names.begin(), names.end());
    return names;
  }

  /// Laid out as hmdb51_org.rar is: a RAR of RARs, a folder in each.
  Files inner_walk() const {
    return {{"walk/a_walk_f_cm_np1_fr_med_0.avi", "walk 0"}, {"walk/b.avi", std::string(3000, 'w')}};
  }
  Files inner_run() const { return {{"run/c.avi", "run 1"}}; }
  std::string hmdb51() const {
    return archives::rar({{"walk.rar", archives::rar(inner_walk())}, {"run.rar", archives::rar(inner_run())}});
  }
  const std::vector<std::string> kHmdb51{"run/c.avi", "walk/a_walk_f_cm_np1_fr_med_0.avi", "walk/b.avi"};
};

TEST_F(Import, UnpacksARarOfRars) {
  base::write_file(folder_ / "hmdb51_org.rar", hmdb51());
  const Imported imported = import(folder_ / "hmdb51_org.rar");
  EXPECT_EQ(imported.num_new, 3);
  EXPECT_EQ(made(), kHmdb51);
  EXPECT_EQ(base::read_file(out() / "walk/b.avi"), std::string(3000, 'w'));
  const Imported again = import(folder_ / "hmdb51_org.rar");
  EXPECT_EQ(again.num_new, 0);
  EXPECT_EQ(again.num_kept, 3);
}

TEST_F(Import, TakesAFolderOfRars) {
  base::write_file(folder_ / "in/walk.rar", archives::rar({{"a.avi", "flat"}}));
  base::write_file(folder_ / "in/run.rar", archives::rar(inner_run()));
  EXPECT_EQ(import(folder_ / "in").num_new, 2);
  EXPECT_EQ(made(), (std::vector<std::string>{"run/c.avi", "walk/a.avi"}));
}

TEST_F(Import, UnpacksEveryFormat) {
  const Files files{{"UCF-101/Biking/v_Biking_g01_c01.avi", "b"},
                    {"UCF-101/HandstandPushups/v_HandStandPushups_g01_c01.avi", "h"},
                    {"UCF-101/v_Diving_g01_c01.avi", "d"},
                    {"UCF-101/readme.txt", "no clip"},
                    {"__MACOSX/Biking/v_Biking_g01_c01.avi", "no clip"}};
  const std::vector<std::string> wanted{"Biking/v_Biking_g01_c01.avi", "Diving/v_Diving_g01_c01.avi",
                                        "HandstandPushups/v_HandStandPushups_g01_c01.avi"};
  for (const auto& [name, format] : {std::pair{"ucf.zip", Format::zip}, std::pair{"ucf.tar.gz", Format::tar_gz},
                                     std::pair{"ucf.7z", Format::seven_zip}}) {
    fs::remove_all(out());
    archives::write_archive(folder_ / name, format, files);
    const Imported imported = import(folder_ / name);
    EXPECT_EQ(made(), wanted) << name;
    ASSERT_EQ(imported.warnings.size(), 1U);
    EXPECT_NE(imported.warnings[0].find("2 files in it are no clips"), std::string::npos) << imported.warnings[0];
  }
}

TEST_F(Import, KeepsSplitsAndFrameFolders) {
  archives::write_archive(folder_ / "train.tar.gz", Format::tar_gz,
                          {{"train/walk/one/rgb/000001.png", "1"},
                           {"train/walk/one/u/000001.jpg", "u"},
                           {"train/walk/one/rgb/000002.png", "2"},
                           {"test/walk/two.avi", "v"},
                           {"train/walk/loose.png", "not in a frame folder"}});
  EXPECT_EQ(import(folder_ / "train.tar.gz").num_new, 2);
  EXPECT_EQ(made(), (std::vector<std::string>{"test/walk/two.avi", "train/walk/one/rgb/000001.png",
                                              "train/walk/one/rgb/000002.png", "train/walk/one/u/000001.jpg"}));
  EXPECT_EQ(import(folder_ / "train.tar.gz").num_kept, 2);
}

TEST_F(Import, NamesMayHaveAnyLetters) {
  archives::write_archive(folder_ / "set.zip", Format::zip, {{"marché/é.avi", "e"}, {"歩く/あ.avi", "a"}});
  std::string bytes = base::read_file(folder_ / "set.zip");
  constexpr char kIsUtf8 = 0x08;  // Bit 11 of the flags, as all packers of today set it.
  for (const auto& [header, flags] : {std::pair{"PK\3\4", 7}, std::pair{"PK\1\2", 9}})
    for (size_t at = 0; (at = bytes.find(header, at)) != std::string::npos; ++at)
      bytes[at + static_cast<size_t>(flags)] |= kIsUtf8;
  base::write_file(folder_ / "set.zip", bytes);
  EXPECT_EQ(import(folder_ / "set.zip").num_new, 2);
  EXPECT_EQ(made(), (std::vector<std::string>{"marché/é.avi", "歩く/あ.avi"}));
}

TEST_F(Import, LinksToNothingAreLeftOut) {
  base::write_file(folder_ / "set/walk/a.avi", "a");
  fs::create_symlink("gone.avi", folder_ / "set/walk/b.avi");
  const Imported imported = import(folder_ / "set");
  EXPECT_EQ(imported.num_new, 1);
  ASSERT_EQ(imported.warnings.size(), 1U);
  EXPECT_NE(imported.warnings[0].find("b.avi: is a link to nothing"), std::string::npos) << imported.warnings[0];
}

TEST_F(Import, NothingLeavesTheFolder) {
  archives::write_archive(folder_ / "bad.zip", Format::zip, {{"walk/a.avi", "a"}, {"../../walk/evil.avi", "e"}});
  EXPECT_NE(message(folder_ / "bad.zip").find("../../walk/evil.avi"), std::string::npos)
      << message(folder_ / "bad.zip");
  EXPECT_EQ(made(), std::vector<std::string>{"walk/a.avi"});
  fs::remove_all(out());
  base::write_file(folder_ / "bad.rar", archives::rar({{"..\\..\\walk\\evil.avi", "e"}}));
  EXPECT_NE(message(folder_ / "bad.rar").find("leads out"), std::string::npos) << message(folder_ / "bad.rar");
  archives::write_archive(folder_ / "root.tar.gz", Format::tar_gz,
                          {{"/walk/abs.avi", "a"}, {"walk/l.avi@", "/etc/passwd"}});
  import(folder_ / "root.tar.gz");
  EXPECT_EQ(made(), std::vector<std::string>{"walk/abs.avi"});
}

TEST(EntryPlace, OnlyTheLastPartsCount) {
  EXPECT_EQ(place_of_entry("x/y/walk/a.avi", "")->clip, "walk/a.avi");
  EXPECT_EQ(place_of_entry("x/train/walk/a.avi", "")->clip, "train/walk/a.avi");
  EXPECT_EQ(place_of_entry("a.avi", "walk")->clip, "walk/a.avi");
  EXPECT_FALSE(place_of_entry("a.avi", ""));
  EXPECT_FALSE(place_of_entry("walk/.hidden.avi", ""));
  EXPECT_FALSE(place_of_entry("walk/notes.txt", ""));
  EXPECT_EQ(place_of_entry("walk/clip/rgb/1.png", "")->clip, "walk/clip");
  EXPECT_FALSE(place_of_entry("clip/rgb/1.png", ""));
  EXPECT_FALSE(place_of_entry("", ""));
  EXPECT_THROW(place_of_entry("walk/../a.avi", ""), base::UserError);
}

TEST_F(Import, ACutArchiveIsAnErrorAndGoesOnWhenWhole) {
  const std::string whole = hmdb51();
  std::set<size_t> lengths;
  for (size_t length = 0; length < whole.size() - 7; length += 97) lengths.insert(length);
  for (const size_t length : lengths) {
    fs::remove_all(out());
    base::write_file(folder_ / "cut.rar", whole.substr(0, length));
    try {
      import(folder_ / "cut.rar");
      // Cut between two entries, a RAR looks whole; what came before is then complete.
      for (const std::string& name : made()) EXPECT_NE(name.find(".avi"), std::string::npos);
    } catch (const base::UserError& error) {
      EXPECT_NE(std::string(error.what()).find(".rar"), std::string::npos);
    }
    for (const std::string& name : made()) {
      EXPECT_EQ(name.find(".unpacking"), std::string::npos) << name;
      EXPECT_EQ(name.find("partial"), std::string::npos) << name;
      const std::string content = base::read_file(out() / name);
      EXPECT_TRUE(content == "walk 0" || content == "run 1" || content == std::string(3000, 'w')) << name;
    }
    const auto num_before = static_cast<int64_t>(made().size());
    base::write_file(folder_ / "cut.rar", whole);
    EXPECT_EQ(import(folder_ / "cut.rar").num_new, 3 - num_before) << length;
    EXPECT_EQ(made(), kHmdb51);
  }
}

TEST_F(Import, TwoClipsOfOneNameAreAnErrorAndTheSameTwiceIsNot) {
  base::write_file(folder_ / "same.rar", archives::rar({{"p/walk/x.avi", "one"}, {"q/walk/x.avi", "one"}}));
  const Imported same = import(folder_ / "same.rar");
  EXPECT_EQ(same.num_new, 1);
  ASSERT_EQ(same.warnings.size(), 1U);
  EXPECT_NE(same.warnings[0].find("comes twice with the same bytes"), std::string::npos) << same.warnings[0];
  fs::remove_all(out());
  base::write_file(folder_ / "other.rar", archives::rar({{"p/walk/x.avi", "one"}, {"q/walk/x.avi", "two"}}));
  EXPECT_THROW(import(folder_ / "other.rar"), base::UserError);
  EXPECT_EQ(base::read_file(out() / "walk/x.avi"), "one");
  fs::remove_all(out());
  base::write_file(folder_ / "none.rar", archives::rar({{"readme.txt", "no clip"}}));
  EXPECT_THROW(import(folder_ / "none.rar"), base::UserError);
  EXPECT_FALSE(fs::exists(out()));
}

TEST_F(Import, DamageIsNoticed) {
  // What the content looks like only the checksum tells; libarchive looks at those of .zip and .7z, not of stored RAR.
  for (const auto& [name, format] :
       {std::pair{"flipped.zip", Format::zip}, std::pair{"flipped.7z", Format::seven_zip}}) {
    std::string noise;
    base::Random random(9);
    while (noise.size() < 3000) noise += static_cast<char>(random.below(256));
    archives::write_archive(folder_ / name, format, {{"walk/b.avi", noise}});
    std::string bytes = base::read_file(folder_ / name);
    bytes[1000] ^= 1;
    base::write_file(folder_ / name, bytes);
    EXPECT_NE(message(folder_ / name).find("walk/b.avi"), std::string::npos) << message(folder_ / name);
    EXPECT_TRUE(made().empty()) << name;
  }
  archives::write_archive(folder_ / "cut.zip", Format::zip, {{"walk/b.avi", std::string(3000, 'w')}});
  drawn::cut_short(folder_ / "cut.zip", 60);
  EXPECT_NE(message(folder_ / "cut.zip").find("cut.zip"), std::string::npos);
  EXPECT_TRUE(made().empty());
  base::write_file(folder_ / "no.zip", "this is no archive");
  EXPECT_NE(message(folder_ / "no.zip").find("no.zip: cannot be unpacked"), std::string::npos);
  base::write_file(folder_ / "empty.rar", "");
  EXPECT_NE(message(folder_ / "empty.rar").find("empty.rar"), std::string::npos);
}

TEST_F(Import, FlippedBitsGiveClipsOrAnError) {
  base::Random random(3);
  const std::string whole = hmdb51();
  for (int i = 0; i < 150; ++i) {
    std::string bytes = whole;
    bytes[static_cast<size_t>(random.below(static_cast<int64_t>(bytes.size())))] ^=
        static_cast<char>(1 << random.below(8));
    fs::remove_all(out());
    base::write_file(folder_ / "flipped.rar", bytes);
    try {
      import(folder_ / "flipped.rar");
    } catch (const base::UserError&) {
    }
    for (const std::string& name : made()) EXPECT_EQ(name.find(".unpacking"), std::string::npos);
  }
}

TEST_F(Import, OverwritesNothing) {
  base::write_file(folder_ / "hmdb51_org.rar", hmdb51());
  base::write_file(out() / "walk/b.avi", "mine");
  EXPECT_NE(message(folder_ / "hmdb51_org.rar").find("nothing is overwritten"), std::string::npos);
  EXPECT_EQ(base::read_file(out() / "walk/b.avi"), "mine");
}

TEST_F(Import, InterruptedItGoesOn) {
  class StopAfterFirst : public base::Progress {
   public:
    void update(int64_t, std::string_view) override { base::request_interrupt(); }
  } stop;
  base::write_file(folder_ / "hmdb51_org.rar", hmdb51());
  EXPECT_THROW(import_dataset({folder_ / "hmdb51_org.rar", out(), {}, {}}, stop), base::Interrupted);
  base::request_interrupt(false);
  EXPECT_EQ(made(), (std::vector<std::string>{"walk/a_walk_f_cm_np1_fr_med_0.avi", "walk/b.avi"}));
  const Imported rest = import(folder_ / "hmdb51_org.rar");
  EXPECT_EQ(rest.num_new, 1);
  EXPECT_EQ(rest.num_kept, 2);
}

TEST_F(Import, AFullDiskLeavesWholeClipsOnly) {
  base::write_file(folder_ / "a.rar", archives::rar(inner_walk()));
  std::signal(SIGXFSZ, SIG_IGN);
  rlimit before{};
  getrlimit(RLIMIT_FSIZE, &before);
  const rlimit small{1000, before.rlim_max};
  setrlimit(RLIMIT_FSIZE, &small);
  const std::string said = message(folder_ / "a.rar");
  setrlimit(RLIMIT_FSIZE, &before);
  EXPECT_NE(said.find("walk/b.avi: cannot be written"), std::string::npos) << said;
  EXPECT_EQ(made(), std::vector<std::string>{"walk/a_walk_f_cm_np1_fr_med_0.avi"});
}

TEST_F(Import, FoldersAreLinkedOrCopied) {
  base::write_file(folder_ / "in/walk/a.avi", "a");
  base::write_file(folder_ / "in/walk/notes.txt", "x");
  base::write_file(folder_ / "in/v_Biking_g01_c01.avi", "b");
  base::write_file(folder_ / "in/test/walk/t.avi", "t");
  const Imported imported = import(folder_ / "in");
  EXPECT_EQ(imported.num_new, 3);
  EXPECT_EQ(imported.warnings.size(), 1U);
  EXPECT_EQ(made(), (std::vector<std::string>{"Biking/v_Biking_g01_c01.avi", "test/walk/t.avi", "walk/a.avi"}));
  EXPECT_TRUE(fs::is_symlink(out() / "walk/a.avi"));
  fs::remove_all(out());
  import(folder_ / "in", Placing::copy);
  EXPECT_FALSE(fs::is_symlink(out() / "walk/a.avi"));
}

TEST_F(Import, SaysWhatItCannotTake) {
  base::write_file(folder_ / "in/hmdb/walk/a.avi", "a");
  EXPECT_NE(message(folder_ / "in").find("did you mean"), std::string::npos) << message(folder_ / "in");
  EXPECT_NE(message(folder_ / "none").find("does not exist"), std::string::npos);
  EXPECT_NE(message(folder_ / "in/hmdb/walk/a.avi").find("is one video"), std::string::npos);
  base::write_file(folder_ / "a.rar", archives::rar(inner_run()));
  EXPECT_NE(message(folder_ / "a.rar", Placing::link).find("--link"), std::string::npos);
  base::write_file(folder_ / "flat.rar", archives::rar({{"a.avi", "a"}}));
  EXPECT_NE(message(folder_ / "flat.rar").find("holds no clip"), std::string::npos);
  base::Progress silent;
  EXPECT_THROW(import_dataset({folder_ / "in/hmdb", folder_ / "in/hmdb/out", {}, {}}, silent), base::UserError);
}

TEST_F(Import, FindsTheClipsOfAKineticsTable) {
  base::write_file(folder_ / "k.csv",
                   "label,youtube_id,time_start,time_end,split\n"
                   "arm wrestling,abcdefghijk,10,20,train\n"
                   "\"playing, loudly\",lmnopqrstuv,0,10,validate\n"
                   "arm wrestling,xxxxxxxxxxx,5,15,train\n");
  base::write_file(folder_ / "videos/deep/abcdefghijk_000010_000020.mp4", "1");
  base::write_file(folder_ / "videos/lmnopqrstuv_000000_000010.mp4", "2");
  base::Progress silent;
  const Imported imported = import_dataset({folder_ / "k.csv", out(), folder_ / "videos", {}}, silent);
  EXPECT_EQ(made(), (std::vector<std::string>{"train/arm wrestling/abcdefghijk_000010_000020.mp4",
                                              "val/playing, loudly/lmnopqrstuv_000000_000010.mp4"}));
  ASSERT_EQ(imported.warnings.size(), 1U);
  EXPECT_NE(imported.warnings[0].find("1 of 3 clips"), std::string::npos);
  EXPECT_NE(imported.warnings[0].find("xxxxxxxxxxx_000005_000015"), std::string::npos);
}

TEST_F(Import, WrongTablesAreNamed) {
  const auto told = [&](const std::string& text) {
    base::write_file(folder_ / "k.csv", text);
    return message(folder_ / "k.csv");
  };
  base::write_file(folder_ / "abcdefghijk_000010_000020.mp4", "1");
  EXPECT_NE(told("youtube_id,time_start,time_end,split\na,1,2,test\n").find("no column \"label\""), std::string::npos);
  EXPECT_NE(told("label,youtube_id,time_start,time_end\nx,a,ten,2\n").find("k.csv:2: time_start is 'ten'"),
            std::string::npos);
  EXPECT_NE(told("label,youtube_id,time_start,time_end\n../x,abcdefghijk,10,20\n").find("'../x'"), std::string::npos);
  EXPECT_NE(told("label,youtube_id,time_start,time_end\nx,zzz,10,20\n").find("none of its 1 clips"), std::string::npos);
}

}  // namespace
}  // namespace gerund::data
