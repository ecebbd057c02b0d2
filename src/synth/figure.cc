#include "synth/figure.h"

namespace gerund::synth {
namespace {

void add_trunk(std::vector<Shape>& shapes, const Clothes& clothes, const Skeleton& joints, double girth) {
  const double chest = 0.085 * girth, belly = 0.095 * girth, seat = 0.095 * girth;
  Shape upper;
  upper.color = clothes.shirt;
  for (size_t side = 0; side < 2; ++side) {
    upper.balls.push_back({joints.shoulder[side] - (joints.neck - joints.waist) * 0.08, chest * 0.8});
    upper.balls.push_back({joints.waist + (joints.hip[side] - joints.pelvis) * 0.65, belly});
  }
  Shape lower;
  lower.color = clothes.trousers;
  lower.balls = {{joints.hip[0], seat}, {joints.hip[1], seat}, {mix(joints.pelvis, joints.waist, 0.4), belly * 0.95}};
  shapes.push_back(std::move(upper));
  shapes.push_back(std::move(lower));
  shapes.push_back(capsule(joints.neck, 0.05 * girth, mix(joints.neck, joints.head, 0.6), 0.048 * girth, clothes.skin));
}

void add_head(std::vector<Shape>& shapes, const Body& body, const Clothes& clothes, const Skeleton& joints) {
  const double r = body.head_radius;
  const Vec3 up = joints.head_up, front = joints.head_front, left = cross(up, front);
  shapes.push_back(capsule(joints.head + up * (0.15 * r), r * 0.92, joints.head - up * (0.45 * r) + front * (0.12 * r),
                           r * 0.68, clothes.skin));
  if (!clothes.bald) {
    Shape hair =
        capsule(joints.head + up * (0.4 * r) - front * (0.22 * r), r * 0.88,
                joints.head - up * ((clothes.long_hair ? 1.3 : 0.1) * r) - front * (0.45 * r), r * 0.72, clothes.hair);
    shapes.push_back(std::move(hair));
  }
  const Color dark{0.1, 0.08, 0.08};
  for (const double side : {-1.0, 1.0}) {
    Shape eye = capsule(joints.head + front * (0.86 * r) + left * (side * 0.34 * r) + up * (0.1 * r), 0.11 * r,
                        joints.head + front * (0.86 * r) + left * (side * 0.40 * r) + up * (0.1 * r), 0.11 * r, dark);
    eye.nearer = -0.01;
    eye.casts_shadow = false;
    shapes.push_back(std::move(eye));
  }
  shapes.push_back(capsule(joints.head + front * (0.9 * r), 0.12 * r, joints.head + front * (1.0 * r) - up * (0.2 * r),
                           0.16 * r, clothes.skin));
}

void add_arm(std::vector<Shape>& shapes, const Clothes& clothes, const Skeleton& joints, double girth, size_t side) {
  const Color fore = clothes.long_sleeves ? clothes.shirt : clothes.skin;
  shapes.push_back(capsule(joints.shoulder[side], 0.058 * girth, joints.elbow[side], 0.044 * girth, clothes.shirt));
  shapes.push_back(capsule(joints.elbow[side], 0.044 * girth, joints.wrist[side], 0.032 * girth, fore));
  shapes.push_back(capsule(joints.wrist[side], 0.034 * girth, mix(joints.wrist[side], joints.fingertip[side], 0.75),
                           0.036 * girth, clothes.skin));
}

void add_leg(std::vector<Shape>& shapes, const Clothes& clothes, const Skeleton& joints, double girth, size_t side) {
  const Color shin = clothes.shorts ? clothes.skin : clothes.trousers;
  shapes.push_back(capsule(joints.hip[side], 0.088 * girth, joints.knee[side], 0.06 * girth, clothes.trousers));
  shapes.push_back(capsule(joints.knee[side], 0.06 * girth, joints.ankle[side], 0.04 * girth, shin));
  const Vec3 heel = mix(joints.ankle[side], joints.toe[side], -0.2);
  shapes.push_back(
      capsule(heel, 0.045 * girth, mix(joints.ankle[side], joints.toe[side], 0.8), 0.036 * girth, clothes.shoes));
}

}  // namespace

void add_figure(std::vector<Shape>& shapes, const Body& body, const Clothes& clothes, const Skeleton& joints) {
  add_trunk(shapes, clothes, joints, body.girth);
  add_head(shapes, body, clothes, joints);
  for (size_t side = 0; side < 2; ++side) {
    add_arm(shapes, clothes, joints, body.girth, side);
    add_leg(shapes, clothes, joints, body.girth, side);
  }
}

}  // namespace gerund::synth
