// bench/load/bench_loading.cc - clips per second from video files to network input, on one thread.
// Usage: bench_loading make FOLDER NUM_VIDEOS         draws FOLDER/{mpeg4,h264}/videoN.* and FOLDER/raw/videoN.rgb
//        bench_loading clip SOURCE OUT                writes the centre clip of one source as safetensors
//        bench_loading time FOLDER STRATEGY CLIPS     prints CPU seconds per clip as JSON; FOLDER holds sources
//        bench_loading cache FOLDER STRATEGY CLIPS    the same for filling a cache and for reading from it
#include <ctime>

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "base/error.h"
#include "base/machine.h"
#include "base/random.h"
#include "clip/assemble.h"
#include "clip/sampler.h"
#include "data/item_frames.h"
#include "media/frame_source.h"
#include "media/video_writer.h"
#include "tensor/safetensors.h"

namespace {

using namespace gerund;
namespace fs = std::filesystem;

constexpr int kWidth = 320;
constexpr int kHeight = 240;
constexpr int kNumFrames = 100;

/// 32 frames, short edge to 256, the middle 224x224, normalised.
clip::Recipe recipe_of(const std::string& strategy) {
  clip::Recipe recipe;
  recipe.num_frames = 32;
  recipe.resize_mode = clip::ResizeMode::center_crop;
  recipe.sample_strategy =
      strategy == "consecutive" ? clip::SampleStrategy::consecutive : clip::SampleStrategy::random_interval;
  return recipe;
}

/// Waves that drift, squares that move and the noise of a camera.
tensor::Frame draw(int number, uint64_t seed) {
  base::Random random = base::Random::keyed({seed, static_cast<uint64_t>(number)});
  tensor::Frame frame(kWidth, kHeight);
  const double drift = number * 0.15 + static_cast<double>(seed);
  for (int y = 0; y < kHeight; ++y) {
    for (int x = 0; x < kWidth; ++x) {
      const double wave = 40 * std::sin(x * 0.05 + drift) + 30 * std::sin(y * 0.08 - drift);
      const int square = (x + 4 * number) / 40 % 3 == 0 && y / 40 % 2 == 0 ? 50 : 0;
      const auto noise = static_cast<int>(random.below(13)) - 6;
      for (int c = 0; c < 3; ++c)
        frame.row(y)[3 * x + c] =
            static_cast<uint8_t>(std::clamp(110 + 15 * c + static_cast<int>(wave) + square + noise, 0, 255));
    }
  }
  return frame;
}

fs::path name_of(int video, const char* extension) {
  return "video" + std::to_string(video) + extension;
}

void write_video(const fs::path& path, media::Codec codec, const std::vector<tensor::Frame>& frames) {
  media::WriterOptions options;
  options.width = kWidth;
  options.height = kHeight;
  options.codec = codec;
  options.gop_frames = 12;
  media::VideoWriter writer(path, options);
  for (const tensor::Frame& frame : frames) writer.push(frame);
  writer.finish();
}

/// The pictures of the reference are those of the MPEG-4 video, as its conversion script makes them.
void write_raw(const fs::path& path, const fs::path& video) {
  fs::create_directories(path.parent_path());
  std::ofstream out(path, std::ios::binary);
  const auto source = media::open_source(video);
  while (const auto frame = source->next())
    out.write(reinterpret_cast<const char*>(frame->rgb.data()), static_cast<std::streamsize>(frame->rgb.size()));
}

void make(const fs::path& folder, int num_videos) {
  for (int video = 0; video < num_videos; ++video) {
    std::vector<tensor::Frame> frames;
    frames.reserve(kNumFrames);
    for (int i = 0; i < kNumFrames; ++i) frames.push_back(draw(i, static_cast<uint64_t>(video)));
    write_video(folder / "mpeg4" / name_of(video, ".avi"), media::Codec::mpeg4, frames);
    write_video(folder / "h264" / name_of(video, ".mp4"), media::Codec::h264, frames);
    write_raw(folder / "raw" / name_of(video, ".rgb"), folder / "mpeg4" / name_of(video, ".avi"));
  }
}

void write_clip(const fs::path& path, const fs::path& out) {
  const clip::Recipe recipe = recipe_of("consecutive");
  const auto source = media::open_source(path);
  const auto indices = clip::sample_view(recipe, clip::View::center, source->info().num_frames, 1).front();
  tensor::TensorFile file;
  file.tensors.emplace("clip", clip::assemble(recipe, source->read(indices)));
  tensor::write_safetensors(out, file);
}

/// CPU time of this thread, which other processes on the machine do not add to.
double cpu_seconds() {
  timespec time{};
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time);
  return static_cast<double>(time.tv_sec) + 1e-9 * static_cast<double>(time.tv_nsec);
}

std::vector<fs::path> sources_in(const fs::path& folder) {
  std::vector<fs::path> paths;
  for (const auto& entry : fs::directory_iterator(folder)) paths.push_back(entry.path());
  std::sort(paths.begin(), paths.end());
  if (paths.empty()) throw base::UserError(folder.string() + ": holds no videos; run bench_loading make first");
  return paths;
}

/// As the loader makes clips: the first of each source fills the cache, the others read from it.
nlohmann::json time_cache(const fs::path& folder, const std::string& strategy, int num_clips) {
  const std::vector<fs::path> paths = sources_in(folder);
  const fs::path kept = folder.parent_path() / "cache";
  fs::remove_all(kept);
  data::ClipCache cache({kept});
  const clip::Recipe recipe = recipe_of(strategy);
  const clip::Augment augment;
  const clip::Resizing resizing(recipe, augment);
  base::Random random(1);
  std::vector<double> fill, read;
  for (int i = 0; i < num_clips + static_cast<int>(paths.size()); ++i) {
    const bool fills = i < static_cast<int>(paths.size());
    const double start = cpu_seconds();
    data::ItemFrames frames({paths[static_cast<size_t>(i) % paths.size()], "", 0}, recipe, resizing, &cache);
    const auto indices = clip::sample_train(recipe, frames.num_frames(), random);
    clip::Assembly assembly(recipe, augment, recipe.num_frames, random);
    frames.put({&indices, 1}, {&assembly, 1});
    const tensor::Tensor input = assembly.take();
    (fills ? fill : read).push_back(cpu_seconds() - start);
  }
  return {{"seconds", read}, {"fill_seconds", fill}};
}

nlohmann::json time_loading(const fs::path& folder, const std::string& strategy, int num_clips) {
  const std::vector<fs::path> paths = sources_in(folder);
  const clip::Recipe recipe = recipe_of(strategy);
  base::Random random(1);
  std::vector<double> seconds;
  double checksum = 0;
  for (int i = 0; i < num_clips; ++i) {
    const double start = cpu_seconds();
    data::ItemFrames frames({paths[static_cast<size_t>(i) % paths.size()], "", 0}, recipe, clip::Resizing(recipe),
                            nullptr);
    const auto indices = clip::sample_train(recipe, frames.num_frames(), random);
    clip::Assembly assembly(recipe, recipe.num_frames);
    frames.put({&indices, 1}, {&assembly, 1});
    const tensor::Tensor input = assembly.take();
    seconds.push_back(cpu_seconds() - start);
    checksum += static_cast<double>(input.floats()[static_cast<size_t>(i)]);
  }
  return {{"seconds", seconds}, {"checksum", checksum}};
}

int run(const std::vector<std::string>& words) {
  if (words.size() == 3 && words[0] == "make") {
    make(words[1], std::stoi(words[2]));
  } else if (words.size() == 3 && words[0] == "clip") {
    write_clip(words[1], words[2]);
  } else if (words.size() == 4 && words[0] == "time") {
    std::cout << time_loading(words[1], words[2], std::stoi(words[3])).dump() << "\n";
  } else if (words.size() == 4 && words[0] == "cache") {
    std::cout << time_cache(words[1], words[2], std::stoi(words[3])).dump() << "\n";
  } else {
    std::cerr << "usage: bench_loading make FOLDER VIDEOS | clip SOURCE OUT | (time | cache) FOLDER STRATEGY CLIPS\n";
    return 2;
  }
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  base::keep_freed_memory();  // As train::make_setup does.
  try {
    return run({argv + 1, argv + argc});
  } catch (const std::exception& error) {
    std::cerr << error.what() << "\n";
    return 1;
  }
}
