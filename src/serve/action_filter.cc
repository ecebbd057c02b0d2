#include "serve/action_filter.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/error.h"
#include "base/nearest.h"

namespace gerund::serve {
namespace {

void refuse_unless(bool fits, const char* field, double value, const char* wanted) {
  if (!fits) throw base::UserError(fmt::format("events.{}: {}; {} is wanted", field, value, wanted));
}

}  // namespace

void check(const ActionOptions& options) {
  const Smoothing checked(options.smoothing);
  refuse_unless(options.exit_threshold <= options.threshold, "exit_threshold", options.exit_threshold,
                "at most events.threshold");
  refuse_unless(options.min_seconds >= 0, "min_seconds", options.min_seconds, "0 or more");
  refuse_unless(options.hold_seconds >= 0, "hold_seconds", options.hold_seconds, "0 or more");
}

std::vector<bool> ignored_classes(const std::vector<std::string>& ignored, const std::vector<std::string>& labels) {
  std::vector<bool> flags(labels.size());
  for (const std::string& label : ignored) {
    const auto known = std::ranges::find(labels, label);
    if (known == labels.end())
      throw base::UserError(fmt::format("events.ignore: the model has no label '{}'; did you mean '{}'?", label,
                                        base::nearest_name(label, labels)));
    flags[static_cast<size_t>(known - labels.begin())] = true;
  }
  return flags;
}

ActionFilter::ActionFilter(const ActionOptions& options, int64_t first_number)
    : options_(options), smoothing_(options.smoothing), next_number_(first_number) {
  check(options);
}

std::optional<int64_t> ActionFilter::best_label() const {
  const int64_t best = std::ranges::max_element(scores_) - scores_.begin();
  const auto index = static_cast<size_t>(best);
  if (index < options_.ignored.size() && options_.ignored[index]) return std::nullopt;
  return scores_[index] >= options_.threshold ? std::optional(best) : std::nullopt;
}

// An action goes on while it is good enough and no other one is better and good enough to begin.
bool ActionFilter::goes_on(std::optional<int64_t> best) const {
  if (best == active_->class_index) return true;
  return !best && scores_[static_cast<size_t>(active_->class_index)] >= options_.exit_threshold;
}

void ActionFilter::begin(int64_t class_index, double start_seconds) {
  best_score_ = scores_[static_cast<size_t>(class_index)];
  active_ = ActiveAction{class_index, best_score_, start_seconds, false, true};
}

void ActionFilter::end(double end_seconds, std::vector<ActionChange>& changes) {
  if (!active_->is_tentative)
    changes.push_back({false, next_number_++, active_->class_index, best_score_, active_->start_seconds,
                       std::max(end_seconds, active_->start_seconds)});
  active_.reset();
}

void ActionFilter::tell(double shown_until_seconds, std::vector<ActionChange>& changes) {
  if (!active_ || !active_->is_tentative || shown_until_seconds - active_->start_seconds < options_.min_seconds) return;
  active_->is_tentative = false;
  changes.push_back({true, next_number_, active_->class_index, active_->score, active_->start_seconds, 0});
}

std::vector<ActionChange> ActionFilter::push(const std::vector<double>& scores, double start_seconds,
                                             double end_seconds, bool is_first) {
  std::vector<ActionChange> changes;
  if (is_first) {
    if (active_) end(active_->is_held ? faded_seconds_ : shown_seconds_, changes);
    smoothing_.reset();
  }
  scores_ = smoothing_.push(scores);
  const double middle = (start_seconds + end_seconds) / 2;
  const std::optional<int64_t> best = best_label();
  if (active_ && goes_on(best)) {
    active_->score = scores_[static_cast<size_t>(active_->class_index)];
    active_->is_held = false;
    best_score_ = std::max(best_score_, active_->score);
    shown_seconds_ = end_seconds;
  } else {
    if (active_ && !active_->is_held) {
      active_->is_held = true;
      faded_seconds_ = middle;
    }
    if (active_ && (best || end_seconds - shown_seconds_ >= options_.hold_seconds)) end(faded_seconds_, changes);
    if (best) {
      begin(*best, is_first ? start_seconds : middle);
      shown_seconds_ = end_seconds;
    }
  }
  if (active_ && !active_->is_held) tell(middle, changes);
  return changes;
}

std::vector<ActionChange> ActionFilter::advance(double now_seconds) {
  std::vector<ActionChange> changes;
  if (active_ && active_->is_held && now_seconds - shown_seconds_ >= options_.hold_seconds)
    end(faded_seconds_, changes);
  return changes;
}

std::vector<ActionChange> ActionFilter::finish(double now_seconds) {
  std::vector<ActionChange> changes;
  if (active_) end(active_->is_held ? faded_seconds_ : now_seconds, changes);
  smoothing_.reset();
  return changes;
}

}  // namespace gerund::serve
