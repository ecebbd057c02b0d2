#include "data/stats.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>

#include "base/utf8.h"

namespace gerund::data {
namespace {

using Json = nlohmann::ordered_json;

void add(const ClipFacts& clip, ClassStats& stats) {
  const int64_t frames = clip.item.num_frames;
  stats.shortest_frames = stats.num_clips == 0 ? frames : std::min(stats.shortest_frames, frames);
  stats.longest_frames = std::max(stats.longest_frames, frames);
  ++stats.num_clips;
  stats.num_frames += frames;
  stats.seconds += clip.item.duration_seconds;
  stats.num_bytes += clip.num_bytes;
  ++stats.frame_rates[std::round(clip.info.fps * 100) / 100];
  ++stats.sizes[{clip.info.width, clip.info.height}];
}

/// "25", or "24-30" where they differ.
std::string rates_text(const ClassStats& stats) {
  if (stats.frame_rates.empty()) return "-";
  const double least = stats.frame_rates.begin()->first, most = stats.frame_rates.rbegin()->first;
  return least == most ? fmt::format("{:g}", least) : fmt::format("{:g}-{:g}", least, most);
}

/// "320x240", with the number of other sizes: "320x240 +3".
std::string sizes_text(const ClassStats& stats) {
  if (stats.sizes.empty()) return "-";
  const auto most = std::ranges::max_element(stats.sizes, {}, [](const auto& size) { return size.second; });
  const std::string text = fmt::format("{}x{}", most->first.first, most->first.second);
  return stats.sizes.size() == 1 ? text : fmt::format("{} +{}", text, stats.sizes.size() - 1);
}

std::string row(const std::string& name, const ClassStats& stats, size_t width) {
  return fmt::format("{:<{}}  {:>6}  {:>8}  {:>9}  {:>9.1f}  {:>11}  {:<13}  {:>8.1f}\n", name, width, stats.num_clips,
                     stats.num_frames, fmt::format("{}-{}", stats.shortest_frames, stats.longest_frames), stats.seconds,
                     rates_text(stats), sizes_text(stats), static_cast<double>(stats.num_bytes) / 1e6);
}

Json json_of(const ClassStats& stats) {
  Json rates = Json::array(), sizes = Json::array();
  for (const auto& [fps, clips] : stats.frame_rates) rates.push_back({{"fps", fps}, {"clips", clips}});
  for (const auto& [size, clips] : stats.sizes)
    sizes.push_back({{"width", size.first}, {"height", size.second}, {"clips", clips}});
  return {{"clips", stats.num_clips},
          {"frames", stats.num_frames},
          {"shortest_frames", stats.shortest_frames},
          {"longest_frames", stats.longest_frames},
          {"seconds", stats.seconds},
          {"bytes", stats.num_bytes},
          {"frame_rates", rates},
          {"sizes", sizes}};
}

}  // namespace

Stats stats_of(const Survey& survey) {
  Stats stats;
  for (const ClipFacts& clip : survey.clips) {
    add(clip, stats.classes[clip.item.label]);
    add(clip, stats.all);
  }
  stats.broken = survey.broken;
  return stats;
}

std::string to_text(const Stats& stats) {
  size_t width = 5;
  for (const auto& [label, of_class] : stats.classes) width = std::max(width, label.size());
  std::string text = fmt::format("{:<{}}  {:>6}  {:>8}  {:>9}  {:>9}  {:>11}  {:<13}  {:>8}\n", "class", width, "clips",
                                 "frames", "per clip", "seconds", "fps", "size", "MB");
  for (const auto& [label, of_class] : stats.classes) text += row(label, of_class, width);
  text += row("all", stats.all, width);
  for (const Broken& broken : stats.broken)
    text += fmt::format("unreadable: {}: {}\n", broken.path.string(), broken.reason);
  return text;
}

std::string to_json(const Stats& stats) {
  Json json{{"schema", "gerund.dataset_stats/1"}, {"classes", Json::object()}, {"all", json_of(stats.all)}};
  for (const auto& [label, of_class] : stats.classes) json["classes"][label] = json_of(of_class);
  json["broken"] = Json::array();
  for (const Broken& broken : stats.broken)
    json["broken"].push_back({{"path", broken.path.string()}, {"reason", broken.reason}});
  return base::json_text(json, 1);
}

}  // namespace gerund::data
