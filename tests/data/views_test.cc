#include "data/views.h"

#include <cstring>

#include "base/error.h"
#include "clip/assemble.h"
#include "data/drawn_clips.h"
#include "media/frame_source.h"

namespace gerund::data {
namespace {

clip::Recipe recipe_of(clip::SampleStrategy strategy) {
  clip::Recipe recipe;
  recipe.num_frames = 4;
  recipe.height = 16;
  recipe.width = 16;
  recipe.sample_strategy = strategy;
  return recipe;
}

bool same(const tensor::Tensor& a, const tensor::Tensor& b) {
  return a.shape() == b.shape() && std::memcmp(a.raw().data(), b.raw().data(), a.raw().size()) == 0;
}

class Views : public drawn::Folder {
 protected:
  void SetUp() override {
    Folder::SetUp();
    base::Progress silent;
    items_ = probe(scan_dataset(folder_, drawn::write_color_set(folder_, 2)).items, {0, false}, silent).items;
  }
  static std::vector<ViewClips> load(const std::vector<Item>& items, const clip::Recipe& recipe,
                                     const ViewOptions& options) {
    ViewLoader loader(items, {recipe}, options);
    std::vector<ViewClips> parts;
    while (auto part = loader.next()) parts.push_back(std::move(*part));
    return parts;
  }
  /// The clips of one video, each decoded and assembled by itself.
  static std::vector<tensor::Tensor> one_by_one(const Item& item, const clip::Recipe& recipe,
                                                const ViewOptions& options) {
    std::vector<tensor::Tensor> clips;
    for (const auto& indices : clip::sample_view(recipe, options.view, item.num_frames, options.num_segments))
      clips.push_back(clip::assemble(recipe, media::open_source(item.path)->read(indices)));
    return clips;
  }
  std::vector<Item> items_;
};

TEST_F(Views, GiveEveryClipOfEveryVideoInOrderWhateverTheNumberOfWorkers) {
  using clip::View;
  for (auto strategy : {clip::SampleStrategy::consecutive, clip::SampleStrategy::random_interval})
    for (View view : {View::center, View::conv, View::all})
      for (int workers : {0, 1, 2, 5}) {
        const clip::Recipe recipe = recipe_of(strategy);
        const ViewOptions options{view, 5, workers};
        const std::vector<ViewClips> parts = load(items_, recipe, options);
        ASSERT_EQ(parts.size(), items_.size());
        for (size_t i = 0; i < parts.size(); ++i) {
          EXPECT_EQ(parts[i].item_index, static_cast<int64_t>(i));
          EXPECT_TRUE(parts[i].last);
          const auto expected = one_by_one(items_[i], recipe, options);
          ASSERT_EQ(parts[i].clips.size(), expected.size());
          for (size_t k = 0; k < expected.size(); ++k) EXPECT_TRUE(same(parts[i].clips[k].at(0), expected[k]));
        }
      }
}

TEST_F(Views, AllOf3dConsecutiveIsTheWholeVideo) {
  const auto parts = load(items_, recipe_of(clip::SampleStrategy::consecutive), {clip::View::all, 1, 1});
  EXPECT_EQ(parts[0].clips.at(0).at(0).shape(), (tensor::Shape{3, 10, 16, 16}));
  EXPECT_EQ(parts[1].clips.at(0).at(0).shape(), (tensor::Shape{3, 13, 16, 16}));
}

TEST_F(Views, AVideoWithManyClipsComesInParts) {
  const clip::Recipe recipe = recipe_of(clip::SampleStrategy::consecutive);
  const ViewOptions options{clip::View::conv, 40, 2};
  const auto parts = load({items_[0], items_[1]}, recipe, options);
  ASSERT_EQ(parts.size(), 6U);
  const auto expected = one_by_one(items_[0], recipe, options);
  ASSERT_EQ(expected.size(), 40U);
  size_t taken = 0;
  for (size_t i = 0; i < 3; ++i) {
    EXPECT_EQ(parts[i].item_index, 0);
    EXPECT_EQ(parts[i].last, i == 2);
    for (const auto& clip : parts[i].clips) EXPECT_TRUE(same(clip.at(0), expected.at(taken++)));
  }
  EXPECT_EQ(taken, 40U);
  EXPECT_EQ(parts[3].item_index, 1);
}

TEST_F(Views, AVideoThatBreaksOrChangedIsNamedAndTheOthersGoOn) {
  drawn::write_damaged(items_[1].path);
  drawn::write_video(items_[2].path, 1, 5);
  const auto parts = load(items_, recipe_of(clip::SampleStrategy::consecutive), {clip::View::center, 1, 2});
  ASSERT_EQ(parts.size(), items_.size());
  ASSERT_TRUE(parts[1].broken.has_value());
  EXPECT_EQ(parts[1].broken->path, items_[1].path);
  EXPECT_TRUE(parts[1].clips.empty());
  ASSERT_TRUE(parts[2].broken.has_value());
  EXPECT_NE(parts[2].broken->reason.find("5 frames now"), std::string::npos);
  EXPECT_FALSE(parts[3].broken.has_value());
  EXPECT_EQ(parts[3].clips.size(), 1U);
}

TEST_F(Views, OptionsOutOfRangeAreErrors) {
  const clip::Recipe recipe = recipe_of(clip::SampleStrategy::consecutive);
  EXPECT_THROW(ViewLoader(items_, {recipe}, {clip::View::conv, 0, 1}), base::UserError);
  EXPECT_THROW(ViewLoader(items_, {recipe}, {clip::View::conv, 10, -1}), base::UserError);
}

}  // namespace
}  // namespace gerund::data
