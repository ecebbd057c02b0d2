#include "infer/winograd/matrices.h"

#include <array>
#include <numeric>
#include <span>

namespace gerund::infer {
namespace {

/// Appends the rows of the points and of infinity. Of each row the entries are `step` apart.
void add_toom_cook(std::span<const double> points, int taps, int step, WeightTransform& transform) {
  const auto add_row = [&](const auto& entry_of) {
    for (int tap = 0; tap < taps; ++tap) {
      transform.matrix.push_back(entry_of(tap));
      if (tap + 1 < taps) transform.matrix.insert(transform.matrix.end(), static_cast<size_t>(step - 1), 0.0);
    }
    ++transform.num_rows;
  };
  for (size_t i = 0; i < points.size(); ++i) {
    double differences = 1;
    for (size_t j = 0; j < points.size(); ++j) differences *= i == j ? 1 : points[i] - points[j];
    double power = 1;
    add_row([&](int tap) {
      if (tap > 0) power *= points[i];
      return power / differences;
    });
  }
  add_row([&](int tap) { return tap == taps - 1 ? 1.0 : 0.0; });
}

}  // namespace

WeightTransform weight_transform(const TileForm& form, int taps) {
  constexpr std::array kFinite{0.0, 1.0, -1.0, 2.0, -2.0, 0.5, -0.5};
  constexpr std::array kFiniteOfNine{0.25, -0.25, 0.625, -0.625, 1.25, -1.25, 2.5, -2.5};
  const auto points = static_cast<size_t>(form.points);
  WeightTransform transform;
  if (form.step == 1) {
    const std::span<const double> finite = points == 9 ? std::span<const double>(kFiniteOfNine) : kFinite;
    add_toom_cook(finite.first(points - 1), taps, 1, transform);
    transform.row_of_point.resize(points);
    std::iota(transform.row_of_point.begin(), transform.row_of_point.end(), size_t{0});
    return transform;
  }
  const size_t outputs = (points - 1) / 2;
  add_toom_cook(std::span(kFinite).first(outputs), 2, 2, transform);
  transform.matrix.insert(transform.matrix.end(), {0.0, 1.0, 0.0});
  const size_t middle = static_cast<size_t>(transform.num_rows++);
  for (size_t point = 0; point <= outputs; ++point) transform.row_of_point.push_back(point);
  transform.row_of_point.insert(transform.row_of_point.end(), outputs, middle);
  return transform;
}

}  // namespace gerund::infer
