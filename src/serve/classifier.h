// serve/classifier.h - what a model says of windows, one or several in a run.
#pragma once

#include <memory>
#include <span>
#include <string>
#include <vector>

#include "infer/step_network.h"
#include "serve/loaded_model.h"
#include "serve/window.h"

namespace gerund::serve {

/// From the numbers that a network gives to scores.
enum class Activation {
  automatic,  ///< softmax, or none where the network ends in a Softmax or Sigmoid itself.
  softmax,    ///< One action at a time: scores sum to 1.
  sigmoid,    ///< Several at once: each score by itself.
  none,       ///< The numbers themselves.
};

/// "auto", "softmax", "sigmoid", "none". Throws UserError for another name, as "engine.activation".
Activation activation_from_name(const std::string& name);

struct Scores {
  std::vector<float> logits;   ///< What the network gave, by class index.
  std::vector<double> values;  ///< After the activation; 0..1 unless it is none.
  std::string failure;         ///< Why there are none: numbers that are not finite. Else "".
};

/// A model and how its numbers are read.
///
/// Threads: const; classify() from any number of threads, for different states.
class Classifier {
 public:
  Classifier(LoadedModel model, Activation activation);

  struct Job {
    const Clip* clip = nullptr;
    /// Of the region that the clip is of; used by step networks alone, reset here where clip->is_first.
    infer::StreamState* state = nullptr;
  };
  /// Memory that a caller keeps from call to call: making megabytes of zeros anew takes as long as filling them.
  struct Scratch {
    tensor::Tensor input;
  };
  /// One answer per job, in a single run of the network where the clips are equally long. Throws UserError where the
  /// network does not give one number per label.
  std::vector<Scores> classify(std::span<const Job> jobs, Scratch& scratch) const;
  /// The same for a caller that does this once.
  std::vector<Scores> classify(std::span<const Job> jobs) const {
    Scratch scratch;
    return classify(jobs, scratch);
  }

  const LoadedModel& model() const { return model_; }
  /// True for a network that must see every window of a region, in order, one in a run.
  bool carries_state() const { return model_.step != nullptr; }

 private:
  std::vector<Scores> run_clips(std::span<const Job> jobs, Scratch& scratch) const;
  tensor::Tensor run_steps(std::span<const Job> jobs) const;
  Scores to_scores(std::span<const float> logits) const;

  LoadedModel model_;
  Activation activation_;
};

}  // namespace gerund::serve
