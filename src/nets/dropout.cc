#include "nets/dropout.h"

#include <ATen/CPUGeneratorImpl.h>

#include <utility>

#include "base/random.h"

namespace gerund::nets {
namespace {

thread_local DropoutRows* rows = nullptr;

}  // namespace

DropoutRows::DropoutRows(uint64_t seed, int64_t first)
    : seed_(seed), first_(first), before_(std::exchange(rows, this)) {}

DropoutRows::~DropoutRows() {
  rows = before_;
}

torch::Tensor dropout(const torch::Tensor& x, double ratio, bool is_training) {
  if (!is_training || ratio == 0) return x;
  if (rows == nullptr) return torch::dropout(x, ratio, true);
  const uint64_t call = rows->num_calls_++;
  torch::Tensor mask = torch::empty(x.sizes(), torch::kFloat32);
  for (int64_t i = 0; i < mask.size(0); ++i) {
    const auto row = static_cast<uint64_t>(rows->first_ + i);
    mask[i].bernoulli_(1 - ratio,
                       at::make_generator<at::CPUGeneratorImpl>(base::Random::keyed({rows->seed_, row, call}).next()));
  }
  if (ratio < 1) mask.div_(1 - ratio);
  return x * mask.to(x.options());
}

}  // namespace gerund::nets
