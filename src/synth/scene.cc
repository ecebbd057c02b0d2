#include "synth/scene.h"

#include <algorithm>

#include "synth/figure.h"

namespace gerund::synth {
namespace {

constexpr double kSpanMetres = 2.5;  // The height that is framed: a person below a pull-up bar.

/// Things are greyer than clothes, as the background is: colour draws the eye to people.
Color muted_color(base::Random& random) {
  const double grey = random.uniform(0.2, 0.75);
  const auto channel = [&] { return grey + random.uniform(-0.1, 0.1); };
  return {channel(), channel(), channel()};
}

Light random_light(base::Random& random) {
  Light light;
  const double around = random.uniform(0, 2 * kPi), high = random.uniform(0.75, 1.4);
  light.toward = {std::cos(around) * std::cos(high), std::sin(around) * std::cos(high), std::sin(high)};
  light.ambient = random.uniform(0.45, 0.75);
  light.strength = random.uniform(0.25, 0.55);
  light.shadow = random.uniform(0.15, 0.6);
  const double warm = random.uniform(-0.08, 0.08);
  light.tint = {1 + warm, 1, 1 - warm};
  return light;
}

CameraWork random_camera(int height, const Variation& variation, base::Random& random) {
  CameraWork camera;
  camera.yaw = (random.chance(0.5) ? 0.5 : 1.5) * kPi + random.uniform(-variation.yaw_radians, variation.yaw_radians);
  camera.height = random.uniform(0.8, 2.2);
  camera.distance = random.uniform(3.2, 6.0);
  camera.focal = height * random.uniform(variation.framing_min, variation.framing_max) * camera.distance / kSpanMetres;
  camera.target_height = random.uniform(1.0, 1.2);
  camera.roll = random.uniform(-variation.roll_radians, variation.roll_radians);
  camera.shake = random.uniform(0, variation.shake_radians);
  camera.follow = random.uniform(0.8, 1.0);
  camera.phase = random.uniform(0, 100);
  const double off = variation.off_center_metres;
  camera.offset = {random.uniform(-off, off), random.uniform(-off, off), 0};
  return camera;
}

/// The largest difference of a channel, 0..1.
double difference(Color a, cv::Vec3f b) {
  const double of = 1 / 255.0;
  return std::max({std::abs(a.r - b[0] * of), std::abs(a.g - b[1] * of), std::abs(a.b - b[2] * of)});
}

/// Clothes that can be told from the background; the best of a few where none is different enough.
Clothes contrasting_clothes(const Backdrop& backdrop, double contrast, base::Random& random) {
  Clothes best;
  double most = -1;
  for (int attempt = 0; attempt < 12 && most < contrast; ++attempt) {
    const Clothes clothes = random_clothes(random);
    double least = 1;
    for (const Color& color : {clothes.shirt, clothes.trousers}) {
      least = std::min(least, difference(color, backdrop.floor.mean));
      if (backdrop.indoor) least = std::min(least, difference(color, backdrop.walls[0].mean));
    }
    if (least > most) {
      most = least;
      best = clothes;
    }
  }
  return best;
}

bool uses(const Script& script, std::string_view action) {
  for (const Span& span : script.spans())
    if (span.action == action) return true;
  return false;
}

/// A place beside or behind the person as the camera sees it: what stands there hides nobody.
Place aside(const CameraWork& camera, base::Random& random) {
  const double around = camera.yaw + random.uniform(1.1, 2 * kPi - 1.1), far = random.uniform(1.5, 2.8);
  return {{far * std::cos(around), far * std::sin(around), 0}, random.uniform(0, 2 * kPi)};
}

/// Bars and mats: where they are used, and in other scenes as well.
void add_gear(Scene& scene, const Variation& variation, base::Random& random) {
  const Color mat = muted_color(random), bar = muted_color(random);
  for (const Span& span : scene.script.spans())
    if (span.action == "pullup")
      add_bar(scene.standing, {{span.origin.x, span.origin.y, 0}, 0}, span.manner.bar_height, bar);
  const Manner& manner = scene.script.spans().front().manner;
  const Vec3 here = scene.script.origin_at(0);
  const bool bar_here = random.chance(0.85), bar_there = random.chance(variation.bar_share);
  const Place far = aside(scene.camera, random);
  if (!uses(scene.script, "pullup") && bar_there)
    add_bar(scene.standing, bar_here ? Place{here, 0} : far, manner.bar_height, bar);
  if (random.chance(variation.prop_share)) add_mat(scene.standing, {here, 0}, mat);
}

void add_vehicles(Scene& scene, const Variation& variation, base::Random& random) {
  scene.box_color = muted_color(random);
  scene.bike_color = muted_color(random);
  scene.box_size = {random.uniform(0.5, 0.9), random.uniform(0.5, 0.9),
                    scene.script.body().height * random.uniform(0.6, 0.72)};
  const Place box = aside(scene.camera, random), bike = aside(scene.camera, random);
  const bool box_there = random.chance(variation.prop_share), bike_there = random.chance(variation.prop_share);
  const double crank = random.uniform();
  if (box_there && !uses(scene.script, "push")) add_box(scene.standing, box, scene.box_size, scene.box_color);
  if (bike_there && !uses(scene.script, "ride_bike"))
    add_bike(scene.standing, bike, bike_places(scene.script.body()), 0, crank, scene.bike_color);
}

void add_furniture(Scene& scene, base::Random& random, const Place& place) {
  const Color color = muted_color(random);
  switch (random.below(4)) {
    case 0:
      add_plant(scene.standing, place, random.uniform(0.8, 1.5), {0.15, 0.45, 0.2}, color);
      break;
    case 1:
      add_table(scene.standing, place, {random.uniform(0.6, 1.3), random.uniform(0.5, 0.8), random.uniform(0.45, 0.8)},
                color);
      break;
    default:
      add_box(scene.standing, place, {random.uniform(0.3, 0.6), random.uniform(0.3, 0.6), random.uniform(0.4, 1.3)},
              color);
  }
}

/// Clutter around, and with some luck an object between camera and person that hides a part.
void add_clutter(Scene& scene, const Variation& variation, base::Random& random) {
  const int64_t things = random.below(1 + static_cast<int64_t>(variation.clutter));
  for (int64_t i = 0; i < things; ++i) add_furniture(scene, random, aside(scene.camera, random));
  if (!random.chance(variation.furniture_share)) return;
  const CameraWork& camera = scene.camera;
  const double ahead = camera.distance * random.uniform(0.35, 0.55), beside = random.uniform(-0.45, 0.45);
  const Vec3 toward{std::cos(camera.yaw), std::sin(camera.yaw), 0};
  add_furniture(scene, random, {toward * ahead + Vec3{-toward.y, toward.x, 0} * beside, random.uniform(0, 3)});
}

/// Somebody who crosses the picture once, near the middle of the clip or at any time.
Passerby random_passerby(const Scene& scene, double seconds, base::Random& random) {
  Passerby passerby;
  passerby.body = random_body(random);
  passerby.clothes = random_clothes(random);
  passerby.manner = random_manner(passerby.body, random);
  passerby.runs = random.chance(0.2);
  const Vec3 toward{std::cos(scene.camera.yaw), std::sin(scene.camera.yaw), 0};
  const double nearer = random.chance(0.6) ? random.uniform(0.9, 1.4) : random.uniform(-2.5, -1.0);
  passerby.yaw = scene.camera.yaw + (random.chance(0.5) ? 0.5 : -0.5) * kPi + random.uniform(-0.2, 0.2);
  const double speed = stride(passerby.body, passerby.manner, passerby.runs ? "run" : "walk") *
                       usual_tempo(passerby.runs ? "run" : "walk") * passerby.manner.tempo;
  const double crossing = seconds * random.uniform(0.2, 0.8);
  passerby.start = toward * nearer - turned(Vec3{1, 0, 0}, passerby.yaw) * (speed * crossing);
  return passerby;
}

void add_passerby_shapes(std::vector<Shape>& shapes, const Passerby& passerby, double seconds) {
  const char* action = passerby.runs ? "run" : "walk";
  const double cycles = seconds * usual_tempo(action) * passerby.manner.tempo;
  const double metres = cycles * stride(passerby.body, passerby.manner, action);
  const Pose own = moved(action_pose(action, passerby.body, passerby.manner, cycles), {metres, 0, 0});
  add_figure(shapes, passerby.body, passerby.clothes,
             solve(passerby.body, moved(turned(own, passerby.yaw), passerby.start)));
}

/// Boxes and bicycles that move with the person while their act lasts.
void add_moving(std::vector<Shape>& shapes, const Scene& scene, double seconds) {
  const auto& spans = scene.script.spans();
  for (size_t i = 0; i < spans.size(); ++i) {
    const Span& span = spans[i];
    const bool first = std::none_of(spans.begin(), spans.begin() + static_cast<std::ptrdiff_t>(i), [&](const Span& s) {
      return s.action == span.action && std::abs(s.origin.y - span.origin.y) < 0.01;
    });
    if ((span.action != "push" && span.action != "ride_bike") || !first) continue;
    // Later acts with the same thing go on from where it stands: only the last one begun moves it.
    size_t now = i;
    for (size_t j = i + 1; j < spans.size(); ++j)
      if (spans[j].action == span.action && seconds >= spans[j].start && spans[j].origin.y == span.origin.y) now = j;
    const Vec3 origin = scene.script.origin_in(now, seconds);
    if (span.action == "push") {
      const double ahead = box_distance(scene.script.body(), span.manner) + scene.box_size.x / 2;
      add_box(shapes, {origin + Vec3{ahead, 0, 0}, 0}, scene.box_size, scene.box_color);
    } else {
      add_bike(shapes, {origin, 0}, bike_places(scene.script.body()), origin.x, scene.script.phase_at(now, seconds),
               scene.bike_color);
    }
  }
}

}  // namespace

Scene random_scene(Script script, double seconds, int height, const Variation& variation, base::Random& random) {
  Scene scene{.script = std::move(script)};
  scene.light = random_light(random);
  scene.camera = random_camera(height, variation, random);
  const double way = std::abs(scene.script.origin_at(seconds).x - scene.script.origin_at(0).x);
  const double far = std::abs(scene.script.origin_at(seconds).y) + scene.camera.distance + 1.5;
  const double end = std::max(std::abs(scene.script.origin_at(0).x), std::abs(scene.script.origin_at(seconds).x));
  scene.backdrop = random_backdrop(random.chance(variation.indoor_share), far + std::max(way / 2, end), far,
                                   variation.texture, random);
  scene.clothes = contrasting_clothes(scene.backdrop, variation.contrast, random);
  add_gear(scene, variation, random);
  add_vehicles(scene, variation, random);
  add_clutter(scene, variation, random);
  if (random.chance(variation.passerby_share)) scene.passersby.push_back(random_passerby(scene, seconds, random));
  return scene;
}

Camera camera_at(const Scene& scene, double seconds, int width, int height) {
  const CameraWork& work = scene.camera;
  const Vec3 person = scene.script.origin_at(seconds) * work.follow;
  const Vec3 target = person + work.offset + Vec3{0, 0, work.target_height};
  const Vec3 position =
      person + Vec3{work.distance * std::cos(work.yaw), work.distance * std::sin(work.yaw), work.height};
  const auto tremor = [&](double rate, double shift) {
    return work.shake * std::sin(rate * seconds + work.phase + shift);
  };
  const double sideways = work.distance * (tremor(5.1, 0) + tremor(11.7, 1));
  const Vec3 shaken = target + Vec3{-std::sin(work.yaw), std::cos(work.yaw), 0} * sideways +
                      Vec3{0, 0, work.distance * (tremor(6.3, 2) + tremor(13.1, 3))};
  Camera camera = look_at(position, shaken, work.roll + tremor(4.1, 4));
  camera.focal = work.focal;
  camera.center_u = width / 2.0;
  camera.center_v = height / 2.0;
  return camera;
}

std::vector<Shape> shapes_at(const Scene& scene, double seconds, Cast cast) {
  std::vector<Shape> shapes = scene.standing;
  for (const Passerby& passerby : scene.passersby) add_passerby_shapes(shapes, passerby, seconds);
  if (cast == Cast::without_person) return shapes;
  add_moving(shapes, scene, seconds);
  const Body& body = scene.script.body();
  add_figure(shapes, body, scene.clothes, solve(body, scene.script.pose_at(seconds)));
  return shapes;
}

}  // namespace gerund::synth
