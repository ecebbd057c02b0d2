// infer/onednn/conv_choices.h - which algorithm was fastest for which convolution on this machine: measured once, kept
// on disk.
#pragma once

#include <filesystem>
#include <functional>
#include <map>
#include <mutex>
#include <optional>
#include <string>

#include "infer/onednn/convolution.h"

namespace gerund::infer {

/// Milliseconds since some moment.
using Clock = std::function<double()>;
double steady_milliseconds();

/// Threads: every member from any number of threads at once.
class ConvChoices {
 public:
  /// Reads `file`, JSON {machine: {question: algorithm}}. One that is missing or damaged counts as empty; nullopt:
  /// nothing is kept.
  explicit ConvChoices(std::optional<std::filesystem::path> file, Clock clock = steady_milliseconds);

  /// Those of this process: convolutions.json in base::cache_folder().
  static ConvChoices& of_user();

  /// The fastest of the candidates (at least one), all of `shape`; of those within a twentieth of it the one with the
  /// smallest weights. Measures where the answer is not known yet.
  const PlannedConv& fastest(const std::vector<PlannedConv>& candidates, const DirectConvShape& shape, int num_threads);

  /// Adds what was measured since to the file. Of two processes that save at the same moment one may lose its answers;
  /// where the file cannot be written, each process measures anew.
  void save();

 private:
  using Answers = std::map<std::string, ConvAlgorithm>;

  const std::optional<std::filesystem::path> file_;
  const Clock clock_;
  std::mutex mutex_;  // Held while measuring, so that measurements do not disturb each other.
  Answers answers_;   // Guarded by mutex_.
  Answers unsaved_;   // Guarded by mutex_.
};

}  // namespace gerund::infer
