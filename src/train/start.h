// train/start.h - the network, the options and the batches that a run starts with.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "data/loader.h"
#include "nets/libtorch.h"
#include "nets/network.h"
#include "spec/experiment.h"
#include "train/setup.h"
#include "train/step.h"

namespace gerund::train {

/// train.seed, or a new one each time where that is below 0.
uint64_t choose_seed(int64_t seed);

/// The network on its device, with fresh weights that follow from train.seed.
std::shared_ptr<nets::Network> make_seeded_network(const spec::Experiment& experiment, const Setup& setup,
                                                   torch::Device device);

/// Throws UserError where a file of weights to start from does not exist, naming the key.
void check_starts(const spec::ModelSpec& model);

/// Takes the weights of model.joint_pretrained_model_path, rgb_pretrained_model_path and of_pretrained_model_path, in
/// this order, and says what became of them. Throws UserError where a file does not fit.
void start_from_others(const spec::Experiment& experiment, const Setup& setup, nets::Network& network);

StepOptions step_options(const spec::Experiment& experiment, const Setup& setup);

/// Of the spec alone: epoch, seed, shard and cache are the run's.
data::LoaderOptions loader_options(const spec::Experiment& experiment, bool strict);

/// "a, b and 3 more".
std::string list_names(const std::vector<std::string>& names);

}  // namespace gerund::train
