#include "data/frame_folders.h"

#include "base/error.h"
#include "base/files.h"
#include "base/interrupt.h"
#include "data/drawn_clips.h"
#include "flow/flo_file.h"
#include "media/frame_source.h"
#include "media/picture_file.h"

namespace gerund::data {
namespace {

namespace fs = std::filesystem;

class FrameFolders : public drawn::Folder {
 protected:
  void SetUp() override {
    Folder::SetUp();
    drawn::write_video(folder_ / "in/red/one.avi", 0, 7);
    drawn::write_video(folder_ / "in/red/two.x.avi", 0, 5, 1);
    drawn::write_damaged(folder_ / "in/red/bad.avi");
  }
  std::vector<Item> items() const { return scan_dataset(folder_ / "in", {{"red", 0}}).items; }
  fs::path out() const { return folder_ / "out"; }
  OnConverted note() {
    return [this](const Converted& clip) { seen_.push_back(clip); };
  }
  int64_t extract() { return extract_frames(items(), {out(), 2}, note(), silent_); }
  std::vector<std::string> names(const fs::path& folder) const {
    std::vector<std::string> found;
    for (const auto& entry : fs::directory_iterator(folder)) found.push_back(entry.path().filename().string());
    std::sort(found.begin(), found.end());
    return found;
  }
  base::Progress silent_;
  std::vector<Converted> seen_;
};

TEST_F(FrameFolders, FramesAreNumberedFromOneAndKeepTheirPixels) {
  EXPECT_EQ(extract(), 1);
  EXPECT_EQ(names(out() / "red"), (std::vector<std::string>{"one", "two.x"}));  // No folder of bad, nothing hidden.
  EXPECT_EQ(names(out() / "red/two.x/rgb"),
            (std::vector<std::string>{"000001.png", "000002.png", "000003.png", "000004.png", "000005.png"}));
  const auto video = media::open_source(folder_ / "in/red/one.avi"), folder = media::open_source(out() / "red/one");
  ASSERT_EQ(folder->info().num_frames, 7);
  while (const auto frame = video->next()) EXPECT_EQ(folder->next()->rgb, frame->rgb);
}

TEST_F(FrameFolders, EveryClipIsToldOfInOrder) {
  extract();
  ASSERT_EQ(seen_.size(), 3U);
  ASSERT_TRUE(seen_[0].broken);
  EXPECT_EQ(seen_[0].broken->path, folder_ / "in/red/bad.avi");
  EXPECT_EQ(seen_[1].num_frames, 7);
  EXPECT_FALSE(seen_[1].was_there);
  seen_.clear();
  EXPECT_EQ(extract(), 1);
  EXPECT_TRUE(seen_[1].was_there);
  EXPECT_EQ(seen_[1].num_frames, 7);
}

TEST_F(FrameFolders, WhatIsThereAndIsSomethingElseIsAnErrorAndStays) {
  extract();
  fs::remove(out() / "red/one/rgb/000003.png");
  EXPECT_THROW(extract(), base::UserError);  // A picture is gone.
  fs::remove_all(out());
  extract();
  drawn::write_video(folder_ / "in/red/one.avi", 0, 9);  // Another video of the same name.
  EXPECT_THROW(extract(), base::UserError);
  EXPECT_EQ(names(out() / "red/one/rgb").size(), 7U);
}

TEST_F(FrameFolders, FlowOfAnotherKindIsAnErrorAndFramesBesideItAreNot) {
  FlowOptions options;
  options.folder = out();
  make_flow(items(), options, note(), silent_);
  const std::string u = base::read_file(out() / "red/one/u/000001.jpg");
  FlowOptions clamped = options;
  clamped.scale.clamp_pixels = 20;
  EXPECT_THROW(make_flow(items(), clamped, note(), silent_), base::UserError);
  FlowOptions farneback = options;
  farneback.method = flow::Method::farneback;
  EXPECT_THROW(make_flow(items(), farneback, note(), silent_), base::UserError);
  EXPECT_EQ(base::read_file(out() / "red/one/u/000001.jpg"), u);
  options.with_rgb = true;
  make_flow(items(), options, note(), silent_);
  EXPECT_EQ(names(out() / "red/one/rgb").size(), 7U);
  extract();  // The same frames.
}

TEST_F(FrameFolders, WhatOthersHaveMadeIsTakenAsItIs) {
  base::write_file(out() / "red/one/rgb/000001.png", "theirs");
  extract();
  EXPECT_EQ(names(out() / "red/one/rgb"), std::vector<std::string>{"000001.png"});
}

TEST_F(FrameFolders, LeftoversOfAKilledRunAreMadeAnew) {
  base::write_file(out() / "red/.one.partial/rgb/000099.png", "half");
  extract();
  EXPECT_EQ(names(out() / "red/one/rgb").size(), 7U);
  EXPECT_FALSE(fs::exists(out() / "red/.one.partial"));
}

TEST_F(FrameFolders, InterruptedNothingHalfIsLeft) {
  base::request_interrupt();
  EXPECT_THROW(extract(), base::Interrupted);
  base::request_interrupt(false);
  EXPECT_FALSE(fs::exists(out() / "red") && !names(out() / "red").empty());
}

TEST_F(FrameFolders, TwinsAndTheSameFolderAreRefused) {
  EXPECT_THROW(extract_frames(items(), {folder_ / "in", 1}, note(), silent_), base::UserError);
  fs::copy_file(folder_ / "in/red/one.avi", folder_ / "in/red/one.mkv");
  EXPECT_THROW(extract(), base::UserError);
  EXPECT_FALSE(fs::exists(out()));
}

TEST_F(FrameFolders, ADiskThatTakesNothingEndsTheRun) {
  base::write_file(out() / "red", "a file where a folder is wanted");
  EXPECT_THROW(extract(), base::UserError);
}

TEST_F(FrameFolders, FlowHasOnePairFewerThanFrames) {
  FlowOptions options;
  options.folder = out();
  options.scale.clamp_pixels = 4;
  options.with_rgb = true;
  options.with_flo = true;
  EXPECT_EQ(make_flow(items(), options, note(), silent_), 1);
  EXPECT_EQ(names(out() / "red/one"), (std::vector<std::string>{"flo", "rgb", "u", "v"}));
  EXPECT_EQ(names(out() / "red/one/rgb").size(), 7U);
  EXPECT_EQ(names(out() / "red/one/u"), names(out() / "red/one/v"));
  EXPECT_EQ(names(out() / "red/one/u").front(), "000001.jpg");
  EXPECT_EQ(names(out() / "red/one/u").size(), 6U);
  EXPECT_EQ(seen_[1].num_frames, 6);
  // The kept .flo files give the same pictures, by the reference's numbering.
  FlowOptions again = options;
  again.folder = folder_ / "again";
  EXPECT_EQ(convert_flo(out(), again, note(), silent_), 0);
  for (const char* name : {"u/000001.jpg", "v/000006.jpg"})
    EXPECT_EQ(base::read_file(folder_ / "again/red/one" / name), base::read_file(out() / "red/one" / name));
}

TEST_F(FrameFolders, FlowComesToLieBesideFrames) {
  drawn::write_video(folder_ / "in/red/a.avi", 0, 1, 2);
  extract();
  FlowOptions options;
  options.folder = out();
  const auto frames = scan_dataset(out(), {{"red", 0}}).items;
  EXPECT_EQ(make_flow(frames, options, note(), silent_), 1);  // One frame has no flow.
  EXPECT_EQ(names(out() / "red/one"), (std::vector<std::string>{"rgb", "u", "v"}));
  EXPECT_EQ(names(out() / "red/a"), std::vector<std::string>{"rgb"});
}

TEST_F(FrameFolders, FloFilesBecomeTheReferencesPictures) {
  flow::Field field(2, 1);
  field.uv = {3, 4, -5, 0};
  write_flo(folder_ / "flo/red/x/flow_00012_any.flo", field);
  base::write_file(folder_ / "flo/red/broken/flow_00000_any.flo", "PIEH");
  FlowOptions options;
  options.folder = out();
  options.lossless = true;
  EXPECT_EQ(convert_flo(folder_ / "flo", options, note(), silent_), 1);
  media::PictureDecoder decoder;
  const tensor::Frame u = decoder.read(out() / "red/x/u/000013.png"), v = decoder.read(out() / "red/x/v/000013.png");
  EXPECT_EQ(u.rgb[0], 204);  // uint8(3 / 5 * 127.999 + 128)
  EXPECT_EQ(u.rgb[3], 0);
  EXPECT_EQ(v.rgb[0], 230);
  EXPECT_EQ(v.rgb[3], 128);
  EXPECT_FALSE(fs::exists(out() / "red/broken"));
  // After a gap, pictures would be those of other frames; names have six digits.
  for (const auto& [clip, file] : {std::pair{"gap", "flow_00003"}, {"huge", "flow_9223372036854775807"}}) {
    write_flo(folder_ / "more/red" / clip / "flow_00001_any.flo", field);
    write_flo(folder_ / "more/red" / clip / (std::string(file) + "_any.flo"), field);
  }
  EXPECT_THROW(convert_flo(folder_ / "more", options, note(), silent_), base::UserError);
  fs::remove_all(folder_ / "more/red/huge");
  EXPECT_EQ(convert_flo(folder_ / "more", options, note(), silent_), 1);
  ASSERT_TRUE(seen_.back().broken);
  EXPECT_NE(seen_.back().broken->reason.find("flow_00002 is missing"), std::string::npos)
      << seen_.back().broken->reason;
  EXPECT_FALSE(fs::exists(out() / "red/gap"));
  EXPECT_THROW(convert_flo(folder_ / "in", options, note(), silent_), base::UserError);
}

}  // namespace
}  // namespace gerund::data
