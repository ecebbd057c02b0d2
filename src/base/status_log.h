// base/status_log.h - status.json: JSON lines by which other programs follow a verb, in the reference toolkit's form.
#pragma once

#include <cstdint>
#include <exception>
#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace gerund::base {

/// Seconds since 1970 (UTC), the clock of what a run writes down.
using Now = std::function<double()>;
double system_now();

enum class Status { started, running, success, failure };

/// How far a training run is.
struct EpochProgress {
  int64_t epoch = 0;         ///< Under way or just done, from 0.
  int64_t max_epoch = 0;     ///< Epochs of the run.
  int64_t step = 0;          ///< Steps done, of the whole run.
  int64_t max_step = 0;      ///< Steps of the run.
  double epoch_seconds = 0;  ///< Of one epoch, validation and saving included.
  double step_seconds = 0;
  double eta_seconds = 0;  ///< To the end of the run.
};

struct StatusLine {
  Status status = Status::running;
  std::string message;
  std::vector<std::pair<std::string, double>> kpi;  ///< Names and figures, in this order; empty: none.
  std::optional<EpochProgress> progress;
};

/// Appends to <folder>/status.json, each line by one write, so that a reader never sees half of one and a resumed run
/// goes on below. Keys: date "M/D/YYYY", time "H:M:S" (local, without leading zeros), status, verbosity, message, kpi,
/// and of EpochProgress epoch, max_epoch, step, max_step, time_per_epoch, time_per_step, eta (as Python prints a
/// timedelta).
///
/// Threads: none.
class StatusLog {
 public:
  /// `folder` nullopt: nothing is written.
  explicit StatusLog(std::optional<std::filesystem::path> folder, Now now = system_now)
      : folder_(std::move(folder)), was_there_(folder_ && std::filesystem::exists(*folder_)), now_(std::move(now)) {}

  /// Makes the folder where it is missing. Throws UserError where the line cannot be written.
  void write(const StatusLine& line);

  /// Runs `work`, a verb such as "Train", and writes how it ended: "Train finished successfully.", or what was thrown,
  /// which goes on to the caller. The end of a work that never wrote a line is told only where the folder existed
  /// before: a mistake on the command line makes no folders.
  template <typename Work>
  auto watch(std::string_view verb, Work work) {
    try {
      if constexpr (std::is_void_v<decltype(work())>) {
        work();
        succeed(verb);
      } else {
        auto result = work();
        succeed(verb);
        return result;
      }
    } catch (const std::exception& error) {
      fail(verb, error);
      throw;
    }
  }

 private:
  void end(const StatusLine& line);
  void succeed(std::string_view verb);
  void fail(std::string_view verb, const std::exception& error) noexcept;

  std::optional<std::filesystem::path> folder_;
  bool was_there_;  // When the log began: one that came later is another's.
  Now now_;
  bool has_begun_ = false;
};

/// The message of a failure, in the reference toolkit's words: "Configuration error: ..." for a spec key, "File system
/// error: ..." for a file, "Parameter validation error: ..." for anything else the user can mend, "Train was
/// interrupted. ...", and "Internal error: ...".
std::string failure_message(std::string_view verb, const std::exception& error);

/// Python's str(datetime.timedelta(seconds=...)): "0:00:20.674736", "1 day, 2:03:04". seconds >= 0.
std::string timedelta_text(double seconds);

}  // namespace gerund::base
