#include "train/validation.h"

#include <nlohmann/json.hpp>
#include <optional>

#include "base/error.h"
#include "nets/torch_engine.h"

namespace gerund::train {
namespace {

using nlohmann::json;

constexpr const char* kInterrupted = "interrupted";

std::string to_bytes(const std::optional<score::Evaluation>& own) {
  if (!own) return kInterrupted;
  json samples = json::array();
  for (const score::SampleResult& sample : own->samples) {
    const std::string path = sample.path.string();
    samples.push_back({json::binary({path.begin(), path.end()}), sample.label, sample.probabilities});
  }
  std::string bytes;
  json::to_msgpack(samples, bytes);
  return bytes;
}

void add_samples(const std::string& bytes, std::vector<score::SampleResult>& samples) {
  for (const json& row : json::from_msgpack(bytes)) {
    const json::binary_t& path = row.at(0).get_binary();
    samples.push_back(
        score::sample_of(std::string(path.begin(), path.end()), row.at(1), row.at(2).get<std::vector<double>>()));
  }
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
  std::optional<score::Evaluation> own(std::in_place);
  try {
    const auto engine = nets::make_torch_engine(network);
    if (!share.items.empty()) own = score::evaluate(*engine, share, setup.recipes, setup.labels, options, progress);
  } catch (const base::Interrupted&) {
    own.reset();  // The peers wait for an answer all the same.
  }
  if (peers.size() == 1 && own) return std::move(*own);
  std::vector<score::SampleResult> samples;
  for (const std::string& bytes : peers.gather(to_bytes(own))) {
    if (bytes == kInterrupted) throw base::Interrupted("interrupted while validating");
    add_samples(bytes, samples);
  }
  return score::evaluation_of(std::move(samples), setup.labels);
}

}  // namespace gerund::train
