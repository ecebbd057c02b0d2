#include "train/step.h"

#include <ATen/autocast_mode.h>
#include <torch/version.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>

#include "base/error.h"
#include "nets/blocked.h"
#include "nets/dropout.h"
#include "nets/weights.h"
#include "train/history.h"
#include "train/parameter_names.h"

namespace gerund::train {
namespace {

/// Computes in bfloat16 where that is asked for, while this lives.
class Autocast {
 public:
  Autocast(bool is_on, torch::Device device) : is_on_(is_on), is_cuda_(device.is_cuda()) { set(true); }
  ~Autocast() {
    set(false);
    if (is_on_) at::autocast::clear_cache();
  }
  Autocast(const Autocast&) = delete;
  Autocast& operator=(const Autocast&) = delete;

 private:
  void set(bool value) const {
    if (!is_on_) return;
#if TORCH_VERSION_MAJOR > 2 || (TORCH_VERSION_MAJOR == 2 && TORCH_VERSION_MINOR >= 4)
    const auto type = is_cuda_ ? at::kCUDA : at::kCPU;
    at::autocast::set_autocast_dtype(type, at::kBFloat16);
    at::autocast::set_autocast_enabled(type, value);
#else
    if (is_cuda_) {
      at::autocast::set_autocast_gpu_dtype(at::kBFloat16);
      at::autocast::set_enabled(value);
    } else {
      at::autocast::set_autocast_cpu_dtype(at::kBFloat16);
      at::autocast::set_cpu_enabled(value);
    }
#endif
  }

  bool is_on_;
  bool is_cuda_;
};

torch::Device device_of(const nets::Network& network) {
  return network.parameters().front().device();
}

std::vector<torch::Tensor> views_of(std::span<const tensor::Tensor> inputs, torch::Device device) {
  std::vector<torch::Tensor> views;
  for (const tensor::Tensor& input : inputs) views.push_back(nets::view_as_torch(input).to(device));
  return views;
}

std::vector<torch::Tensor> clips_at(const std::vector<torch::Tensor>& inputs, const torch::Tensor& rows,
                                    int64_t history) {
  std::vector<torch::Tensor> clips;
  clips.reserve(inputs.size());
  for (const torch::Tensor& input : inputs)
    clips.push_back(history > 0 ? with_others_before(input, rows, history) : input.index_select(0, rows));
  return clips;
}

const nets::Network& freeze(const nets::Network& network, const std::vector<std::string>& beginnings) {
  check_beginnings("train.freeze", beginnings, network);
  for (const auto& item : network.named_parameters()) {
    torch::Tensor parameter = item.value();
    if (longest_beginning(beginnings, item.key()) != nullptr) parameter.set_requires_grad(false);
  }
  const std::vector<torch::Tensor> parameters = network.parameters();
  if (std::ranges::none_of(parameters, [](const torch::Tensor& one) { return one.requires_grad(); }))
    throw base::UserError("train.freeze: holds every weight of the network; leave some out, such as those of its head");
  return network;
}

}  // namespace

TrainingStep::TrainingStep(std::shared_ptr<nets::Network> network, const spec::OptimSpec& optim,
                           const StepOptions& options, Peers& peers)
    : network_(std::move(network)),
      options_(options),
      peers_(peers),
      optimizer_(freeze(*network_, options.freeze), optim),
      gradient_sums_(network_->parameters(), peers) {
  statistics_.sum = [this](const torch::Tensor& tensor) { peers_.sum(std::vector<torch::Tensor>{tensor}); };
  if (peers.size() > 1) nets::share_statistics(*network_, &statistics_);
  if (options_.class_weights.empty()) return;
  class_weights_ = torch::tensor(c10::ArrayRef<double>(options_.class_weights), torch::kFloat32);
  class_weights_ = class_weights_.to(device_of(*network_));
}

void TrainingStep::enter_training() const {
  network_->train();
  for (const auto& module : network_->named_modules()) {
    if (longest_beginning(options_.freeze, module.key()) != nullptr) module.value()->eval();
  }
}

// `num_clips`: those of `inputs` that count; 0 where only peers have clips.
TrainingStep::WholeBatch TrainingStep::gather(const std::vector<torch::Tensor>& inputs, const torch::Tensor& classes,
                                              int64_t num_clips) {
  if (peers_.size() == 1) return {inputs, classes, 0};
  const auto rank = static_cast<std::ptrdiff_t>(peers_.rank());
  std::vector<double> counts(static_cast<size_t>(peers_.size()), 0);
  counts[static_cast<size_t>(rank)] = static_cast<double>(num_clips);
  counts = peers_.sum(counts);
  const auto first = std::llround(std::accumulate(counts.begin(), counts.begin() + rank, 0.0));
  const auto total = std::llround(std::accumulate(counts.begin(), counts.end(), 0.0));
  // Sums with zeros: what a peer does not have, it adds nothing to.
  const auto spread = [&](const torch::Tensor& own) {
    std::vector<int64_t> shape = own.sizes().vec();
    shape.front() = total;
    torch::Tensor whole = torch::zeros(shape, own.options());
    whole.narrow(0, first, num_clips).copy_(own.narrow(0, 0, num_clips));
    return whole;
  };
  WholeBatch batch{{}, spread(classes), first};
  for (const torch::Tensor& input : inputs) batch.inputs.push_back(spread(input));
  peers_.sum(batch.inputs);
  peers_.sum(std::vector<torch::Tensor>{batch.classes});
  return batch;
}

// Puts what is asked for before each clip, and lets each be a mixture of two, the second being that of a shuffled
// batch.
std::vector<TrainingStep::Target> TrainingStep::prepare(std::vector<torch::Tensor>& inputs,
                                                        const torch::Tensor& classes, int64_t history) {
  if (!needs_peers_clips(history)) return {{classes, 1}};
  const int64_t num_clips = classes.size(0);
  const WholeBatch batch = gather(inputs, classes, num_clips);
  inputs = clips_at(batch.inputs, torch::arange(batch.first, batch.first + num_clips).to(classes.device()), history);
  if (options_.mixup_alpha == 0) return {{classes, 1}};
  // x / (x + y) of two gamma variates is a beta variate.
  const torch::Tensor gammas = torch::_standard_gamma(torch::full({2}, options_.mixup_alpha, torch::kFloat64));
  const auto first = gammas[0].item<double>();
  const auto second = gammas[1].item<double>();
  const double drawn = first + second > 0 ? first / (first + second) : 1;
  const double share = std::max(drawn, 1 - drawn);
  const torch::Tensor order = torch::randperm(batch.classes.size(0)).to(classes.device());
  const torch::Tensor others = order.narrow(0, batch.first, num_clips);
  const std::vector<torch::Tensor> seconds = clips_at(batch.inputs, others, history);
  for (size_t i = 0; i < inputs.size(); ++i) inputs[i] = inputs[i] * share + seconds[i] * (1 - share);
  return {{classes, share}, {batch.classes.index_select(0, others), 1 - share}};
}

torch::Tensor TrainingStep::loss_sum(const torch::Tensor& logits, const Target& target) const {
  auto loss = torch::nn::functional::CrossEntropyFuncOptions().reduction(torch::kSum);
  loss.label_smoothing(options_.label_smoothing);
  if (class_weights_.defined()) loss.weight(class_weights_);
  return torch::nn::functional::cross_entropy(logits, target.classes, loss) * target.share;
}

double TrainingStep::weight_of(const Target& target) const {
  const double weight = class_weights_.defined() ? class_weights_.index_select(0, target.classes).sum().item<double>()
                                                 : static_cast<double>(target.classes.size(0));
  return weight * target.share;
}

TrainingStep::Result TrainingStep::add(std::span<const tensor::Tensor> inputs, std::span<const int64_t> class_indices,
                                       int64_t history) {
  enter_training();
  // The first thing drawn, while the random states of all processes are the same.
  const auto seed = torch::randint(std::numeric_limits<int64_t>::max(), {1}, torch::kInt64).item<int64_t>();
  const nets::DropoutRows rows(static_cast<uint64_t>(seed), peers_.rank() * options_.batch_size);
  const torch::Device device = device_of(*network_);
  const torch::Tensor classes =
      torch::tensor(c10::ArrayRef<int64_t>(class_indices.data(), class_indices.size())).to(device);
  std::vector<torch::Tensor> clips = views_of(inputs, device);
  const std::vector<Target> targets = prepare(clips, classes, history);
  torch::Tensor logits;
  {
    const Autocast autocast(options_.bf16, device);
    const nets::BlockedLayers blocked(!options_.bf16);
    logits = network_->forward(clips);
  }
  logits = logits.to(torch::kFloat32);
  torch::Tensor loss;
  double weight = 0;
  for (const Target& target : targets) {
    const torch::Tensor part = loss_sum(logits, target);
    loss = loss.defined() ? loss + part : part;
    weight += weight_of(target);
  }
  if (options_.accumulate_batches == 1) gradient_sums_.begin();
  loss.backward();
  weight_sum_ += weight;
  return {loss.item<double>() / weight, logits.argmax(1).eq(classes).sum().item<int64_t>()};
}

void TrainingStep::add_nothing(std::span<const tensor::Tensor> inputs, int64_t history) {
  enter_training();
  statistics_.has_clips = false;
  const torch::Device device = device_of(*network_);
  std::vector<torch::Tensor> clips = views_of(inputs, device);
  if (needs_peers_clips(history)) {
    const torch::Tensor none = torch::zeros({1}, torch::kInt64).to(device);
    clips = clips_at(gather(clips, none, 0).inputs, none, history);
  }
  torch::Tensor nothing;
  {
    // As the peers: sums must come in the same order.
    const Autocast autocast(options_.bf16, device);
    const nets::BlockedLayers blocked(!options_.bf16);
    nothing = (network_->forward(clips) * 0).sum();
  }
  if (options_.accumulate_batches == 1) gradient_sums_.begin();
  nothing.backward();
  statistics_.has_clips = true;
}

// The factor that, after `scale`, brings the gradient to the norm that is allowed. Source: PyTorch's clip_grad_norm_.
double TrainingStep::clipping(double scale) const {
  if (options_.clip_grad_norm <= 0) return 1;
  double squares = 0;
  for (const torch::Tensor& parameter : network_->parameters()) {
    if (parameter.grad().defined()) squares += std::pow(parameter.grad().norm().item<double>(), 2);
  }
  return std::min(1.0, options_.clip_grad_norm / (std::sqrt(squares) * scale + 1e-6));
}

void TrainingStep::update(double lr, int64_t num_updates) {
  gradient_sums_.finish();
  const double scale = 1 / peers_.sum(std::vector<double>{weight_sum_}).front();
  optimizer_.update(lr, scale * clipping(scale), num_updates);
  for (torch::Tensor& parameter : network_->parameters()) parameter.mutable_grad().reset();
  weight_sum_ = 0;
}

}  // namespace gerund::train
