// train/validation.h - how well a network in training does on the validation clips, the work shared among peers.
#pragma once

#include <memory>
#include <vector>

#include "base/progress.h"
#include "nets/network.h"
#include "score/evaluate.h"
#include "train/peers.h"
#include "train/setup.h"

namespace gerund::train {

/// The evaluation of setup.val_items, the same in all peers; each runs every peers.size()-th clip. Samples come by
/// process, each in the order of the items. Throws as score::evaluate does; Interrupted in all peers where one was
/// interrupted.
score::Evaluation validate(const std::shared_ptr<nets::Network>& network, const Setup& setup,
                           const score::ClassifyOptions& options, Peers& peers, base::Progress& progress);

}  // namespace gerund::train
