#include "train/gradient_sums.h"

#include "base/error.h"

namespace gerund::train {
namespace {

/// Large enough that a bucket's way through all peers counts little, small enough that the first is soon full.
constexpr int64_t kBucketBytes = 8 << 20;

}  // namespace

GradientSums::GradientSums(std::vector<torch::Tensor> parameters, Peers& peers)
    : parameters_(std::move(parameters)), peers_(peers), is_taken_(parameters_.size(), false) {
  if (peers.size() == 1) return;
  for (size_t i = 0; i < parameters_.size(); ++i) {
    if (parameters_[i].requires_grad())
      hooks_.emplace_back(i, parameters_[i].register_hook([this, i](const torch::Tensor& gradient) {
        if (is_open_ && gradient.defined()) take(i);
      }));
  }
}

GradientSums::~GradientSums() {
  for (const auto& [i, hook] : hooks_) parameters_[i].remove_hook(hook);
}

void GradientSums::begin() {
  if (is_open_) throw base::InternalError("a second backward pass was begun before the gradients of the first arrived");
  is_open_ = true;
}

// Runs before the gradient of parameter `i` is put in its place: those before it are there.
void GradientSums::take(size_t i) {
  int64_t num_bytes = 0;
  for (const size_t one : bucket_) num_bytes += static_cast<int64_t>(parameters_[one].nbytes());
  if (num_bytes >= kBucketBytes) send();
  bucket_.push_back(i);
  is_taken_[i] = true;
}

void GradientSums::send() {
  std::vector<torch::Tensor> gradients;
  for (const size_t i : bucket_) gradients.push_back(parameters_[i].grad());
  bucket_.clear();
  arrivals_.push_back(peers_.begin_sum(std::move(gradients)));
}

void GradientSums::finish() {
  is_open_ = false;
  if (peers_.size() == 1) return;
  for (size_t i = 0; i < parameters_.size(); ++i)
    if (parameters_[i].grad().defined() && !is_taken_[i]) take(i);
  if (!bucket_.empty()) send();
  for (const auto& arrive : arrivals_) arrive();
  arrivals_.clear();
  is_taken_.assign(parameters_.size(), false);
}

}  // namespace gerund::train
