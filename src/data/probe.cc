#include "data/probe.h"

#include <fmt/format.h>

#include <algorithm>
#include <variant>

#include "base/error.h"
#include "base/interrupt.h"
#include "base/workers.h"
#include "data/flow_source.h"
#include "data/item_inputs.h"
#include "media/frame_source.h"

namespace gerund::data {
namespace {

constexpr size_t kMaxListed = 20;
constexpr int64_t kAhead = 64;  // Results are small; this only keeps the workers busy behind one slow clip.

std::variant<Item, Broken> probe_one(const Item& item, const clip::Recipes& inputs) {
  try {
    Item found = item;
    std::vector<int64_t> counts;
    for (const clip::Recipe& input : inputs) {
      const media::SourceInfo info = open_input(item.path, input)->info();
      counts.push_back(info.num_frames);
      found.duration_seconds = info.duration_seconds;
    }
    found.num_frames = num_frames_of(item, counts);
    if (found.num_frames < 1) return Broken{item.path, "holds no frames"};
    return found;
  } catch (const base::UserError& error) {
    return make_broken(item.path, error);
  }
}

}  // namespace

Broken make_broken(const std::filesystem::path& path, const std::exception& error) {
  const std::string prefix = path.string() + ": ";
  std::string reason = error.what();
  if (reason.starts_with(prefix)) reason.erase(0, prefix.size());
  return {path, reason};
}

std::string describe_broken(const std::vector<Broken>& broken, size_t num_clips) {
  std::string text = fmt::format("{} of {} clips cannot be used:", broken.size(), num_clips);
  for (size_t i = 0; i < std::min(broken.size(), kMaxListed); ++i)
    text += fmt::format("\n  {}: {}", broken[i].path.string(), broken[i].reason);
  if (broken.size() > kMaxListed) text += fmt::format("\n  and {} more", broken.size() - kMaxListed);
  return text;
}

Probed probe(const std::vector<Item>& items, const ProbeOptions& options, base::Progress& progress) {
  const auto count = static_cast<int64_t>(items.size());
  base::OrderedWorkers<std::variant<Item, Broken>> workers(count, options.num_workers, kAhead, [&](int64_t i) {
    return probe_one(items[static_cast<size_t>(i)], options.inputs);
  });
  Probed probed;
  progress.start("Checking clips", count, "clip");
  for (int64_t done = 1; auto result = workers.next(); ++done) {
    if (base::interrupted()) throw base::Interrupted("stopped while the clips were checked");
    if (Item* item = std::get_if<Item>(&*result)) probed.items.push_back(std::move(*item));
    if (Broken* broken = std::get_if<Broken>(&*result)) probed.broken.push_back(std::move(*broken));
    progress.update(done);
  }
  progress.finish();
  if (probed.items.empty() && count > 0) throw base::UserError(describe_broken(probed.broken, items.size()));
  if (options.strict && !probed.broken.empty())
    throw base::UserError(describe_broken(probed.broken, items.size()) +
                          "\nmend or remove them, or leave --strict out to skip them");
  return probed;
}

}  // namespace gerund::data
