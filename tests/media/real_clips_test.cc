// tests/media/real_clips_test.cc - the clips beside the checkout: every one opens with the listed number of frames.
#include <gtest/gtest.h>

#include <fstream>
#include <sstream>

#include "base/random.h"
#include "media/frame_source.h"
#include "media/raw_video.h"

namespace gerund::media {
namespace {

namespace fs = std::filesystem;

struct Clip {
  fs::path path;
  int width = 0;
  int height = 0;
  double fps = 0;
  int64_t num_frames = 0;
};

/// clips.csv: file,width,height,fps,frames,... where frames is what a plain decode gives.
std::vector<Clip> listed_clips() {
  const fs::path folder = fs::path(GERUND_SOURCE_DIR) / ".." / "shared" / "data";
  std::ifstream table(folder / "clips.csv");
  std::vector<Clip> clips;
  std::string line;
  std::getline(table, line);
  while (std::getline(table, line)) {
    std::istringstream fields(line);
    std::string file;
    Clip clip;
    char comma = 0;
    std::getline(fields, file, ',');
    fields >> clip.width >> comma >> clip.height >> comma >> clip.fps >> comma >> clip.num_frames;
    clip.path = folder / file;
    clips.push_back(clip);
  }
  return clips;
}

TEST(RealClips, OpenWithTheListedNumberOfFrames) {
  const std::vector<Clip> clips = listed_clips();
  if (clips.empty()) GTEST_SKIP() << "no shared/data beside the checkout";
  for (const Clip& clip : clips) {
    const auto source = open_source(clip.path);
    EXPECT_EQ(source->info().num_frames, clip.num_frames) << clip.path;
    EXPECT_EQ(source->info().width, clip.width) << clip.path;
    EXPECT_EQ(source->info().height, clip.height) << clip.path;
    EXPECT_NEAR(source->info().fps, clip.fps, 0.01) << clip.path;
  }
}

TEST(RealClips, GiveTheSamePixelsInAnyOrder) {
  const std::vector<Clip> clips = listed_clips();
  if (clips.empty()) GTEST_SKIP() << "no shared/data beside the checkout";
  base::Random random(5);
  for (size_t i = 0; i < clips.size(); i += 31) {
    if (clips[i].num_frames > 200) continue;
    const std::vector<tensor::Frame> expected = play(clips[i].path);
    ASSERT_EQ(static_cast<int64_t>(expected.size()), clips[i].num_frames) << clips[i].path;
    const auto source = open_source(clips[i].path);
    std::vector<int64_t> indices(4);
    for (int64_t& index : indices) index = random.below(clips[i].num_frames);
    const std::vector<tensor::Frame> frames = source->read(indices);
    for (size_t k = 0; k < indices.size(); ++k)
      EXPECT_TRUE(frames[k].rgb == expected[static_cast<size_t>(indices[k])].rgb) << clips[i].path << " " << indices[k];
  }
}

}  // namespace
}  // namespace gerund::media
