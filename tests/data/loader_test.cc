#include "data/loader.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstring>
#include <map>
#include <set>

#include "base/error.h"
#include "base/interrupt.h"
#include "clip/sampler.h"
#include "data/drawn_clips.h"
#include "data/stack.h"
#include "draw/png.h"
#include "media/frame_source.h"

namespace gerund::data {
namespace {

namespace fs = std::filesystem;

clip::Recipe small_recipe() {
  clip::Recipe recipe;
  recipe.num_frames = 4;
  recipe.height = 16;
  recipe.width = 20;
  recipe.crop_smaller_edge = 24;
  return recipe;
}

std::vector<Batch> all_batches(ClipLoader& loader) {
  std::vector<Batch> batches;
  while (auto batch = loader.next()) batches.push_back(std::move(*batch));
  return batches;
}

bool same(const Batch& a, const Batch& b) {
  return a.index == b.index && a.class_indices == b.class_indices && a.item_indices == b.item_indices &&
         a.history.of_others == b.history.of_others && a.inputs[0].shape() == b.inputs[0].shape() &&
         std::memcmp(a.inputs[0].raw().data(), b.inputs[0].raw().data(), a.inputs[0].raw().size()) == 0;
}

bool same(const std::vector<Batch>& a, const std::vector<Batch>& b) {
  return a.size() == b.size() &&
         std::equal(a.begin(), a.end(), b.begin(), [](const auto& x, const auto& y) { return same(x, y); });
}

/// Seven clips of three colours.
class Loader : public drawn::Folder {
 protected:
  void SetUp() override {
    Folder::SetUp();
    items_ = scan_dataset(folder_, drawn::write_color_set(folder_, 2)).items;
    drawn::write_video(folder_ / "red" / "short.avi", 0, 2);
    items_.push_back({folder_ / "red" / "short.avi", "red", 0});
  }
  std::vector<Batch> load(const LoaderOptions& options, bool augmented = true) const {
    ClipLoader loader(items_, {small_recipe()}, augmented ? std::optional(clip::Augment{}) : std::nullopt, options);
    return all_batches(loader);
  }
  std::vector<Item> items_;
};

TEST_F(Loader, BatchesAreTheSameBytesWhateverTheNumberOfWorkers) {
  LoaderOptions options;
  options.batch_size = 3;
  options.clips_per_video = 2;
  options.num_workers = 0;
  const std::vector<Batch> expected = load(options);
  ASSERT_EQ(expected.size(), 5U);
  for (int workers : {0, 1, 2, 5}) {
    options.num_workers = workers;
    EXPECT_TRUE(same(load(options), expected)) << workers << " workers";
  }
}

TEST_F(Loader, AnotherEpochOrSeedGivesAnotherOrderAndOtherPixels) {
  LoaderOptions options;
  options.batch_size = 7;
  const std::vector<Batch> expected = load(options);
  options.epoch = 1;
  const std::vector<Batch> next_epoch = load(options);
  EXPECT_NE(next_epoch[0].item_indices, expected[0].item_indices);
  options.epoch = 0;
  options.seed = 99;
  EXPECT_NE(load(options)[0].item_indices, expected[0].item_indices);
  options.shuffle = false;
  options.seed = 1;
  const std::vector<Batch> one = load(options);
  options.seed = 2;
  const std::vector<Batch> two = load(options);
  EXPECT_EQ(one[0].item_indices, two[0].item_indices);
  EXPECT_FALSE(same(one, two)) << "crops and frames depend on the seed as well";
  options.epoch = 1;
  const std::vector<Batch> later = load(options);
  EXPECT_EQ(two[0].item_indices, later[0].item_indices);
  EXPECT_FALSE(same(two, later)) << "and on the epoch";
}

TEST_F(Loader, AnEpochTakesEveryVideoSoOftenAsAskedWithItsOwnClass) {
  LoaderOptions options;
  options.batch_size = 4;
  options.clips_per_video = 3;
  std::map<int64_t, int> taken;
  for (const Batch& batch : load(options))
    for (size_t i = 0; i < batch.item_indices.size(); ++i) {
      ++taken[batch.item_indices[i]];
      EXPECT_EQ(batch.class_indices[i], items_[static_cast<size_t>(batch.item_indices[i])].class_index);
    }
  ASSERT_EQ(taken.size(), items_.size());
  for (const auto& [index, count] : taken) EXPECT_EQ(count, 3) << index;
}

TEST_F(Loader, BalancedEpochsTakeEveryClassEquallyOften) {
  // Red has three clips, green and blue two each.
  LoaderOptions options;
  options.balance_classes = true;
  options.clips_per_video = 6;
  const auto items_taken = [&] {
    std::vector<int64_t> taken;
    for (const Batch& batch : load(options))
      taken.insert(taken.end(), batch.item_indices.begin(), batch.item_indices.end());
    return taken;
  };
  const std::vector<int64_t> taken = items_taken();
  ASSERT_EQ(taken.size(), 42U);
  std::map<int64_t, int> by_class;
  std::map<int64_t, int> by_item;
  for (const int64_t item : taken) {
    ++by_class[items_[static_cast<size_t>(item)].class_index];
    ++by_item[item];
  }
  for (const auto& [index, count] : by_class) EXPECT_EQ(count, 14) << index;
  EXPECT_EQ(by_item.size(), items_.size());
  for (const auto& [item, count] : by_item) {
    const bool is_red = items_[static_cast<size_t>(item)].label == "red";
    EXPECT_TRUE(is_red ? count == 4 || count == 5 : count == 7) << item << ": " << count;
  }
  EXPECT_EQ(items_taken(), taken);
  options.epoch = 1;
  EXPECT_NE(items_taken(), taken);
}

TEST_F(Loader, WithoutShufflingTakesTheItemsInTurnAndThenAgain) {
  LoaderOptions options;
  options.batch_size = 14;
  options.clips_per_video = 2;
  options.shuffle = false;
  EXPECT_EQ(load(options)[0].item_indices, (std::vector<int64_t>{0, 1, 2, 3, 4, 5, 6, 0, 1, 2, 3, 4, 5, 6}));
}

TEST_F(Loader, ClipsOfOneVideoDiffer) {
  LoaderOptions options;
  options.batch_size = 20;
  options.clips_per_video = 10;
  options.shuffle = false;
  ClipLoader loader({items_[0]}, {small_recipe()}, clip::Augment{}, options);
  const Batch batch = loader.next().value();
  const size_t size = batch.inputs[0].raw().size() / 10;
  std::set<std::string> different;
  for (size_t i = 0; i < 10; ++i)
    different.emplace(reinterpret_cast<const char*>(batch.inputs[0].raw().data()) + i * size, size);
  EXPECT_GT(different.size(), 5U);
}

TEST_F(Loader, InputIsTheRecipesShapeWithTheBatchInFrontAndTheLastBatchIsSmaller) {
  LoaderOptions options;
  options.batch_size = 4;
  const std::vector<Batch> batches = load(options);
  ASSERT_EQ(batches.size(), 2U);
  EXPECT_EQ(batches[0].inputs[0].shape(), (tensor::Shape{4, 3, 4, 16, 20}));
  EXPECT_EQ(batches[1].inputs[0].shape(), (tensor::Shape{3, 3, 4, 16, 20}));
  EXPECT_EQ(batches[1].index, 1);
}

TEST_F(Loader, EveryBatchDrawsItsHistoryByItsPlaceInTheRun) {
  LoaderOptions options;
  options.batch_size = 1;
  options.clips_per_video = 6;
  options.history_frames = 8;
  const std::vector<Batch> expected = load(options);
  ASSERT_EQ(expected.size(), 42U);
  std::map<int64_t, int> lengths;
  const auto frames_of = [](const Batch& batch) { return batch.inputs[0].dim(2) + batch.history.of_others; };
  for (const Batch& batch : expected) ++lengths[frames_of(batch)];
  ASSERT_EQ(lengths.size(), 3U);
  for (const auto& [frames, count] : lengths) {
    EXPECT_EQ(frames % 4, 0);
    EXPECT_TRUE(frames >= 4 && frames <= 12) << frames;
    EXPECT_GT(count, 4) << frames;
  }
  options.num_workers = 0;
  options.first_batch = 40;
  EXPECT_TRUE(same(load(options), std::vector<Batch>(expected.begin() + 40, expected.end())));
  options.first_batch = 0;
  options.epoch = 1;
  const std::vector<Batch> later = load(options);
  const bool all_alike = std::equal(later.begin(), later.end(), expected.begin(),
                                    [&](const Batch& a, const Batch& b) { return frames_of(a) == frames_of(b); });
  EXPECT_FALSE(all_alike);
  options.batch_size = 3;
  for (const Batch& batch : load(options)) EXPECT_EQ(batch.inputs[0].dim(0), 3);
}

TEST_F(Loader, HasNothingFramesOfTheVideoOrOtherClipsBeforeClips) {
  LoaderOptions options;
  options.batch_size = 7;
  options.clips_per_video = 12;
  const std::vector<Batch> plain = load(options);
  options.history_frames = 8;
  const std::vector<Batch> batches = load(options);
  int nothing = 0, of_others = 0, of_video = 0;
  for (size_t i = 0; i < batches.size(); ++i) {
    const tensor::Tensor& clips = plain[i].inputs[0];
    const History history = batches[i].history;
    EXPECT_EQ(batches[i].inputs[0].dim(2), history.of_video + clips.dim(2));
    EXPECT_EQ(history.of_video > 0, !std::ranges::equal(batches[i].inputs[0].raw(), clips.raw()));
    EXPECT_TRUE(history.of_video == 0 || history.of_others == 0);
    nothing += history.of_video == 0 && history.of_others == 0 ? 1 : 0;
    of_others += history.of_others > 0 ? 1 : 0;
    of_video += history.of_video > 0 ? 1 : 0;
  }
  EXPECT_GE(nothing, 1);
  EXPECT_GE(of_others, 1);
  EXPECT_GE(of_video, 1);
}

TEST_F(Loader, WithoutAugmentationGivesTheCenterView) {
  LoaderOptions options;
  options.batch_size = 1;
  options.shuffle = false;
  const std::vector<Batch> batches = load(options, false);
  for (size_t i = 0; i < items_.size(); ++i) {
    const auto source = media::open_source(items_[i].path);
    const auto view = clip::sample_view({small_recipe()}, clip::View::center, source->info().num_frames, 1);
    const tensor::Tensor expected = clip::assemble({small_recipe()}, source->read(view.front()));
    EXPECT_EQ(std::memcmp(batches[i].inputs[0].raw().data(), expected.raw().data(), expected.raw().size()), 0) << i;
  }
}

TEST_F(Loader, ReadsFrameFoldersAsItReadsVideos) {
  for (int time = 0; time < 6; ++time)
    draw::write_png(folder_ / "red" / "pictures" / "rgb" / fmt::format("{:06}.png", time + 1),
                    drawn::bar_frame(48, 32, {200, 30, 30}, time));
  const Dataset dataset = scan_dataset(folder_, {{"red", 0}});
  base::Progress silent;
  const Probed probed = probe(dataset.items, {1, true}, silent);
  ASSERT_EQ(probed.items[2].path.filename(), "pictures");
  EXPECT_EQ(probed.items[2].num_frames, 6);
  ClipLoader loader({probed.items[2]}, {small_recipe()}, std::nullopt, {});
  const Batch batch = loader.next().value();
  EXPECT_EQ(batch.inputs[0].shape(), (tensor::Shape{1, 3, 4, 16, 20}));
  // The upper right of every frame is the folder's red: (200 / 255 - mean) / std of the recipe.
  EXPECT_NEAR(batch.inputs[0].floats()[19], (200 / 255.0 - 0.485) / 0.229, 1e-5);
}

TEST_F(Loader, ShardsTogetherAreOneLoaderWithTheWholeBatch) {
  LoaderOptions whole_options;
  whole_options.batch_size = 4;  // 7 clips: 4 and 3, so the last part of the last batch is smaller.
  whole_options.epoch = 2;
  const std::vector<Batch> whole = load(whole_options);
  for (const int count : {2, 4}) {
    std::vector<std::vector<Batch>> shards;
    for (int index = 0; index < count; ++index) {
      LoaderOptions options = whole_options;
      options.batch_size = 4 / count;
      options.shard = {index, count};
      shards.push_back(load(options));
      ASSERT_EQ(shards.back().size(), whole.size());
    }
    for (size_t b = 0; b < whole.size(); ++b) {
      std::vector<int64_t> items;
      std::vector<float> pixels;
      for (const std::vector<Batch>& shard : shards) {
        EXPECT_EQ(shard[b].index, whole[b].index);
        items.insert(items.end(), shard[b].item_indices.begin(), shard[b].item_indices.end());
        if (!shard[b].item_indices.empty())
          pixels.insert(pixels.end(), shard[b].inputs[0].floats().begin(), shard[b].inputs[0].floats().end());
      }
      EXPECT_EQ(items, whole[b].item_indices);
      EXPECT_TRUE(std::ranges::equal(pixels, whole[b].inputs[0].floats()));
    }
  }
}

TEST_F(Loader, AShardMayHaveNothingOfABatch) {
  LoaderOptions options;
  options.batch_size = 2;
  options.shard = {3, 4};  // 8 clips a batch, of 7: this shard has the last one alone.
  EXPECT_EQ(load(options).at(0).item_indices.size(), 1U);
  options.batch_size = 3;  // 12 a batch: nothing is left for it.
  const std::vector<Batch> batches = load(options);
  ASSERT_EQ(batches.size(), 1U);
  EXPECT_TRUE(batches[0].item_indices.empty());
}

TEST_F(Loader, GoesOnInTheMiddleOfAnEpoch) {
  LoaderOptions options;
  options.batch_size = 2;
  std::vector<Batch> expected = load(options);
  options.first_batch = 2;
  expected.erase(expected.begin(), expected.begin() + 2);
  EXPECT_TRUE(same(load(options), expected));
  options.first_batch = 4;
  EXPECT_TRUE(load(options).empty());
  options.first_batch = 100;
  EXPECT_TRUE(load(options).empty());
}

TEST_F(Loader, AClipThatBreaksIsLeftOutAndListedOnceAndTheOthersStayTheSame) {
  LoaderOptions options;
  options.batch_size = 3;
  options.clips_per_video = 2;
  const std::vector<Batch> whole = load(options);
  drawn::write_damaged(items_[1].path);
  for (int workers : {0, 2}) {
    options.num_workers = workers;
    ClipLoader loader(items_, {small_recipe()}, clip::Augment{}, options);
    const std::vector<Batch> batches = all_batches(loader);
    ASSERT_EQ(loader.broken().size(), 1U);
    EXPECT_EQ(loader.broken()[0].path, items_[1].path);
    size_t clips = 0;
    for (const Batch& batch : batches) {
      clips += batch.item_indices.size();
      EXPECT_EQ(batch.inputs[0].dim(0), static_cast<int64_t>(batch.item_indices.size()));
      EXPECT_EQ(std::count(batch.item_indices.begin(), batch.item_indices.end(), 1), 0);
      std::vector<int64_t> expected = whole[static_cast<size_t>(batch.index)].item_indices;
      std::erase(expected, 1);
      EXPECT_EQ(batch.item_indices, expected);
    }
    EXPECT_EQ(clips, 12U);
  }
}

TEST_F(Loader, ABatchOfWhichNothingIsLeftIsPassedOver) {
  drawn::write_damaged(items_[0].path);
  LoaderOptions options;
  options.batch_size = 1;
  options.shuffle = false;
  const std::vector<Batch> batches = load(options);
  ASSERT_EQ(batches.size(), 6U);
  EXPECT_EQ(batches[0].item_indices, std::vector<int64_t>{1});
  EXPECT_EQ(batches[0].index, 1);
}

TEST_F(Loader, StrictMakesABrokenClipAnErrorThatNamesIt) {
  drawn::write_damaged(items_[1].path);
  LoaderOptions options;
  options.strict = true;
  try {
    load(options);
    FAIL();
  } catch (const base::UserError& error) {
    EXPECT_NE(std::string(error.what()).find(items_[1].path.string()), std::string::npos);
  }
}

// The trainer stops between updates, and waits for the batches up to there.
TEST_F(Loader, GivesBatchesAfterCtrlC) {
  LoaderOptions options;
  options.num_workers = 2;
  const std::vector<Batch> wanted = load(options);
  base::request_interrupt();
  for (options.num_workers = 0; options.num_workers < 3; ++options.num_workers)
    EXPECT_TRUE(same(load(options), wanted)) << options.num_workers;
  base::request_interrupt(false);
}

TEST_F(Loader, MayBeLeftInTheMiddle) {
  LoaderOptions options;
  options.num_workers = 3;
  ClipLoader loader(items_, {small_recipe()}, clip::Augment{}, options);
  EXPECT_TRUE(loader.next().has_value());
  EXPECT_GT(loader.wait_seconds(), 0);
}

TEST(LoaderOptionsCheck, OutOfRangeIsAnErrorThatNamesTheField) {
  const std::vector<Item> items{{"a.avi", "red", 0}};
  const auto message = [&](LoaderOptions options, std::vector<Item> of) {
    try {
      ClipLoader(std::move(of), {small_recipe()}, std::nullopt, options);
    } catch (const base::UserError& error) {
      return std::string(error.what());
    }
    return std::string("no error");
  };
  LoaderOptions options;
  options.batch_size = 0;
  EXPECT_NE(message(options, items).find("dataset.batch_size: is 0"), std::string::npos);
  options = {};
  options.num_workers = -1;
  EXPECT_NE(message(options, items).find("dataset.workers: is -1"), std::string::npos);
  EXPECT_NE(message({}, {}).find("no clips"), std::string::npos);
}

}  // namespace
}  // namespace gerund::data
