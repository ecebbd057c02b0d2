// tests/data/flow_source_test.cc - optical flow as frames, and clips of colour and flow together.
#include "data/flow_source.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "base/error.h"
#include "base/files.h"
#include "base/random.h"
#include "data/drawn_clips.h"
#include "data/loader.h"
#include "data/probe.h"
#include "data/views.h"
#include "draw/png.h"
#include "flow/estimator.h"
#include "media/frame_source.h"

namespace gerund::data {
namespace {

namespace fs = std::filesystem;
using tensor::Frame;

constexpr int kWidth = 40, kHeight = 30;

clip::Recipe flow_recipe(int num_frames) {
  clip::Recipe recipe;
  recipe.modality = clip::Modality::flow;
  recipe.num_frames = num_frames;
  recipe.height = 16;
  recipe.width = 20;
  recipe.crop_smaller_edge = 24;
  recipe.mean = recipe.std = {0.5, 0.5};
  return recipe;
}

clip::Recipe rgb_recipe(int num_frames) {
  clip::Recipe recipe = flow_recipe(num_frames);
  recipe.modality = clip::Modality::rgb;
  recipe.mean = recipe.std = {0.5, 0.5, 0.5};
  return recipe;
}

class Flow : public drawn::Folder {
 protected:
  /// A picture of noise, other for each seed.
  static Frame noise(uint64_t seed) {
    Frame frame(kWidth, kHeight);
    base::Random random(seed);
    for (uint8_t& byte : frame.rgb) byte = static_cast<uint8_t>(random.below(256));
    return frame;
  }
  static Frame grey(const Frame& frame, size_t channel) {
    Frame result = frame;
    for (size_t i = 0; i < result.rgb.size(); ++i) result.rgb[i] = frame.rgb[i / 3 * 3 + channel];
    return result;
  }
  /// class/clip with rgb/ of `num_rgb` pictures, and u/ and v/ of `num_flow`: the red and the green of rgb's.
  fs::path write_clip(const std::string& name, int num_rgb, int num_flow) const {
    const fs::path clip = folder_ / "class" / name;
    const auto write = [&](const char* stream, int i, const Frame& frame) {
      fs::create_directories(clip / stream);
      draw::write_png(clip / stream / fmt::format("{:06}.png", i + 1), frame);
    };
    for (int i = 0; i < num_rgb; ++i) write("rgb", i, noise(static_cast<uint64_t>(i)));
    for (int i = 0; i < num_flow; ++i) write("u", i, grey(noise(static_cast<uint64_t>(i)), 0));
    for (int i = 0; i < num_flow; ++i) write("v", i, grey(noise(static_cast<uint64_t>(i)), 1));
    return clip;
  }
  static std::string complaint(const fs::path& clip) {
    try {
      open_flow(clip, flow_recipe(4));
    } catch (const base::UserError& error) {
      return error.what();
    }
    return "";
  }
};

TEST_F(Flow, OfAFolderIsItsPictures) {
  const fs::path clip = write_clip("a", 0, 5);
  const auto source = open_flow(clip, flow_recipe(4));
  EXPECT_EQ(source->info().num_frames, 5);
  EXPECT_EQ(source->info().width, kWidth);
  const std::vector<int64_t> indices{3, 0, 3};
  const std::vector<Frame> frames = source->read(indices);
  for (size_t i = 0; i < indices.size(); ++i) {
    Frame expected = noise(static_cast<uint64_t>(indices[i]));
    for (size_t byte = 2; byte < expected.rgb.size(); byte += 3) expected.rgb[byte] = 128;
    EXPECT_EQ(frames[i].rgb, expected.rgb) << i;
  }
  int64_t count = 0;
  while (source->next()) ++count;
  EXPECT_EQ(count, 5);
}

TEST_F(Flow, OfAVideoIsFoundBetweenItsFrames) {
  drawn::write_video(folder_ / "a.avi", 0, 7);
  const auto frames_source = media::open_source(folder_ / "a.avi");
  std::vector<Frame> frames;
  while (auto frame = frames_source->next()) frames.push_back(std::move(*frame));
  for (const char* method : {"dis", "farneback"}) {
    clip::Recipe recipe = flow_recipe(4);
    recipe.flow_method = method;
    recipe.flow_clamp = 3;
    const auto expected = flow::flow_pictures(frames, flow::method_named(method), {3});
    const auto source = open_flow(folder_ / "a.avi", recipe);
    ASSERT_EQ(source->info().num_frames, 6);
    const std::vector<int64_t> indices{5, 0, 2, 3};
    const std::vector<Frame> found = source->read(indices);
    for (size_t i = 0; i < indices.size(); ++i) {
      const flow::FlowPictures& pair = expected[static_cast<size_t>(indices[i])];
      for (size_t pixel = 0; pixel < pair.u.pixels.size(); ++pixel) {
        ASSERT_EQ(found[i].rgb[3 * pixel], pair.u.pixels[pixel]) << method << " " << indices[i];
        ASSERT_EQ(found[i].rgb[3 * pixel + 1], pair.v.pixels[pixel]) << method << " " << indices[i];
      }
    }
    int64_t count = 0;
    while (source->next()) ++count;
    EXPECT_EQ(count, 6);
  }
}

TEST_F(Flow, ThatIsNoneIsNamed) {
  const fs::path clip = write_clip("a", 0, 3);
  fs::remove(clip / "v" / "000003.png");
  EXPECT_NE(complaint(clip).find("has 3 pictures in u/ and 2 in v/"), std::string::npos) << complaint(clip);
  draw::write_png(clip / "v" / "000009.png", noise(1));
  EXPECT_NE(complaint(clip).find("000003 where v/ has 000009"), std::string::npos) << complaint(clip);
  const fs::path coloured = write_clip("b", 0, 2);
  draw::write_png(coloured / "v" / "000001.png", noise(1));
  EXPECT_NE(complaint(coloured).find("the pictures in v/ are coloured"), std::string::npos) << complaint(coloured);
  for (const fs::path& file : {coloured / "u" / "000001.png", coloured / "u" / "000002.png"}) fs::remove(file);
  EXPECT_NE(complaint(coloured).find("u/ holds no"), std::string::npos) << complaint(coloured);
  drawn::write_video(folder_ / "one.avi", 0, 1);
  EXPECT_NE(complaint(folder_ / "one.avi").find("has 1 frame; optical flow wants two"), std::string::npos);
  drawn::write_damaged(folder_ / "text.avi");
  EXPECT_NE(complaint(folder_ / "text.avi").find("text.avi"), std::string::npos);
}

TEST_F(Flow, OfOtherSizesInOneClipIsNamed) {
  const fs::path clip = write_clip("a", 0, 3);
  Frame small(20, 20);
  draw::write_png(clip / "v" / "000002.png", small);
  const auto source = open_flow(clip, flow_recipe(4));
  const int64_t second = 1;
  EXPECT_THROW(source->read({&second, 1}), base::UserError);
}

TEST_F(Flow, FoldersAreClipsOfADataSet) {
  write_clip("flow_only", 0, 4);
  write_clip("both", 5, 4);
  write_clip("too_little_colour", 3, 4);
  const std::vector<Item> items = scan_dataset(folder_, {{"class", 0}}).items;
  ASSERT_EQ(items.size(), 3U);
  EXPECT_EQ(label_map_from_folders(folder_), (LabelMap{{"class", 0}}));
  EXPECT_FALSE(is_class_folder(items[1].path));
  base::Progress silent;
  const Probed flow = probe(items, {.inputs = {flow_recipe(2)}}, silent);
  ASSERT_EQ(flow.items.size(), 3U);
  EXPECT_EQ(flow.items[0].num_frames, 4);
  const Probed joint = probe(items, {.inputs = {rgb_recipe(2), flow_recipe(2)}}, silent);
  ASSERT_EQ(joint.items.size(), 1U);
  EXPECT_EQ(joint.items[0].path.filename(), "both");
  EXPECT_EQ(joint.items[0].num_frames, 4);
  ASSERT_EQ(joint.broken.size(), 2U);
  EXPECT_NE(joint.broken[1].reason.find("has 3 colour frames and 4 pairs of flow pictures"), std::string::npos)
      << joint.broken[1].reason;
}

/// Channel c of an input [N, C, T, H, W] or [C, T, H, W].
std::span<const float> channel(const tensor::Tensor& input, int64_t c) {
  const auto size = static_cast<size_t>(input.size() / input.dim(static_cast<int64_t>(input.shape().size()) - 4));
  return input.floats().subspan(static_cast<size_t>(c) * size, size);
}

// The clip's u is its red and its v its green, so that both inputs must show the same, cut out and mirrored alike; only
// that mirrored u is negated: level 256 - r, at most 255.
TEST_F(Flow, AndColourOfAClipAreCutAlike) {
  write_clip("a", 9, 8);
  const std::vector<Item> items = scan_dataset(folder_, {{"class", 0}}).items;
  LoaderOptions options;
  options.batch_size = 1;
  options.clips_per_video = 40;
  options.strict = true;
  clip::Augment augment;
  ClipCache cache({folder_ / "cache"});
  std::vector<std::vector<float>> without_cache;
  for (const bool is_cached : {false, true, true}) {
    options.cache = is_cached ? &cache : nullptr;
    ClipLoader loader(items, {rgb_recipe(4), flow_recipe(4)}, augment, options);
    int num_mirrored = 0;
    std::vector<std::vector<float>> flows;
    while (const auto batch = loader.next()) {
      ASSERT_EQ(batch->inputs.at(0).shape(), (tensor::Shape{1, 3, 4, 16, 20}));
      ASSERT_EQ(batch->inputs.at(1).shape(), (tensor::Shape{1, 2, 4, 16, 20}));
      EXPECT_TRUE(std::ranges::equal(channel(batch->inputs[0], 1), channel(batch->inputs[1], 1)));
      const auto red = channel(batch->inputs[0], 0), u = channel(batch->inputs[1], 0);
      const bool is_mirrored = !std::ranges::equal(red, u);
      num_mirrored += is_mirrored ? 1 : 0;
      for (size_t i = 0; is_mirrored && i < u.size(); ++i) {
        const auto level = std::lround((red[i] * 0.5 + 0.5) * 255);
        ASSERT_NEAR(u[i], (static_cast<double>(std::min(255L, 256 - level)) / 255 - 0.5) / 0.5, 1e-5);
      }
      flows.emplace_back(batch->inputs[1].floats().begin(), batch->inputs[1].floats().end());
    }
    EXPECT_GT(num_mirrored, 5);
    EXPECT_LT(num_mirrored, 35);
    if (!is_cached) without_cache = flows;
    EXPECT_EQ(flows, without_cache);
  }
}

TEST_F(Flow, AndColourOfAViewAreOfTheSameMoments) {
  write_clip("a", 9, 8);
  base::Progress silent;
  const clip::Recipes recipes{rgb_recipe(4), flow_recipe(2)};
  const Probed probed = probe(scan_dataset(folder_, {{"class", 0}}).items, {.inputs = recipes}, silent);
  for (const clip::View view : {clip::View::center, clip::View::conv, clip::View::all}) {
    ViewLoader loader(probed.items, recipes, {view, 3, 1});
    const ViewClips made = loader.next().value();
    const auto indices = clip::sample_view(recipes, view, 8, 3);
    ASSERT_EQ(made.clips.size(), indices.size());
    for (size_t c = 0; c < indices.size(); ++c) {
      const auto rgb = channel(made.clips[c].at(0), 1), flow = channel(made.clips[c].at(1), 1);
      for (size_t t = 0; t < indices[c][1].size(); ++t) {
        const auto& longer = indices[c][0];
        const auto at = std::find(longer.begin(), longer.end(), indices[c][1][t]) - longer.begin();
        constexpr size_t kPlane = 16 * 20;
        EXPECT_TRUE(std::ranges::equal(flow.subspan(t * kPlane, kPlane),
                                       rgb.subspan(static_cast<size_t>(at) * kPlane, kPlane)));
      }
    }
  }
}

}  // namespace
}  // namespace gerund::data
