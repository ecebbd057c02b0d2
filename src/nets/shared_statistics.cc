#include "nets/shared_statistics.h"

namespace gerund::nets {

BatchStatistics combine(const BatchStatistics& own, const SharedStatistics& shared) {
  const double count = shared.has_clips ? own.count : 0;
  const torch::Tensor mean = own.mean.to(torch::kFloat64);
  const torch::Tensor squares = own.variance.to(torch::kFloat64) + mean * mean;
  const torch::Tensor sums = torch::cat({mean * count, squares * count, torch::full({1}, count, mean.options())});
  shared.sum(sums);
  BatchStatistics all;
  all.count = sums[-1].item<double>();
  all.mean = sums.narrow(0, 0, mean.size(0)) / all.count;
  all.variance = (sums.narrow(0, mean.size(0), mean.size(0)) / all.count - all.mean * all.mean).clamp_min(0);
  return all;
}

}  // namespace gerund::nets
