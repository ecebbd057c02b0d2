// synth/figure.h - the shapes of a clothed person.
#pragma once

#include <vector>

#include "synth/body.h"
#include "synth/renderer.h"

namespace gerund::synth {

/// Appends trunk, head, limbs, hands and feet.
void add_figure(std::vector<Shape>& shapes, const Body& body, const Clothes& clothes, const Skeleton& joints);

}  // namespace gerund::synth
