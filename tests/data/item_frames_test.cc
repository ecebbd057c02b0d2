// tests/data/item_frames_test.cc - the network sees the same bits with and without the cache.
#include "data/item_frames.h"

#include <fmt/format.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstring>
#include <fstream>

#include "data/drawn_clips.h"
#include "data/loader.h"
#include "data/views.h"
#include "draw/png.h"

namespace gerund::data {
namespace {

namespace fs = std::filesystem;

clip::Recipe recipe_of(clip::InputType type, clip::SampleStrategy strategy = clip::SampleStrategy::random_interval) {
  clip::Recipe recipe;
  recipe.input_type = type;
  recipe.sample_strategy = strategy;
  recipe.num_frames = 4;
  recipe.height = 16;
  recipe.width = 20;
  recipe.crop_smaller_edge = 24;
  return recipe;
}

/// Two videos, a folder of pictures and a video that is smaller than the crop.
class CachedItems : public drawn::Folder {
 protected:
  void SetUp() override {
    Folder::SetUp();
    drawn::write_video(folder_ / "set" / "a.avi", 0, 13);
    drawn::write_video(folder_ / "set" / "b.avi", 1, 9, 3, 32, 48);
    drawn::write_video(folder_ / "set" / "small.avi", 2, 6, 1, 16, 12);
    fs::create_directories(folder_ / "set" / "pictures" / "rgb");
    for (int i = 0; i < 7; ++i)
      draw::write_png(folder_ / "set" / "pictures" / "rgb" / fmt::format("{:06}.png", i + 1),
                      drawn::bar_frame(40, 30, {90, 20, 10}, i));
    for (const char* name : {"a.avi", "b.avi", "small.avi", "pictures"}) {
      Item item{folder_ / "set" / name, "x", 0};
      item.num_frames = media::open_source(item.path)->info().num_frames;
      items_.push_back(item);
    }
  }

  std::vector<tensor::Tensor> train(const clip::Recipe& recipe, const clip::Augment& augment, ClipCache* cache,
                                    int64_t epoch, int workers = 2) const {
    LoaderOptions options;
    options.num_workers = workers;
    options.clips_per_video = 2;
    options.epoch = epoch;
    options.history_frames = 4;
    options.cache = cache;
    options.strict = true;
    ClipLoader loader(items_, {recipe}, augment, options);
    std::vector<tensor::Tensor> inputs;
    while (auto batch = loader.next()) inputs.push_back(std::move(batch->inputs[0]));
    return inputs;
  }
  std::vector<tensor::Tensor> view(const clip::Recipe& recipe, clip::View view, ClipCache* cache) const {
    ViewLoader loader(items_, {recipe}, {view, 3, 2, cache});
    std::vector<tensor::Tensor> clips;
    while (auto part = loader.next()) {
      EXPECT_FALSE(part->broken);
      for (std::vector<tensor::Tensor>& clip : part->clips) clips.push_back(std::move(clip.at(0)));
    }
    return clips;
  }
  static bool same(const std::vector<tensor::Tensor>& a, const std::vector<tensor::Tensor>& b) {
    return !a.empty() && std::equal(a.begin(), a.end(), b.begin(), b.end(), [](const auto& x, const auto& y) {
      return x.shape() == y.shape() && std::memcmp(x.raw().data(), y.raw().data(), x.raw().size()) == 0;
    });
  }
  std::vector<fs::path> kept() const {
    std::vector<fs::path> files;
    for (const auto& entry : fs::directory_iterator(folder_ / "cache"))
      if (entry.path().extension() == ".frames") files.push_back(entry.path());
    return files;
  }
  ClipCache make_cache() const { return ClipCache({folder_ / "cache"}); }

  std::vector<Item> items_;
};

TEST_F(CachedItems, GiveTrainingTheSameBitsForEveryCropAndInput) {
  ClipCache cache = make_cache();
  for (const auto type : {clip::InputType::volume_3d, clip::InputType::stacked_2d})
    for (const auto strategy : {clip::SampleStrategy::random_interval, clip::SampleStrategy::consecutive})
      for (const auto crop :
           {clip::TrainCrop::random_crop, clip::TrainCrop::multi_scale_crop, clip::TrainCrop::no_crop}) {
        const clip::Recipe recipe = recipe_of(type, strategy);
        const clip::Augment augment{crop, {1.0, 0.8, 0.5}, 0.5};
        for (int64_t epoch = 0; epoch < 3; ++epoch)
          EXPECT_TRUE(same(train(recipe, augment, &cache, epoch), train(recipe, augment, nullptr, epoch)))
              << "crop " << static_cast<int>(crop) << ", epoch " << epoch;
      }
  EXPECT_EQ(kept().size(), 3 * items_.size()) << "three ways to resize";
}

TEST_F(CachedItems, GiveEvaluationTheSameBitsForEveryViewAndResize) {
  ClipCache cache = make_cache();
  for (const auto type : {clip::InputType::volume_3d, clip::InputType::stacked_2d})
    for (const auto strategy : {clip::SampleStrategy::random_interval, clip::SampleStrategy::consecutive})
      for (const auto mode : {clip::ResizeMode::squash, clip::ResizeMode::center_crop, clip::ResizeMode::letterbox,
                              clip::ResizeMode::letterbox_center})
        for (const auto which : {clip::View::center, clip::View::conv, clip::View::all}) {
          clip::Recipe recipe = recipe_of(type, strategy);
          recipe.resize_mode = mode;
          const auto expected = view(recipe, which, nullptr);
          EXPECT_TRUE(same(view(recipe, which, &cache), expected)) << static_cast<int>(mode);
          EXPECT_TRUE(same(view(recipe, which, &cache), expected)) << static_cast<int>(mode) << " again";
        }
}

TEST_F(CachedItems, AreReadFromTheCacheInTheNextEpoch) {
  ClipCache cache = make_cache();
  const clip::Recipe recipe = recipe_of(clip::InputType::volume_3d);
  train(recipe, {}, &cache, 0);
  ASSERT_EQ(kept().size(), items_.size());
  // Other pixels under the same checks: only who reads the file sees them.
  const clip::Resizing resizing(recipe, clip::Augment{});
  for (const Item& item : items_) {
    const std::string key = cache_key(item.path, recipe, resizing);
    const auto file = cache.find(key);
    ASSERT_TRUE(file);
    const std::vector<uint8_t> gray(file->shape().num_bytes(), 128);
    auto writer = cache.begin(key, file->shape(), file->num_frames());
    for (int64_t i = 0; i < file->num_frames(); ++i) ASSERT_TRUE(writer->push(gray));
    ASSERT_TRUE(cache.finish(std::move(*writer)));
  }
  for (const tensor::Tensor& input : train(recipe, {}, &cache, 1)) {
    const auto plane = static_cast<std::ptrdiff_t>(recipe.height) * recipe.width;
    const auto values = input.floats();
    EXPECT_TRUE(std::all_of(values.begin(), values.begin() + plane, [&](float v) { return v == values[0]; }));
  }
}

TEST_F(CachedItems, WithDamageAreDecodedAndKeptAnew) {
  const clip::Recipe recipe = recipe_of(clip::InputType::volume_3d);
  const auto expected = train(recipe, {}, nullptr, 1);
  for (const std::streamoff place : {9, 60, 4096 + 900}) {
    ClipCache before = make_cache();
    train(recipe, {}, &before, 0);
    for (const fs::path& path : kept()) {
      std::fstream file(path, std::ios::in | std::ios::out | std::ios::binary);
      file.seekg(place);
      const char byte = static_cast<char>(file.get() ^ 0x10);
      file.seekp(place);
      file.put(byte);
    }
    ClipCache cache = make_cache();
    EXPECT_TRUE(same(train(recipe, {}, &cache, 1), expected)) << "byte " << place;
    for (const fs::path& path : kept()) fs::resize_file(path, fs::file_size(path) / 2);
    EXPECT_TRUE(same(train(recipe, {}, &cache, 1), expected)) << "cut";
  }
  ClipCache cache = make_cache();
  train(recipe, {}, &cache, 2);
  for (const Item& item : items_)
    EXPECT_TRUE(cache.find(cache_key(item.path, recipe, clip::Resizing(recipe, clip::Augment{}))));
}

TEST_F(CachedItems, ThatAreDamagedInTheMiddleGiveTheSameBitsInEveryRun) {
  ClipCache cache = make_cache();
  ClipCache other({folder_ / "other"});
  const clip::Recipe recipe = recipe_of(clip::InputType::volume_3d, clip::SampleStrategy::consecutive);
  for (int damage = 0; damage < 6; ++damage) {
    const fs::path path = folder_ / "set" / fmt::format("damaged{}.avi", damage);
    drawn::write_video(path, damage % 3, 60, damage, 96, 64);
    std::string bytes = base::read_file(path);
    for (size_t i = 0; i < 40; ++i) bytes[bytes.size() / 8 * static_cast<size_t>(damage + 1) + i * 3] ^= 0x55;
    base::write_file(path, bytes);
    items_ = {{path, "x", 0}};
    for (int64_t epoch = 0; epoch < 4; ++epoch)
      EXPECT_TRUE(same(train(recipe, {}, &cache, epoch, 4), train(recipe, {}, &other, epoch, 0)))
          << damage << " " << epoch;
  }
}

TEST_F(CachedItems, OfAChangedVideoAreNotTaken) {
  const clip::Recipe recipe = recipe_of(clip::InputType::volume_3d);
  const clip::Resizing resizing(recipe);
  const std::string video = cache_key(items_[0].path, recipe, resizing);
  const std::string folder = cache_key(items_[3].path, recipe, resizing);
  EXPECT_EQ(cache_key(items_[0].path, recipe, resizing), video);
  const auto time = fs::last_write_time(items_[0].path);
  drawn::write_video(items_[0].path, 2, 13);
  fs::last_write_time(items_[0].path, time);
  EXPECT_NE(cache_key(items_[0].path, recipe, resizing), video) << "though its time was set back";
  draw::write_png(items_[3].path / "rgb" / "000003.png", drawn::bar_frame(40, 30, {1, 2, 3}, 0));
  EXPECT_NE(cache_key(items_[3].path, recipe, resizing), folder);
}

TEST_F(CachedItems, ThatAreLongForTheirClipsAreDecodedEachTime) {
  drawn::write_video(folder_ / "set" / "long.avi", 0, 65);
  items_ = {{folder_ / "set" / "long.avi", "x", 0, 65}};
  ClipCache cache = make_cache();
  clip::Recipe recipe = recipe_of(clip::InputType::volume_3d);
  EXPECT_TRUE(same(train(recipe, {}, &cache, 0), train(recipe, {}, nullptr, 0)));
  EXPECT_FALSE(fs::exists(folder_ / "cache"));
  recipe.num_frames = 5;
  train(recipe, {}, &cache, 0);
  EXPECT_EQ(kept().size(), 1U);
}

TEST_F(CachedItems, AreSharedByThreadsAndProcesses) {
  const clip::Recipe recipe = recipe_of(clip::InputType::volume_3d);
  std::vector<std::vector<tensor::Tensor>> expected;
  for (int64_t epoch = 0; epoch < 3; ++epoch) expected.push_back(train(recipe, {}, nullptr, epoch, 0));
  std::vector<pid_t> children;
  for (int i = 0; i < 3; ++i) {
    children.push_back(fork());
    if (children.back() != 0) continue;
    ClipCache cache({folder_ / "cache", uint64_t{1} << 20});
    bool sound = true;
    for (int64_t epoch = 0; epoch < 3; ++epoch)
      sound = sound && same(train(recipe, {}, &cache, epoch, 4), expected[static_cast<size_t>(epoch)]);
    _exit(sound ? 0 : 1);
  }
  for (const pid_t child : children) {
    int status = 0;
    waitpid(child, &status, 0);
    EXPECT_TRUE(WIFEXITED(status) && WEXITSTATUS(status) == 0);
  }
  EXPECT_EQ(kept().size(), items_.size());
}

}  // namespace
}  // namespace gerund::data
