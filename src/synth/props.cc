#include "synth/props.h"

#include <initializer_list>

namespace gerund::synth {
namespace {

Vec3 at(const Place& place, Vec3 own) {
  return place.position + turned(own, place.yaw);
}

void add_line(std::vector<Shape>& shapes, const Place& place, const std::vector<Vec3>& points, double radius,
              Color color) {
  Shape line;
  line.kind = Shape::Kind::line;
  line.color = color;
  for (const Vec3& point : points) line.balls.push_back({at(place, point), radius});
  shapes.push_back(std::move(line));
}

void add_face(std::vector<Shape>& shapes, const Place& place, Vec3 middle, const std::array<Vec3, 4>& corners,
              Color color) {
  Shape face;
  face.kind = Shape::Kind::flat;
  face.color = color;
  for (const Vec3& corner : corners) face.balls.push_back({at(place, middle + corner), 0});
  shapes.push_back(std::move(face));
}

void add_block(std::vector<Shape>& shapes, const Place& place, Vec3 middle, Vec3 half, Color color) {
  const auto [x, y, z] = half;
  for (const double s : {-1.0, 1.0}) {
    add_face(shapes, place, middle, {Vec3{s * x, -y, -z}, {s * x, y, -z}, {s * x, y, z}, {s * x, -y, z}}, color);
    add_face(shapes, place, middle, {Vec3{-x, s * y, -z}, {x, s * y, -z}, {x, s * y, z}, {-x, s * y, z}}, color);
  }
  add_face(shapes, place, middle, {Vec3{-x, -y, z}, {x, -y, z}, {x, y, z}, {-x, y, z}}, color);
}

}  // namespace

void add_box(std::vector<Shape>& shapes, const Place& place, Vec3 size, Color color) {
  add_block(shapes, place, {0, 0, size.z / 2}, size * 0.5, color);
}

void add_mat(std::vector<Shape>& shapes, const Place& place, Color color) {
  add_face(shapes, place, {0, 0, 0.01}, {Vec3{-1.0, -0.4, 0}, {1.0, -0.4, 0}, {1.0, 0.4, 0}, {-1.0, 0.4, 0}}, color);
  shapes.back().nearer = -100;  // On the floor, below all that stands there.
  shapes.back().casts_shadow = false;
}

void add_bar(std::vector<Shape>& shapes, const Place& place, double height, Color color) {
  for (const double y : {-0.85, 0.85}) {
    add_line(shapes, place, {{0, y, 0}, {0, y, height}}, 0.03, color);
    add_line(shapes, place, {{-0.4, y, 0.02}, {0.4, y, 0.02}}, 0.03, color);
  }
  add_line(shapes, place, {{0, -0.85, height}, {0, 0.85, height}}, 0.022, color);
}

void add_bike(std::vector<Shape>& shapes, const Place& place, const BikePlaces& bike, double metres, double crank,
              Color color) {
  const Color dark{0.12, 0.12, 0.12}, grey{0.55, 0.55, 0.58};
  for (const Vec3& hub : {bike.rear_wheel, bike.front_wheel}) {
    std::vector<Vec3> rim;
    for (int i = 0; i <= 20; ++i)
      rim.push_back(hub + Vec3{std::cos(2 * kPi * i / 20), 0, std::sin(2 * kPi * i / 20)} * (bike.wheel_radius - 0.02));
    add_line(shapes, place, rim, 0.018, dark);
    for (int spoke = 0; spoke < 3; ++spoke) {
      const double angle = -metres / bike.wheel_radius + kPi * spoke / 3;
      const Vec3 out = Vec3{std::cos(angle), 0, std::sin(angle)} * (bike.wheel_radius - 0.03);
      add_line(shapes, place, {hub - out, hub + out}, 0.005, grey);
    }
  }
  const Vec3 head = bike.bar - Vec3{0.05, 0, 0.12}, seat = bike.saddle - Vec3{0, 0, 0.06};
  add_line(shapes, place, {bike.rear_wheel, bike.crank, head, mix(bike.crank, seat, 0.75), bike.rear_wheel}, 0.018,
           color);
  add_line(shapes, place, {bike.crank, seat}, 0.016, color);
  add_line(shapes, place, {bike.front_wheel, head, bike.bar}, 0.016, color);
  add_line(shapes, place, {bike.bar - Vec3{0, 0.27, 0}, bike.bar + Vec3{0, 0.27, 0}}, 0.016, dark);
  shapes.push_back(capsule(at(place, seat - Vec3{0.1, 0, 0}), 0.05, at(place, seat + Vec3{0.1, 0, 0}), 0.03, dark));
  for (const double side : {1.0, -1.0}) {
    const double angle = -2 * kPi * (crank + (side > 0 ? 0.0 : 0.5));
    const Vec3 pedal = bike.crank + Vec3{std::cos(angle), 0, std::sin(angle)} * bike.crank_length;
    add_line(shapes, place, {bike.crank + Vec3{0, side * 0.05, 0}, pedal + Vec3{0, side * 0.05, 0}}, 0.012, grey);
    add_line(shapes, place, {pedal + Vec3{0, side * 0.05, 0}, pedal + Vec3{0, side * 0.15, 0}}, 0.02, dark);
  }
}

void add_table(std::vector<Shape>& shapes, const Place& place, Vec3 size, Color color) {
  add_block(shapes, place, {0, 0, size.z - 0.03}, {size.x / 2, size.y / 2, 0.03}, color);
  for (const double x : {-0.45, 0.45})
    for (const double y : {-0.45, 0.45})
      add_line(shapes, place, {{x * size.x, y * size.y, 0}, {x * size.x, y * size.y, size.z - 0.04}}, 0.025, color);
}

void add_plant(std::vector<Shape>& shapes, const Place& place, double height, Color leaves, Color pot) {
  shapes.push_back(capsule(at(place, {0, 0, 0.12}), 0.13, at(place, {0, 0, 0.3}), 0.17, pot));
  for (int leaf = 0; leaf < 9; ++leaf) {
    const double angle = 2.4 * leaf, out = 0.18 + 0.02 * leaf;
    const Vec3 tip{out * std::cos(angle), out * std::sin(angle), height * (0.5 + 0.055 * leaf)};
    shapes.push_back(capsule(at(place, {0, 0, 0.3}), 0.02, at(place, tip), 0.07, leaves));
  }
}

}  // namespace gerund::synth
