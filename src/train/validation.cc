#include "train/validation.h"

#include <nlohmann/json.hpp>
#include <optional>

#include "base/error.h"
#include "nets/torch_engine.h"

namespace gerund::train {
namespace {

using nlohmann::json;

constexpr const char* kInterrupted = "interrupted";

json bytes_of(const std::filesystem::path& path) {
  const std::string& bytes = path.native();
  return json::binary({bytes.begin(), bytes.end()});
}

std::filesystem::path path_of(const json& bytes) {
  const json::binary_t& path = bytes.get_binary();
  return std::string(path.begin(), path.end());
}

std::string to_bytes(const std::optional<score::Samples>& own) {
  if (!own) return kInterrupted;
  json samples = json::array(), broken = json::array();
  for (const score::SampleResult& sample : own->samples)
    samples.push_back({bytes_of(sample.path), sample.label, sample.probabilities});
  for (const data::Broken& one : own->broken) broken.push_back({bytes_of(one.path), one.reason});
  std::string bytes;
  json::to_msgpack({samples, broken}, bytes);
  return bytes;
}

void add_samples(const std::string& bytes, score::Samples& all) {
  const json parts = json::from_msgpack(bytes);
  for (const json& row : parts.at(0))
    all.samples.push_back(score::sample_of(path_of(row.at(0)), row.at(1), row.at(2).get<std::vector<double>>()));
  for (const json& row : parts.at(1)) all.broken.push_back({path_of(row.at(0)), row.at(1)});
}

data::Probed share_of(const std::vector<data::Item>& items, const Peers& peers) {
  data::Probed share;
  for (auto i = static_cast<size_t>(peers.rank()); i < items.size(); i += static_cast<size_t>(peers.size()))
    share.items.push_back(items[i]);
  return share;
}

}  // namespace

score::Evaluation validate(const std::shared_ptr<nets::Network>& network, const Setup& setup,
                           const score::ClassifyOptions& options, Peers& peers, base::Progress& progress) {
  const data::Probed share = share_of(setup.val_items, peers);
  std::optional<score::Samples> own(std::in_place);
  try {
    const auto engine = nets::make_torch_engine(network);
    const auto num_classes = static_cast<int64_t>(setup.labels.size());
    if (!share.items.empty()) own = score::find_samples(*engine, share, setup.recipes, num_classes, options, progress);
  } catch (const base::Interrupted&) {
    own.reset();  // The peers wait for an answer all the same.
  }
  score::Samples all;
  for (const std::string& bytes : peers.gather(to_bytes(own))) {
    if (bytes == kInterrupted) throw base::Interrupted("interrupted while validating");
    add_samples(bytes, all);
  }
  return score::evaluation_of(std::move(all.samples), std::move(all.broken), setup.val_items.size(), setup.labels);
}

}  // namespace gerund::train
