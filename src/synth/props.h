// synth/props.h - things that stand about: mats, bars, bicycles, boxes, furniture.
#pragma once

#include <vector>

#include "synth/motion.h"
#include "synth/renderer.h"

namespace gerund::synth {

/// Where a prop stands and how it is turned about the z axis.
struct Place {
  Vec3 position;
  double yaw = 0;
};

/// A box on the floor: `size` along its own x, y and z axes in metres, its middle above the place.
void add_box(std::vector<Shape>& shapes, const Place& place, Vec3 size, Color color);
/// A thin mat, drawn flat on the floor.
void add_mat(std::vector<Shape>& shapes, const Place& place, Color color);
/// Two posts and a bar along the place's y axis.
void add_bar(std::vector<Shape>& shapes, const Place& place, double height, Color color);
/// A bicycle with its rider's place above `place`; the wheels have rolled by `metres`, the crank by `crank` cycles.
void add_bike(std::vector<Shape>& shapes, const Place& place, const BikePlaces& bike, double metres, double crank,
              Color color);
/// A table with four legs.
void add_table(std::vector<Shape>& shapes, const Place& place, Vec3 size, Color color);
/// A plant in a pot.
void add_plant(std::vector<Shape>& shapes, const Place& place, double height, Color leaves, Color pot);

}  // namespace gerund::synth
