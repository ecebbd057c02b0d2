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

/// Both in milliseconds.
struct Clock {
  std::function<double()> now;     ///< Since some moment.
  std::function<double()> waited;  ///< As base::waited_for_processors.
};
Clock real_clock();

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
  /// Reads `file`, JSON {machine: {question: answer}}, an answer being the name of an algorithm or, where it was
  /// measured on a busy machine, {"algorithm": name, "disturbed": how often}. One that is missing or damaged counts as
  /// empty; nullopt: nothing is kept.
  explicit ConvChoices(std::optional<std::filesystem::path> file, Clock clock = real_clock());

  /// Those of this process: convolutions.json in base::cache_folder().
  static ConvChoices& of_user();

  /// The fastest of the candidates (at least one), all of `site.shape`, with what it takes to bring its input and its
  /// output into their layouts; of those within a twentieth of it the one with the smallest weights. One that saves 12
  /// MiB may be slower by 15 % for each time that the other's weights are larger than its own, by half at most.
  /// Measures where the answer is not known yet, or for sure; a candidate of narrow numbers whose sums are wrong then
  /// is none (infer/onednn/conv_check.h).
  const PlannedConv& fastest(const std::vector<PlannedConv>& candidates, const ConvSite& site, int num_threads);

  /// Adds what was measured since to the file. Of two processes that save at the same moment one may lose its answers;
  /// where the file cannot be written, each process measures anew.
  void save();

 private:
  struct Answer {
    ConvAlgorithm algorithm;
    int disturbed = 0;     // How often it was measured, if the machine was busy each time; else 0.
    bool is_open = false;  // To be measured again.
  };
  using Answers = std::map<std::string, Answer>;

  static Answers answers_of(const std::optional<std::filesystem::path>& file);

  const std::optional<std::filesystem::path> file_;
  const Clock clock_;
  std::mutex mutex_;  // Held while measuring, so that measurements do not disturb each other.
  Answers answers_;   // Guarded by mutex_.
  Answers unsaved_;   // Guarded by mutex_.
};

}  // namespace gerund::infer
