#include "data/check.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <map>
#include <nlohmann/json.hpp>
#include <numeric>
#include <set>

#include "base/utf8.h"
#include "data/probe.h"
#include "data/recordings.h"

namespace gerund::data {
namespace {

using Json = nlohmann::ordered_json;

constexpr double kSameLook = 1.5, kSameStill = 0.75;  // Grey levels.
constexpr double kSameChanges = 0.95;                 // Correlation.
constexpr double kSameLength = 0.1;                   // Of the frames.
constexpr double kMostImbalance = 4;
constexpr double kMostRateRatio = 1.1;

/// A clip of either set.
struct Entry {
  const ClipFacts* clip = nullptr;
  bool is_test = false;
  double mean_level = 0;

  std::string path() const { return clip->item.path.string(); }
};

std::vector<Entry> all_entries(const Survey& survey, const std::optional<Survey>& test) {
  std::vector<Entry> entries;
  for (const ClipFacts& clip : survey.clips) entries.push_back({&clip, false, 0});
  if (test)
    for (const ClipFacts& clip : test->clips) entries.push_back({&clip, true, 0});
  for (Entry& entry : entries) {
    if (!entry.clip->look) continue;
    const auto& levels = entry.clip->look->levels;
    const int64_t sum = std::accumulate(levels.begin(), levels.end(), int64_t{0});
    entry.mean_level = static_cast<double>(sum) / static_cast<double>(levels.size());
  }
  return entries;
}

std::string where_text(const Entry& a, const Entry& b) {
  std::string text;
  if (a.is_test != b.is_test) text += "; one is trained on, the other tested with";
  if (a.clip->item.label != b.clip->item.label)
    text += fmt::format("; their classes differ: {} and {}", a.clip->item.label, b.clip->item.label);
  return text;
}

void check_clips(const std::vector<Entry>& entries, const CheckOptions& options, std::vector<Finding>& findings) {
  for (const Entry& entry : entries) {
    const int64_t frames = entry.clip->item.num_frames;
    if (frames < options.min_frames)
      findings.push_back(
          {"too_short", entry.path(), "", fmt::format("has {} frames; a window takes {}", frames, options.min_frames)});
    if (const std::optional<std::string> missing = missing_end(entry.clip->info))
      findings.push_back({"cut", entry.path(), "", *missing});
    if (entry.clip->look && entry.clip->look->is_black())
      findings.push_back({"black", entry.path(), "", "is black from beginning to end"});
    if (entry.clip->num_u != entry.clip->num_v)
      findings.push_back({"flow", entry.path(), "",
                          fmt::format("has {} pictures in u and {} in v; every pair of frames has one in each",
                                      entry.clip->num_u, entry.clip->num_v)});
  }
}

void check_same_bytes(const std::vector<Entry>& entries, std::vector<Finding>& findings) {
  std::map<std::string, const Entry*> first;
  for (const Entry& entry : entries) {
    if (entry.clip->sha256.empty()) continue;
    const auto [found, is_new] = first.emplace(entry.clip->sha256, &entry);
    if (!is_new)
      findings.push_back({"duplicate", entry.path(), found->second->path(),
                          "has the same bytes as " + found->second->path() + where_text(entry, *found->second)});
  }
}

bool looks_the_same(const Look& a, const Look& b) {
  const double distance = a.distance(b);
  if (distance >= kSameLook) return false;
  const std::optional<double> agreement = a.agreement(b);
  return agreement ? *agreement >= kSameChanges : distance < kSameStill;
}

bool is_as_long(const ClipFacts& a, const ClipFacts& b) {
  const auto x = static_cast<double>(a.item.num_frames), y = static_cast<double>(b.item.num_frames);
  return std::abs(x - y) <= kSameLength * std::max(x, y);
}

/// Looks that are near have near means, so that in order of means only neighbours need a comparison.
void check_same_look(std::vector<Entry> entries, std::vector<Finding>& findings) {
  std::erase_if(entries, [](const Entry& entry) { return !entry.clip->look || entry.clip->look->is_black(); });
  std::ranges::stable_sort(entries, {}, &Entry::mean_level);
  for (size_t i = 0; i < entries.size(); ++i)
    for (size_t j = i + 1; j < entries.size() && entries[j].mean_level - entries[i].mean_level <= kSameLook; ++j) {
      const ClipFacts &a = *entries[i].clip, &b = *entries[j].clip;
      if (a.sha256 == b.sha256 || !is_as_long(a, b)) continue;
      if (!looks_the_same(*a.look, *b.look)) continue;
      findings.push_back({"near_duplicate", entries[j].path(), entries[i].path(),
                          fmt::format("looks the same as {} ({:.1f} of 255 levels apart){}", entries[i].path(),
                                      a.look->distance(*b.look), where_text(entries[i], entries[j]))});
    }
}

void check_recordings(const std::vector<Entry>& entries, std::vector<Finding>& findings) {
  std::vector<Item> items;
  items.reserve(entries.size());
  for (const Entry& entry : entries) items.push_back(entry.clip->item);
  const Recordings recordings = recordings_by_name(items);
  std::map<std::string, const Entry*> trained;
  std::set<std::string> told;
  for (const bool is_test : {false, true}) {
    for (size_t i = 0; i < entries.size(); ++i) {
      const std::string& name = recordings.names[i];
      if (recordings.is_unknown[i] || entries[i].is_test != is_test) continue;
      if (!is_test) {
        trained.emplace(name, &entries[i]);
      } else if (const auto found = trained.find(name); found != trained.end() && told.insert(name).second) {
        findings.push_back(
            {"leak", entries[i].path(), found->second->path(),
             fmt::format("is of {}, as is {}: one is trained on, the other tested with", name, found->second->path())});
      }
    }
  }
}

std::map<std::string, int64_t> clips_by_class(const Survey& survey) {
  std::map<std::string, int64_t> counts;
  for (const ClipFacts& clip : survey.clips) ++counts[clip.item.label];
  return counts;
}

void check_balance(const Survey& survey, std::vector<Finding>& findings) {
  const auto counts = clips_by_class(survey);
  if (counts.empty()) return;
  const auto [least, most] = std::ranges::minmax_element(counts, {}, [](const auto& count) { return count.second; });
  if (static_cast<double>(most->second) > kMostImbalance * static_cast<double>(least->second))
    findings.push_back({"imbalance", "", "",
                        fmt::format("class {} has {} clips, class {} only {}", most->first, most->second, least->first,
                                    least->second)});
}

void check_rates(const std::vector<Entry>& entries, std::vector<Finding>& findings) {
  std::map<double, int64_t> rates;
  for (const Entry& entry : entries) ++rates[std::round(entry.clip->info.fps * 100) / 100];
  if (rates.empty() || rates.rbegin()->first <= kMostRateRatio * rates.begin()->first) return;
  std::string text = "frames per second differ:";
  for (const auto& [fps, clips] : rates) text += fmt::format(" {:g} ({} clip{})", fps, clips, clips == 1 ? "" : "s");
  findings.push_back({"frame_rates", "", "", text + "; a window of frames lasts unequally long"});
}

void check_labels(const Survey& survey, const Survey& test, std::vector<Finding>& findings) {
  const auto trained = clips_by_class(survey), tested = clips_by_class(test);
  for (const auto& [label, clips] : trained)
    if (tested.count(label) == 0)
      findings.push_back({"labels", "", "", fmt::format("class {} has no clip to test with", label)});
  for (const auto& [label, clips] : tested)
    if (trained.count(label) == 0)
      findings.push_back({"labels", "", "", fmt::format("class {} is tested but has no clip to train on", label)});
}

}  // namespace

std::vector<Finding> check(const Survey& survey, const std::optional<Survey>& test, const CheckOptions& options) {
  std::vector<Finding> findings;
  for (const Broken& broken : survey.broken)
    findings.push_back({"unreadable", broken.path.string(), "", broken.reason});
  if (test)
    for (const Broken& broken : test->broken)
      findings.push_back({"unreadable", broken.path.string(), "", broken.reason});
  const std::vector<Entry> entries = all_entries(survey, test);
  check_clips(entries, options, findings);
  check_same_bytes(entries, findings);
  check_same_look(entries, findings);
  if (test) check_recordings(entries, findings);
  check_balance(survey, findings);
  check_rates(entries, findings);
  if (test) check_labels(survey, *test, findings);
  return findings;
}

std::vector<std::string> advice_on(const std::vector<Finding>& findings) {
  struct Advice {
    std::string_view kind;
    std::string_view what;
    std::string_view remedy;
  };
  // What is said of the whole set is its own text.
  static constexpr std::array kAdvice{
      Advice{"unreadable", "clips that cannot be read", "copy them again, or take them away"},
      Advice{"too_short", "clips of fewer frames than the network sees at once, so that frames come more than once",
             "film longer ones, or let it see fewer (model.rgb_seq_length)"},
      Advice{"cut", "clips of which the end is missing", "copy them again; what is there is used"},
      Advice{"black", "clips of nothing but black", "look whether the lens was covered, and take them away"},
      Advice{"duplicate", "clips with a twin of the same bytes", "take one of each pair away"},
      Advice{"flow", "folders of optical flow whose u and v have not as many pictures", "make them anew"},
      Advice{"near_duplicate", "clips that look the same as another",
             "look at them (gerund dataset check), and take one of each pair away"},
      Advice{"leak", "clips cut from a recording that is also tested with", "part them by recording"},
      Advice{"imbalance", "", "film more of the small class, or set train.class_balance=loss"},
      Advice{"frame_rates", "", "bring all clips to one rate (ffmpeg -i IN -r 25 OUT)"},
      Advice{"labels", "", "add clips, or take the class away"}};
  constexpr size_t kShown = 3;
  std::vector<std::string> sentences;
  for (const Advice& advice : kAdvice) {
    std::vector<std::string> paths;  // Each once, though it may look like several others.
    for (const Finding& finding : findings) {
      if (finding.kind != advice.kind) continue;
      if (advice.what.empty()) {
        sentences.push_back(fmt::format("{}; {}", finding.text, advice.remedy));
      } else if (std::ranges::find(paths, finding.path) == paths.end()) {
        paths.push_back(finding.path);
      }
    }
    if (paths.empty()) continue;
    std::string names;
    for (size_t i = 0; i < std::min(paths.size(), kShown); ++i) names += (i > 0 ? ", " : "") + paths[i];
    if (paths.size() > kShown) names += fmt::format(" and {} more", paths.size() - kShown);
    sentences.push_back(fmt::format("{}: {} ({}); {}", advice.what, paths.size(), names, advice.remedy));
  }
  return sentences;
}

std::string to_text(const std::vector<Finding>& findings) {
  if (findings.empty()) return "no findings\n";
  std::string text;
  for (const Finding& finding : findings)
    text += fmt::format("{:<15} {}{}\n", finding.kind, finding.path.empty() ? "" : finding.path + ": ", finding.text);
  return text + fmt::format("{} finding{}\n", findings.size(), findings.size() == 1 ? "" : "s");
}

std::string to_json(const std::vector<Finding>& findings) {
  Json list = Json::array();
  for (const Finding& finding : findings)
    list.push_back({{"kind", finding.kind}, {"path", finding.path}, {"other", finding.other}, {"text", finding.text}});
  const Json json{{"schema", "gerund.dataset_check/1"}, {"findings", list}};
  return base::json_text(json, 1);
}

}  // namespace gerund::data
