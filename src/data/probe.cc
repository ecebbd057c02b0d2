#include "data/probe.h"

#include <fmt/format.h>

#include <algorithm>
#include <variant>

#include "base/error.h"
#include "base/interrupt.h"
#include "base/log.h"
#include "base/workers.h"
#include "data/flow_source.h"
#include "data/item_inputs.h"

namespace gerund::data {
namespace {

constexpr size_t kMaxListed = 20;
constexpr int64_t kAhead = 64;  // Results are small; this only keeps the workers busy behind one slow clip.

constexpr double kWhole = 0.9;  // Of the frames; encoders count a few too many.

struct Usable {
  Item item;
  std::optional<std::string> missing;
};

std::variant<Usable, Broken> probe_one(const Item& item, const clip::Recipes& inputs) {
  try {
    Usable usable{item, std::nullopt};
    Item& found = usable.item;
    std::vector<int64_t> counts;
    for (const clip::Recipe& input : inputs) {
      const media::SourceInfo info = open_input(item.path, input)->info();
      counts.push_back(info.num_frames);
      found.duration_seconds = info.duration_seconds;
      if (!usable.missing) usable.missing = missing_end(info);
    }
    found.num_frames = num_frames_of(item, counts);
    if (found.num_frames < 1) return Broken{item.path, "holds no frames"};
    return usable;
  } catch (const base::UserError& error) {
    return make_broken(item.path, error);
  }
}

std::string list_of(const std::vector<Broken>& clips) {
  std::string text;
  for (size_t i = 0; i < std::min(clips.size(), kMaxListed); ++i)
    text += fmt::format("\n  {}: {}", clips[i].path.string(), clips[i].reason);
  if (clips.size() > kMaxListed) text += fmt::format("\n  and {} more", clips.size() - kMaxListed);
  return text;
}

}  // namespace

Broken make_broken(const std::filesystem::path& path, const std::exception& error) {
  const std::string prefix = path.string() + ": ";
  std::string reason = error.what();
  if (reason.starts_with(prefix)) reason.erase(0, prefix.size());
  return {path, reason};
}

std::optional<std::string> missing_end(const media::SourceInfo& info) {
  if (static_cast<double>(info.num_frames) >= kWhole * static_cast<double>(info.stated_frames)) return std::nullopt;
  return fmt::format("ends after {} of the {} frames that its header names", info.num_frames, info.stated_frames);
}

std::string describe_broken(const std::vector<Broken>& broken, size_t num_clips) {
  return fmt::format("{} of {} clips cannot be used:{}", broken.size(), num_clips, list_of(broken));
}

Probed probe(const std::vector<Item>& items, const ProbeOptions& options, base::Progress& progress) {
  const auto count = static_cast<int64_t>(items.size());
  base::OrderedWorkers<std::variant<Usable, Broken>> workers(count, options.num_workers, kAhead, [&](int64_t i) {
    return probe_one(items[static_cast<size_t>(i)], options.inputs);
  });
  Probed probed;
  std::vector<Broken> cut;
  progress.start("Checking clips", count, "clip");
  for (int64_t done = 1; auto result = workers.next(); ++done) {
    if (base::interrupted()) throw base::Interrupted("stopped while the clips were checked");
    if (Usable* usable = std::get_if<Usable>(&*result)) {
      if (usable->missing) cut.push_back({usable->item.path, *usable->missing});
      probed.items.push_back(std::move(usable->item));
    }
    if (Broken* broken = std::get_if<Broken>(&*result)) probed.broken.push_back(std::move(*broken));
    progress.update(done);
  }
  progress.finish();
  if (probed.items.empty() && count > 0) throw base::UserError(describe_broken(probed.broken, items.size()));
  if (options.strict && !(probed.broken.empty() && cut.empty())) {
    std::vector<Broken> all = probed.broken;
    all.insert(all.end(), cut.begin(), cut.end());
    throw base::UserError(describe_broken(all, items.size()) + "\nmend or remove them, or leave --strict out");
  }
  if (!cut.empty())
    base::log_warning(
        fmt::format("{} of {} clips are cut short; what is there is used:{}", cut.size(), items.size(), list_of(cut)));
  return probed;
}

}  // namespace gerund::data
