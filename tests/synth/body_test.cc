// tests/synth/body_test.cc - bodies keep their bones and their hold on floor and bar; cameras project.
#include <gtest/gtest.h>

#include "synth/camera.h"
#include "synth/motion.h"
#include "synth/script.h"

namespace gerund::synth {
namespace {

struct Person {
  Body body;
  Manner manner;
};

Person person(uint64_t seed) {
  base::Random random(seed);
  const Body body = random_body(random);
  return {body, random_manner(body, random)};
}

double apart(Vec3 a, Vec3 b) {
  return length(a - b);
}

TEST(Body, KeepsItsLimbLengthsInEveryActionAndRest) {
  for (const char* action :
       {"walk", "run", "push", "ride_bike", "fall_floor", "pushup", "pullup", "situp", "wave", "idle"}) {
    base::Random random(7);
    const Body body = random_body(random);
    const Script script = clip_script(action, 3, body, Variation{}, random);
    for (double t = 0; t < 3; t += 0.05) {
      const Skeleton joints = solve(body, script.pose_at(t));
      for (size_t side = 0; side < 2; ++side) {
        ASSERT_NEAR(apart(joints.shoulder[side], joints.elbow[side]), body.upper_arm, 1e-6) << action << " " << t;
        ASSERT_NEAR(apart(joints.elbow[side], joints.wrist[side]), body.forearm, 1e-6) << action << " " << t;
        ASSERT_NEAR(apart(joints.hip[side], joints.knee[side]), body.thigh, 1e-6) << action << " " << t;
        ASSERT_NEAR(apart(joints.knee[side], joints.ankle[side]), body.shin, 1e-6) << action << " " << t;
      }
      ASSERT_NEAR(apart(joints.pelvis, joints.waist), body.lower_spine, 1e-6) << action << " " << t;
      ASSERT_NEAR(apart(joints.waist, joints.neck), body.upper_spine, 1e-6) << action << " " << t;
    }
  }
}

TEST(Pullup, KeepsBothHandsOnTheBarWhileTheHeadRises) {
  for (uint64_t seed = 1; seed < 40; ++seed) {
    const auto [body, manner] = person(seed);
    double low = 1e9, high = -1e9;
    for (double phase = 0; phase <= 1; phase += 0.02) {
      const Skeleton joints = solve(body, pullup(body, manner, phase));
      for (size_t side = 0; side < 2; ++side) {
        // The hand closes around the bar just above the wrist.
        ASSERT_NEAR(joints.wrist[side].z, manner.bar_height - 0.03, 0.005) << seed << " " << phase;
        ASSERT_NEAR(joints.wrist[side].x, 0, 0.005) << seed << " " << phase;
      }
      low = std::min(low, joints.head.z);
      high = std::max(high, joints.head.z);
    }
    EXPECT_GT(high - low, 0.25) << seed;
    EXPECT_LT(low, manner.bar_height - 0.1) << seed;
    EXPECT_GT(high, manner.bar_height - 0.12) << seed;
  }
}

TEST(Pushup, KeepsHandsAndFeetPlantedWhileTheChestSinks) {
  for (uint64_t seed = 1; seed < 40; ++seed) {
    const auto [body, manner] = person(seed);
    const Skeleton first = solve(body, pushup(body, manner, 0));
    double low = 1e9, high = -1e9;
    for (double phase = 0; phase <= 1; phase += 0.02) {
      const Skeleton joints = solve(body, pushup(body, manner, phase));
      for (size_t side = 0; side < 2; ++side) {
        ASSERT_LT(apart(joints.wrist[side], first.wrist[side]), 0.005) << seed << " " << phase;
        ASSERT_LT(apart(joints.ankle[side], first.ankle[side]), 0.005) << seed << " " << phase;
        ASSERT_LT(joints.wrist[side].z, 0.08) << seed;
        ASSERT_GT(joints.elbow[side].z, 0.03) << seed << " " << phase;
      }
      low = std::min(low, joints.neck.z);
      high = std::max(high, joints.neck.z);
    }
    EXPECT_GT(high - low, 0.25) << seed;
  }
}

TEST(Situp, KeepsSeatAndFeetOnTheFloorWhileTheHeadRises) {
  for (uint64_t seed = 1; seed < 40; ++seed) {
    const auto [body, manner] = person(seed);
    const Skeleton first = solve(body, situp(body, manner, 0)), top = solve(body, situp(body, manner, 0.5));
    for (size_t side = 0; side < 2; ++side) {
      EXPECT_LT(apart(first.ankle[side], top.ankle[side]), 0.005) << seed;
      EXPECT_LT(top.ankle[side].z, 0.1) << seed;
      EXPECT_GT(top.knee[side].z, 0.3) << seed;
    }
    EXPECT_LT(apart(first.pelvis, top.pelvis), 0.005) << seed;
    EXPECT_LT(top.pelvis.z, 0.2) << seed;
    EXPECT_LT(first.head.z, 0.35) << seed;
    EXPECT_GT(top.head.z, 0.6) << seed;
  }
}

TEST(Walk, LeavesAFootOnTheFloorWhereItStepped) {
  const auto [body, manner] = person(3);
  const double metres = stride(body, manner, "walk");
  const auto left_ankle = [&, b = body, m = manner](double phase) {
    return solve(b, moved(walk(b, m, phase), {metres * phase, 0, 0})).ankle[0];
  };
  // The left foot bears weight in the first part of the cycle.
  EXPECT_NEAR(left_ankle(0.15).x, left_ankle(0.4).x, 0.02);
  EXPECT_LT(left_ankle(0.3).z, body.ankle_height + 0.03);
  EXPECT_GT(left_ankle(0.8).z, body.ankle_height + 0.05);
}

TEST(RideBike, KeepsFeetOnThePedalsAllTheWayRound) {
  for (uint64_t seed = 1; seed < 20; ++seed) {
    const auto [body, manner] = person(seed);
    const BikePlaces bike = bike_places(body);
    // The left pedal is ahead, below, behind, above; the right one opposite.
    const std::array<Vec3, 4> ways{Vec3{1, 0, 0}, Vec3{0, 0, -1}, Vec3{-1, 0, 0}, Vec3{0, 0, 1}};
    for (size_t quarter = 0; quarter < 4; ++quarter) {
      const Skeleton joints = solve(body, ride_bike(body, manner, 0.25 * static_cast<double>(quarter)));
      for (size_t side = 0; side < 2; ++side) {
        const Vec3 pedal = bike.crank + ways[quarter] * (side == 0 ? bike.crank_length : -bike.crank_length);
        const Vec3 ball = mix(joints.ankle[side], joints.toe[side], 0.5);
        EXPECT_NEAR(ball.x, pedal.x, 0.03) << seed << " " << quarter;
        EXPECT_GT(ball.z, pedal.z + 0.02) << seed << " " << quarter;
        EXPECT_LT(ball.z, pedal.z + 0.11) << seed << " " << quarter;
      }
    }
  }
}

TEST(FallFloor, EndsLyingOnTheFloor) {
  for (uint64_t seed = 1; seed < 20; ++seed) {
    const auto [body, manner] = person(seed);
    EXPECT_GT(solve(body, fall(body, manner, 0)).head.z, 0.8 * body.height) << seed;
    EXPECT_LT(solve(body, fall(body, manner, 1)).head.z, 0.4) << seed;
  }
}

TEST(Bend, PutsKneesBeforeAndElbowsBehindAStandingPerson) {
  const auto [body, manner] = person(9);
  const Skeleton joints = solve(body, posture_pose(body, manner, Posture::squat));
  EXPECT_GT(joints.knee[0].x, joints.hip[0].x);
  EXPECT_GT(joints.knee[0].x, joints.ankle[0].x);
  const Skeleton running = solve(body, run(body, manner, 0.25));
  EXPECT_LT(running.elbow[0].x, running.wrist[0].x);
}

TEST(Solve, StretchesTowardATargetOutOfReach) {
  const auto [body, manner] = person(2);
  Pose pose = posture_pose(body, manner, Posture::stand);
  pose.wrist[0] = shoulder_of(body, pose, 0) + Vec3{5, 0, 0};
  const Skeleton joints = solve(body, pose);
  EXPECT_NEAR(apart(joints.shoulder[0], joints.wrist[0]), body.arm(), 1e-3);
  EXPECT_NEAR(joints.wrist[0].z, joints.shoulder[0].z, 1e-6);
}

TEST(Camera, ProjectsAsCalculatedByHand) {
  // Seen from (-4, 0, 1) along +x: left (+y) is left in the picture, up is up.
  Camera camera = look_at({-4, 0, 1}, {0, 0, 1}, 0);
  camera.focal = 200;
  camera.center_u = 80;
  camera.center_v = 60;
  // 4 m away, 0.5 m to the left and 1 m above the camera: 200 * 0.5 / 4 = 25 px and 200 * 1 / 4 = 50 px.
  const Projected seen = camera.project({0, 0.5, 2});
  EXPECT_NEAR(seen.u, 80 - 25, 1e-9);
  EXPECT_NEAR(seen.v, 60 - 50, 1e-9);
  EXPECT_NEAR(seen.depth, 4, 1e-9);
  // Twice as far is half as large.
  EXPECT_NEAR(camera.project({4, 0.5, 2}).u, 80 - 12.5, 1e-9);
}

TEST(Camera, LooksDownFromAbove) {
  Camera camera = look_at({-3, 0, 4}, {0, 0, 0}, 0);
  camera.focal = 100;
  // The axis goes through the target: it is in the middle, 5 m away.
  const Projected middle = camera.project({0, 0, 0});
  EXPECT_NEAR(middle.u, camera.center_u, 1e-9);
  EXPECT_NEAR(middle.v, camera.center_v, 1e-9);
  EXPECT_NEAR(middle.depth, 5, 1e-9);
  const Vec3 ray = unit(camera.ray(camera.center_u, camera.center_v));
  EXPECT_NEAR(ray.x, 0.6, 1e-9);
  EXPECT_NEAR(ray.z, -0.8, 1e-9);
}

}  // namespace
}  // namespace gerund::synth
