#include "train/run_log.h"

#include <array>
#include <utility>
#include <vector>

#include "base/clock_time.h"
#include "base/files.h"
#include "train/metrics_csv.h"
#include "train/watch.h"

namespace gerund::train {
namespace {

constexpr double kSecondsBetweenLines = 60;  // Of status.json within an epoch.

}  // namespace

RunLog::RunLog(const spec::Experiment& experiment, std::filesystem::path folder, base::Now now)
    : experiment_(experiment),
      folder_(std::move(folder)),
      now_(now),
      status_(folder_, now),
      clock_(experiment.train.num_epochs, std::move(now)) {}

bool RunLog::tells_the_end(const nets::TrainingState& state) const {
  const std::filesystem::path figures = folder_ / "metrics.csv", status = folder_ / "status.json";
  if (!std::filesystem::exists(figures) || !std::filesystem::exists(status)) return false;
  const std::string lines = base::read_file(status);
  const size_t begun = lines.rfind("Starting Training Loop."), ended = lines.rfind("\"SUCCESS\"");
  return ended != std::string::npos && (begun == std::string::npos || ended > begun) &&
         base::read_file(figures) == metrics_csv(state.history);
}

void RunLog::start(const Setup& setup, const nets::TrainingState& state) {
  setup_ = setup;
  history_ = state.history;
  status_.write({base::Status::started, "Starting Action Recognition train.", {}, {}});
  status_.write({base::Status::running, "Starting Training Loop.", {}, {}});
  last_line_ = now_();
  if (!history_.empty()) base::write_file(folder_ / "metrics.csv", metrics_csv(history_));
  write_page(Outcome::running, "");
}

void RunLog::begin_epoch(const nets::TrainingState& state, int64_t num_batches) {
  num_batches_ = num_batches;
  clock_.begin_epoch(state.epoch, state.batch, num_batches);
  const int64_t done = state.epoch * num_batches + state.batch;
  if (!events_) events_ = std::make_unique<EventFile>(folder_ / "tensorboard", done == 0 ? 0 : done + 1, now_);
}

void RunLog::step(const nets::TrainingState& state, const StepFigures& figures) {
  clock_.step(state.batch);
  events_->add(state.epoch * num_batches_ + state.batch,
               std::array{Scalar{"train_loss_step", figures.loss}, Scalar{"train_acc_1_step", figures.accuracy},
                          Scalar{"lr", figures.lr}});
  if (now_() - last_line_ < kSecondsBetweenLines) return;
  last_line_ = now_();
  status_.write({base::Status::running, "Training loop in progress", {}, progress(state.epoch, state.batch)});
}

void RunLog::validated(const score::Evaluation& validation) {
  fresh_ = validation;
}

void RunLog::end_epoch(const nets::TrainingState& state) {
  clock_.end_epoch();
  history_ = state.history;
  const nets::EpochMetrics& metrics = history_.back();
  if (fresh_ &&
      (!shown_ || best_epoch(history_, watched_metric(history_, experiment_.train.best_metric)) == metrics.epoch)) {
    shown_ = std::move(fresh_);
    shown_epoch_ = metrics.epoch;
  }
  fresh_.reset();
  write_scalars(metrics);
  base::write_file(folder_ / "metrics.csv", metrics_csv(history_));
  say_epoch(metrics);
  write_page(Outcome::running, "");
}

std::string RunLog::time_left() const {
  const double seconds = clock_.seconds_after_epoch();
  return seconds > 0 ? "  " + base::clock_time(seconds) + " left" : "";
}

base::EpochProgress RunLog::progress(int64_t epoch, int64_t batch) const {
  return {epoch,
          experiment_.train.num_epochs,
          epoch * num_batches_ + batch,
          experiment_.train.num_epochs * num_batches_,
          clock_.epoch_seconds(),
          clock_.step_seconds(),
          clock_.seconds_left()};
}

void RunLog::write_scalars(const nets::EpochMetrics& metrics) {
  std::vector<Scalar> scalars{{"train_loss", metrics.train_loss}, {"train_acc_1", metrics.train_accuracy}};
  if (metrics.val_loss) scalars.push_back({"val_loss", *metrics.val_loss});
  if (metrics.val_accuracy) scalars.push_back({"val_acc_1", *metrics.val_accuracy});
  if (metrics.val_class_accuracy) scalars.push_back({"val_class_acc", *metrics.val_class_accuracy});
  events_->add((metrics.epoch + 1) * num_batches_, scalars);
}

void RunLog::say_epoch(const nets::EpochMetrics& metrics) {
  status_.write({base::Status::running,
                 "Train metrics generated.",
                 {{"train_loss", metrics.train_loss}, {"train_acc", metrics.train_accuracy}},
                 {}});
  if (metrics.val_loss && metrics.val_accuracy)
    status_.write({base::Status::running,
                   "Eval metrics generated.",
                   {{"val_loss", *metrics.val_loss}, {"val_acc", *metrics.val_accuracy}},
                   {}});
  status_.write({base::Status::running, "Training loop in progress", {}, progress(metrics.epoch, num_batches_)});
  last_line_ = now_();
}

void RunLog::write_page(Outcome outcome, const std::string& trouble) {
  const RunPage page{
      experiment_, *setup_, folder_, history_, outcome, trouble, clock_.seconds_left(), shown_ ? &*shown_ : nullptr,
      shown_epoch_};
  base::write_file(folder_ / "report.html", run_page(page, pictures_));
}

void RunLog::conclude(Outcome outcome, const std::string& trouble) {
  if (!setup_) return;  // Nothing was begun.
  write_page(outcome, trouble);
  if (outcome == Outcome::finished) status_.write({base::Status::running, "Training loop complete.", {}, {}});
}

void RunLog::conclude_quietly(Outcome outcome, const std::string& trouble) noexcept {
  try {
    conclude(outcome, trouble);
  } catch (...) {  // What went wrong first is what the user must hear of.
  }
}

}  // namespace gerund::train
