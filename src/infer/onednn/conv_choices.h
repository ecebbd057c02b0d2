// infer/onednn/conv_choices.h - which algorithm was fastest for which convolution on this machine: measured once, kept
// on disk.
#pragma once

#include <filesystem>
#include <functional>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "infer/onednn/convolution.h"

namespace gerund::infer {

/// Milliseconds since some moment.
using Clock = std::function<double()>;
double steady_milliseconds();

/// A convolution in its place in a network.
struct ConvSite {
  DirectConvShape shape;
  /// In which layouts its input lies already, the first being that from which others are made; at least one.
  std::vector<Layout> at_hand{Layout::blocked};
  Layout wanted = Layout::blocked;  ///< In which the next operator reads what comes out.
};

/// Threads: every member from any number of threads at once.
class ConvChoices {
 public:
  /// Reads `file`, JSON {machine: {question: algorithm}}. One that is missing or damaged counts as empty; nullopt:
  /// nothing is kept.
  explicit ConvChoices(std::optional<std::filesystem::path> file, Clock clock = steady_milliseconds);

  /// Those of this process: convolutions.json in base::cache_folder().
  static ConvChoices& of_user();

  /// The fastest of the candidates (at least one), all of `site.shape`, with what it takes to bring its input and its
  /// output into their layouts; of those within a twentieth of it (a quarter, where that saves 12 MiB) the one with the
  /// smallest weights. Measures where the answer is not known yet; a candidate of narrow numbers whose sums are wrong
  /// then is none (infer/onednn/conv_check.h).
  const PlannedConv& fastest(const std::vector<PlannedConv>& candidates, const ConvSite& site, int num_threads);

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
