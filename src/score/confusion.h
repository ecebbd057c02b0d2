// score/confusion.h - how often each class was taken for which, and the figures that follow from it.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

namespace gerund::score {

/// Figures of one class, all 0..1, and 0 where they would be 0 / 0.
struct ClassFigures {
  int64_t num_samples = 0;  ///< Samples whose true class it is.
  int64_t num_correct = 0;  ///< Those of them that were recognised.
  double recall = 0;        ///< num_correct / num_samples: the accuracy of the class.
  double precision = 0;     ///< num_correct / samples taken for the class.
  double f1 = 0;            ///< Harmonic mean of recall and precision.
};

/// Counts by true class and predicted class.
class Confusion {
 public:
  /// Zeros, num_classes >= 1.
  explicit Confusion(int64_t num_classes);

  /// Counts one sample; both in [0, num_classes).
  void add(int64_t true_class, int64_t predicted_class);

  int64_t num_classes() const { return num_classes_; }
  int64_t count(int64_t true_class, int64_t predicted_class) const;
  /// All counts, int64 [num_classes, num_classes], row: true class.
  std::span<const int64_t> counts() const { return counts_; }
  int64_t num_samples() const;
  /// Correct / all, 0..1; 0 without samples.
  double accuracy() const;
  ClassFigures figures(int64_t class_index) const;
  /// Mean recall of all classes; a class without samples counts as 0, as in the reference toolkit.
  double class_average_accuracy() const;

 private:
  size_t at(int64_t true_class, int64_t predicted_class) const;

  int64_t num_classes_;
  std::vector<int64_t> counts_;  // [true class, predicted class]
};

/// True where fewer than `k` classes come before `class_index`, by probability, then by index. k >= 1.
bool in_top_k(std::span<const double> probabilities, int64_t class_index, int64_t k);

}  // namespace gerund::score
