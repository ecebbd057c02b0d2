// nets/lower_families.h - the graphs of the networks, one function per family; what lower() chooses from.
#pragma once

#include <string>

#include "nets/architecture.h"
#include "nets/graph_builder.h"

namespace gerund::nets {

/// What a resnet does with time.
enum class Time {
  stacked,   ///< 2D: no axis of its own.
  centered,  ///< Padded on both sides.
  causal,    ///< Padded with zeros before the beginning only: Note [Causal time] in nets/resnet.cc.
  step,      ///< Not padded: what came before is carried from run to run.
};

/// Each appends a network of one input to the graph, from `input` to the logits [N, num_classes], and returns their
/// name: `output`, or one after the last layer where that is empty. The layers are those of NAME.cc.
std::string lower_resnet(GraphBuilder& builder, const Architecture& branch, const Feature& input, Time time,
                         const std::string& output);
std::string lower_i3d(GraphBuilder& builder, const Architecture& branch, const Feature& input,
                      const std::string& output);
std::string lower_video_resnet(GraphBuilder& builder, const Architecture& branch, const Feature& input,
                               const std::string& output);
std::string lower_x3d(GraphBuilder& builder, const Architecture& branch, const Feature& input,
                      const std::string& output);

}  // namespace gerund::nets
