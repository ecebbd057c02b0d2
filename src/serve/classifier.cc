#include "serve/classifier.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <utility>

#include "base/error.h"
#include "infer/softmax.h"

namespace gerund::serve {
namespace {

constexpr std::array kActivations{std::pair{"auto", Activation::automatic}, std::pair{"softmax", Activation::softmax},
                                  std::pair{"sigmoid", Activation::sigmoid}, std::pair{"none", Activation::none}};

/// Writes a clip as [3, T, H, W], which is the same memory as [3 * T, H, W].
void copy_clip(const Clip& clip, std::span<float> target) {
  const size_t num_frames = clip.frames.size();
  const size_t plane = clip.frames[0]->floats().size() / 3;
  for (size_t t = 0; t < num_frames; ++t) {
    const std::span<const float> frame = clip.frames[t]->floats();
    for (size_t c = 0; c < 3; ++c)
      std::ranges::copy(frame.subspan(c * plane, plane), target.subspan((c * num_frames + t) * plane).begin());
  }
}

tensor::Shape clip_shape(const clip::Recipe& recipe, const Clip& clip) {
  clip::Recipe sized = recipe;
  sized.num_frames = static_cast<int>(clip.frames.size());
  return clip::input_shape(sized);
}

}  // namespace

Activation activation_from_name(const std::string& name) {
  for (const auto& [known, activation] : kActivations)
    if (name == known) return activation;
  throw base::UserError(fmt::format("engine.activation: '{}'; allowed: auto, softmax, sigmoid, none", name));
}

Classifier::Classifier(LoadedModel model, Activation activation) : model_(std::move(model)), activation_(activation) {
  if (activation == Activation::automatic)
    activation_ = model_.gives_probabilities ? Activation::none : Activation::softmax;
}

Scores Classifier::to_scores(std::span<const float> logits) const {
  Scores scores;
  scores.logits.assign(logits.begin(), logits.end());
  if (!std::ranges::all_of(logits, [](float logit) { return std::isfinite(logit); })) {
    scores.failure = fmt::format("{}: gives numbers that are not finite; it cannot name actions", model_.name);
    return scores;
  }
  switch (activation_) {
    case Activation::sigmoid:
      for (float logit : logits) scores.values.push_back(1 / (1 + std::exp(-static_cast<double>(logit))));
      break;
    case Activation::none:
      scores.values.assign(logits.begin(), logits.end());
      break;
    default:
      scores.values = infer::softmax(logits);
  }
  return scores;
}

tensor::Tensor Classifier::run_steps(std::span<const Job> jobs) const {
  std::vector<infer::StreamState*> states;
  std::vector<tensor::Tensor> chunks;
  for (const Job& job : jobs) {
    if (job.state == nullptr) throw base::InternalError("a step network was asked without a state");
    if (job.clip->is_first) job.state->reset();
    states.push_back(job.state);
    chunks.emplace_back(clip_shape(model_.recipe(), *job.clip));
    copy_clip(*job.clip, chunks.back().floats());
  }
  return infer::last_answers(model_.step->push(states, chunks));
}

std::vector<Scores> Classifier::run_clips(std::span<const Job> jobs, Scratch& scratch) const {
  tensor::Tensor logits;
  if (model_.step) {
    logits = run_steps(jobs);
  } else {
    tensor::Shape shape = clip_shape(model_.recipe(), *jobs[0].clip);
    shape.insert(shape.begin(), static_cast<int64_t>(jobs.size()));
    if (scratch.input.shape() != shape) scratch.input = tensor::Tensor::unset(shape);
    tensor::Tensor& input = scratch.input;
    const size_t size = input.floats().size() / jobs.size();
    for (size_t i = 0; i < jobs.size(); ++i) copy_clip(*jobs[i].clip, input.floats().subspan(i * size, size));
    logits = model_.engine->run(input);
  }
  const auto count = static_cast<int64_t>(jobs.size());
  const auto classes = static_cast<int64_t>(model_.labels.size());
  if (logits.shape() != tensor::Shape{count, classes})
    throw base::UserError(fmt::format("{}: gives {} for {} clips; there are {} labels", model_.name,
                                      tensor::to_string(logits.shape()), count, classes));
  std::vector<Scores> scores;
  for (size_t i = 0; i < jobs.size(); ++i)
    scores.push_back(to_scores(logits.floats().subspan(i * model_.labels.size(), model_.labels.size())));
  return scores;
}

std::vector<Scores> Classifier::classify(std::span<const Job> jobs, Scratch& scratch) const {
  std::vector<Scores> scores;
  for (size_t first = 0; first < jobs.size();) {
    size_t stop = first + 1;
    while (stop < jobs.size() && jobs[stop].clip->frames.size() == jobs[first].clip->frames.size()) ++stop;
    for (Scores& answer : run_clips(jobs.subspan(first, stop - first), scratch)) scores.push_back(std::move(answer));
    first = stop;
  }
  return scores;
}

}  // namespace gerund::serve
