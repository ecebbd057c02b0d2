#include "data/survey.h"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <tuple>
#include <variant>

#include "base/error.h"
#include "base/files.h"
#include "base/interrupt.h"
#include "base/sha256.h"
#include "base/workers.h"
#include "clip/resize.h"

namespace gerund::data {
namespace {

namespace fs = std::filesystem;

std::vector<fs::path> files_of(const fs::path& path) {
  if (!fs::is_directory(path)) return {path};
  std::vector<fs::path> files;
  for (const fs::directory_entry& entry : fs::recursive_directory_iterator(path))
    if (entry.is_regular_file()) files.push_back(entry.path());
  std::ranges::sort(files);
  return files;
}

std::string content_sum(const std::vector<fs::path>& files) {
  if (files.size() == 1) return base::sha256_of_file(files[0]);
  base::Sha256 sum;
  for (const fs::path& file : files) sum.add(base::read_file(file));
  return sum.finish();
}

Look look_at(media::FrameSource& source) {
  constexpr int64_t kFrames = Look::kFrames;
  std::vector<int64_t> indices;
  indices.reserve(kFrames);
  for (int64_t i = 0; i < kFrames; ++i) indices.push_back((2 * i + 1) * source.info().num_frames / (2 * kFrames));
  Look look;
  auto level = look.levels.begin();
  for (const tensor::Frame& frame : source.read(indices)) {
    const tensor::Frame small = clip::resize(frame, Look::kSide, Look::kSide);
    for (size_t i = 0; i < small.rgb.size(); i += 3)
      *level++ =
          static_cast<uint8_t>((299 * small.rgb[i] + 587 * small.rgb[i + 1] + 114 * small.rgb[i + 2] + 500) / 1000);
  }
  return look;
}

std::variant<ClipFacts, Broken> open_one(const Item& item, bool with_content) {
  try {
    ClipFacts facts;
    facts.item = item;
    const auto source = media::open_source(item.path);
    facts.info = source->info();
    facts.item.num_frames = facts.info.num_frames;
    facts.item.duration_seconds = facts.info.duration_seconds;
    if (facts.info.num_frames < 1) return Broken{item.path, "holds no frames"};
    const std::vector<fs::path> files = files_of(item.path);
    for (const fs::path& file : files) {
      facts.num_bytes += static_cast<int64_t>(fs::file_size(file));
      if (file.parent_path() == item.path / "u") ++facts.num_u;
      if (file.parent_path() == item.path / "v") ++facts.num_v;
    }
    if (!with_content) return facts;
    facts.sha256 = content_sum(files);
    facts.look = look_at(*source);
    return facts;
  } catch (const base::UserError& error) {
    return make_broken(item.path, error);
  } catch (const fs::filesystem_error& error) {
    return Broken{item.path, error.code().message()};
  }
}

}  // namespace

namespace {

using Changes = std::array<double, std::tuple_size_v<decltype(Look::levels)>>;

/// The levels less their mean over the frames.
Changes changes_of(const Look& look) {
  constexpr size_t kPixels = size_t{Look::kSide} * Look::kSide;
  Changes changes{};
  for (size_t pixel = 0; pixel < kPixels; ++pixel) {
    double mean = 0;
    for (size_t at = pixel; at < changes.size(); at += kPixels) mean += look.levels[at];
    mean /= Look::kFrames;
    for (size_t at = pixel; at < changes.size(); at += kPixels) changes[at] = look.levels[at] - mean;
  }
  return changes;
}

double product(const Changes& a, const Changes& b) {
  return std::inner_product(a.begin(), a.end(), b.begin(), 0.0);
}

}  // namespace

std::optional<double> Look::agreement(const Look& other) const {
  constexpr double kLeast = 0.5 * 0.5 * std::tuple_size_v<Changes>;
  const Changes mine = changes_of(*this), theirs = changes_of(other);
  const double a = product(mine, mine), b = product(theirs, theirs);
  if (a < kLeast || b < kLeast) return std::nullopt;
  return product(mine, theirs) / std::sqrt(a * b);
}

double Look::distance(const Look& other) const {
  int64_t sum = 0;
  for (size_t i = 0; i < levels.size(); ++i) sum += std::abs(int{levels[i]} - int{other.levels[i]});
  return static_cast<double>(sum) / static_cast<double>(levels.size());
}

bool Look::is_black() const {
  constexpr int64_t kPixels = int64_t{kSide} * kSide, kBlack = 4, kMistakenBlack = 18, kNoise = 2;
  const auto [darkest, lightest] = std::ranges::minmax(levels);
  if (lightest <= kMistakenBlack && lightest - darkest <= kNoise) return true;
  for (auto frame = levels.begin(); frame != levels.end(); frame += kPixels)
    if (std::accumulate(frame, frame + kPixels, int64_t{0}) > kBlack * kPixels) return false;
  return true;
}

Survey survey(const std::vector<Item>& items, const SurveyOptions& options, base::Progress& progress) {
  const auto count = static_cast<int64_t>(items.size());
  base::OrderedWorkers<std::variant<ClipFacts, Broken>> workers(count, options.num_workers, 64, [&](int64_t i) {
    return open_one(items[static_cast<size_t>(i)], options.with_content);
  });
  Survey survey;
  progress.start("Opening clips", count, "clip");
  for (int64_t done = 1; auto result = workers.next(); ++done) {
    if (base::interrupted()) throw base::Interrupted("interrupted while the clips were opened");
    if (auto* facts = std::get_if<ClipFacts>(&*result)) survey.clips.push_back(std::move(*facts));
    if (auto* broken = std::get_if<Broken>(&*result)) survey.broken.push_back(std::move(*broken));
    progress.update(done);
  }
  progress.finish();
  return survey;
}

}  // namespace gerund::data
