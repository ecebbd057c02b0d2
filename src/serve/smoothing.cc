#include "serve/smoothing.h"

#include <fmt/format.h>

#include <array>
#include <utility>

#include "base/error.h"
#include "infer/softmax.h"

namespace gerund::serve {
namespace {

constexpr std::array kKinds{std::pair{"none", SmoothingKind::none}, std::pair{"ema", SmoothingKind::ema},
                            std::pair{"mean", SmoothingKind::mean}, std::pair{"vote", SmoothingKind::vote}};

}  // namespace

SmoothingKind smoothing_from_name(const std::string& name) {
  for (const auto& [known, kind] : kKinds)
    if (name == known) return kind;
  throw base::UserError(fmt::format("events.smoothing: '{}'; allowed: none, ema, mean, vote", name));
}

Smoothing::Smoothing(const SmoothingOptions& options) : options_(options) {
  if (!(options.alpha > 0 && options.alpha <= 1))
    throw base::UserError(fmt::format("events.alpha: {}; more than 0, at most 1 is wanted", options.alpha));
  if (options.num_windows < 1)
    throw base::UserError(fmt::format("events.smoothing_windows: {}; 1 or more is wanted", options.num_windows));
}

void Smoothing::reset() {
  last_.clear();
}

std::vector<double> Smoothing::push(const std::vector<double>& scores) {
  std::vector<double> result = scores;
  if (options_.kind == SmoothingKind::none) return result;
  if (options_.kind == SmoothingKind::ema) {
    if (!last_.empty())
      for (size_t c = 0; c < result.size(); ++c)
        result[c] = options_.alpha * scores[c] + (1 - options_.alpha) * last_.front()[c];
    last_.assign(1, result);
    return result;
  }
  if (options_.kind == SmoothingKind::vote) {
    result.assign(scores.size(), 0);
    result[static_cast<size_t>(infer::argmax(scores))] = 1;
  }
  last_.push_back(result);
  if (last_.size() > static_cast<size_t>(options_.num_windows)) last_.pop_front();
  result.assign(scores.size(), 0);
  for (const std::vector<double>& answer : last_)
    for (size_t c = 0; c < result.size(); ++c) result[c] += answer[c] / static_cast<double>(last_.size());
  return result;
}

}  // namespace gerund::serve
