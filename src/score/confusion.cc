#include "score/confusion.h"

#include <numeric>

#include "base/error.h"

namespace gerund::score {
namespace {

double ratio(double part, double whole) {
  return whole > 0 ? part / whole : 0;
}

}  // namespace

Confusion::Confusion(int64_t num_classes) : num_classes_(num_classes) {
  if (num_classes < 1) throw base::InternalError("Confusion: no classes");
  counts_.resize(static_cast<size_t>(num_classes * num_classes));
}

size_t Confusion::at(int64_t true_class, int64_t predicted_class) const {
  if (true_class < 0 || true_class >= num_classes_ || predicted_class < 0 || predicted_class >= num_classes_)
    throw base::InternalError("Confusion: class index out of range");
  return static_cast<size_t>(true_class * num_classes_ + predicted_class);
}

void Confusion::add(int64_t true_class, int64_t predicted_class) {
  ++counts_[at(true_class, predicted_class)];
}

int64_t Confusion::count(int64_t true_class, int64_t predicted_class) const {
  return counts_[at(true_class, predicted_class)];
}

int64_t Confusion::num_samples() const {
  return std::accumulate(counts_.begin(), counts_.end(), int64_t{0});
}

double Confusion::accuracy() const {
  int64_t correct = 0;
  for (int64_t i = 0; i < num_classes_; ++i) correct += count(i, i);
  return ratio(static_cast<double>(correct), static_cast<double>(num_samples()));
}

ClassFigures Confusion::figures(int64_t class_index) const {
  ClassFigures figures;
  int64_t num_predicted = 0;
  for (int64_t other = 0; other < num_classes_; ++other) {
    figures.num_samples += count(class_index, other);
    num_predicted += count(other, class_index);
  }
  figures.num_correct = count(class_index, class_index);
  const auto correct = static_cast<double>(figures.num_correct);
  figures.recall = ratio(correct, static_cast<double>(figures.num_samples));
  figures.precision = ratio(correct, static_cast<double>(num_predicted));
  figures.f1 = ratio(2 * correct, static_cast<double>(figures.num_samples + num_predicted));
  return figures;
}

double Confusion::class_average_accuracy() const {
  double sum = 0;
  for (int64_t i = 0; i < num_classes_; ++i) sum += figures(i).recall;
  return sum / static_cast<double>(num_classes_);
}

bool in_top_k(std::span<const double> probabilities, int64_t class_index, int64_t k) {
  const double own = probabilities[static_cast<size_t>(class_index)];
  int64_t before = 0;
  for (int64_t i = 0; i < static_cast<int64_t>(probabilities.size()); ++i) {
    const double other = probabilities[static_cast<size_t>(i)];
    before += other > own || (other == own && i < class_index) ? 1 : 0;
  }
  return before < k;
}

}  // namespace gerund::score
