// train/run_log.h - what a run leaves for people and tools: status.json, metrics.csv, TensorBoard events, report.html.
#pragma once

#include <cstdint>
#include <exception>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>

#include "base/error.h"
#include "base/status_log.h"
#include "nets/checkpoint.h"
#include "score/evaluate.h"
#include "spec/experiment.h"
#include "train/event_file.h"
#include "train/run_clock.h"
#include "train/run_page.h"
#include "train/setup.h"

namespace gerund::train {

/// One step of training.
struct StepFigures {
  double loss = 0;
  double accuracy = 0;  ///< Of its clips, 0..1.
  double lr = 0;
};

/// The files of a run in its folder (docs/formats.md). All but status.json and the events follow from the state, so
/// that a resumed run writes them as one that never stopped.
///
/// Threads: none.
class RunLog {
 public:
  /// `experiment` must outlive it.
  RunLog(const spec::Experiment& experiment, std::filesystem::path folder, base::Now now = base::system_now);

  /// Runs `work`, the whole run, and writes how it ended.
  template <typename Work>
  auto watch(Work work) {
    try {
      return status_.watch("Train", [&] {
        auto result = work();
        conclude(Outcome::finished, "");
        return result;
      });
    } catch (const base::Interrupted& error) {
      conclude_quietly(Outcome::interrupted, error.what());
      throw;
    } catch (const std::exception& error) {
      conclude_quietly(Outcome::failed, error.what());
      throw;
    }
  }

  /// Whether the folder tells of a run's end, which a kill between its last checkpoint and its logs prevents.
  bool tells_the_end(const nets::TrainingState& state) const;
  /// Everything is checked; training begins, or goes on from `state`, whose figures are written again.
  void start(const Setup& setup, const nets::TrainingState& state);
  void begin_epoch(const nets::TrainingState& state, int64_t num_batches);
  /// A step was done; state.batch counts it.
  void step(const nets::TrainingState& state, const StepFigures& figures);
  /// The validation of the epoch under way.
  void validated(const score::Evaluation& validation);
  /// The epoch is in state.history, and saved.
  void end_epoch(const nets::TrainingState& state);

  /// "  2:31 left", from the end of the epoch under way to that of the run; "" for the last epoch.
  std::string time_left() const;

 private:
  base::EpochProgress progress(int64_t epoch, int64_t batch) const;
  void write_scalars(const nets::EpochMetrics& metrics);
  void say_epoch(const nets::EpochMetrics& metrics);
  void write_page(Outcome outcome, const std::string& trouble);
  void conclude(Outcome outcome, const std::string& trouble);
  void conclude_quietly(Outcome outcome, const std::string& trouble) noexcept;

  const spec::Experiment& experiment_;
  std::filesystem::path folder_;
  base::Now now_;
  base::StatusLog status_;
  RunClock clock_;
  std::optional<Setup> setup_;  // Set by start().
  std::vector<nets::EpochMetrics> history_;
  int64_t num_batches_ = 0;
  double last_line_ = 0;                    // When status.json got its last line.
  std::unique_ptr<EventFile> events_;       // Made with the first epoch, when the number of steps is known.
  std::optional<score::Evaluation> fresh_;  // Of the epoch under way.
  std::optional<score::Evaluation> shown_;  // Of the best epoch that this process has seen.
  int64_t shown_epoch_ = 0;
  score::ClipPictures pictures_;
};

}  // namespace gerund::train
