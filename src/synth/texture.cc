#include <algorithm>
#include <opencv2/imgproc.hpp>

#include "synth/backdrop.h"

namespace gerund::synth {
namespace {

constexpr int kTile = 64;

cv::Vec3f random_color(base::Random& random, double least, double most, double saturation) {
  const double grey = random.uniform(least, most);
  cv::Vec3f color;
  for (int c = 0; c < 3; ++c)
    color[c] = static_cast<float>(255 * std::clamp(grey + random.uniform(-saturation, saturation), 0.02, 0.98));
  return color;
}

/// Smooth blotches in [0, 1], repeating at the edges.
cv::Mat blotches(int cells, base::Random& random) {
  cv::Mat coarse(cells + 2, cells + 2, CV_32F), fine;
  for (int y = 0; y < cells; ++y)
    for (int x = 0; x < cells; ++x) coarse.at<float>(y + 1, x + 1) = static_cast<float>(random.uniform());
  cv::Mat inner = coarse(cv::Rect(1, 1, cells, cells)).clone();
  cv::copyMakeBorder(inner, coarse, 1, 1, 1, 1, cv::BORDER_WRAP);
  const int each = kTile / cells;
  cv::resize(coarse, fine, {each * (cells + 2), each * (cells + 2)}, 0, 0, cv::INTER_LINEAR);
  return fine(cv::Rect(each, each, kTile, kTile)).clone();
}

/// How dark the joints between boards, tiles or bricks are at a place, and which stone it is.
double joint(int form, int x, int y) {
  if (form == 0) return 0;                                                        // Plain.
  if (form == 1) return y % 16 == 0 || (x + (y / 16) * 37) % kTile == 0 ? 1 : 0;  // Boards.
  if (form == 2) return x % 32 == 0 || y % 32 == 0 ? 1 : 0;                       // Tiles.
  if (form == 3) return y % 8 == 0 || (x + (y / 8 % 2) * 8) % 16 == 0 ? 1 : 0;    // Bricks.
  if (form == 4) return x / 32 == y / 32 ? 0 : 1.4;                               // Chequers.
  return x / 8 % 2 == 0 ? 0 : 0.8;                                                // Stripes.
}

Texture random_texture(cv::Vec3f color, int form, double metres, double grain, double joints, base::Random& random) {
  Texture texture;
  texture.metres = metres;
  texture.tile.create(kTile, kTile, CV_8UC3);
  const cv::Mat coarse = blotches(8, random), fine = blotches(32, random);
  for (int y = 0; y < kTile; ++y)
    for (int x = 0; x < kTile; ++x) {
      const double wear = grain * (coarse.at<float>(y, x) + fine.at<float>(y, x) - 1);
      const double brightness = 1 + wear - joints * joint(form, x, y);
      for (int c = 0; c < 3; ++c)
        texture.tile.at<cv::Vec3b>(y, x)[c] = cv::saturate_cast<uint8_t>(color[c] * brightness);
    }
  const cv::Scalar mean = cv::mean(texture.tile);
  texture.mean = {static_cast<float>(mean[0]), static_cast<float>(mean[1]), static_cast<float>(mean[2])};
  return texture;
}

/// Pictures or windows on a wall make it less even.
void hang_pictures(Texture& wall, base::Random& random) {
  if (!random.chance(0.5)) return;
  const cv::Vec3f color = random_color(random, 0.3, 0.8, 0.12);
  const int x = static_cast<int>(random.below(24)) + 4, y = static_cast<int>(random.below(10)) + 20;
  const cv::Rect frame(x, y, static_cast<int>(random.below(20)) + 8, static_cast<int>(random.below(10)) + 8);
  cv::rectangle(wall.tile, frame, cv::Scalar(color[0], color[1], color[2]), cv::FILLED);
  cv::rectangle(wall.tile, frame, cv::Scalar(40, 35, 30), 1);
}

cv::Mat random_skyline(base::Random& random) {
  cv::Mat skyline(48, 512, CV_8UC3, cv::Scalar(0, 0, 0));
  const cv::Vec3f hill = random_color(random, 0.3, 0.55, 0.07);
  const double phase = random.uniform(0, 6);
  for (int x = 0; x < skyline.cols; ++x) {
    const double turn = 2 * kPi * x / skyline.cols;
    const int top = cvRound(6 + 3 * std::sin(3 * turn + phase) + 2 * std::sin(7 * turn + 2 * phase));
    cv::line(skyline, {x, 0}, {x, std::max(top, 1)}, cv::Scalar(hill[0], hill[1], hill[2]));
  }
  const int64_t houses = random.below(22);
  for (int64_t i = 0; i < houses; ++i) {
    const cv::Vec3f wall = random_color(random, 0.35, 0.75, 0.06);
    const int x = static_cast<int>(random.below(480)), width = static_cast<int>(random.below(30)) + 6;
    const int top = static_cast<int>(random.below(34)) + 8;
    cv::rectangle(skyline, cv::Rect(x, 0, width, top), cv::Scalar(wall[0], wall[1], wall[2]), cv::FILLED);
    for (int y = 4; y < top - 2; y += 6)
      for (int u = x + 2; u < x + width - 2; u += 5)
        cv::rectangle(skyline, cv::Rect(u, y, 2, 3), cv::Scalar(wall[0] * 0.5, wall[1] * 0.5, wall[2] * 0.6),
                      cv::FILLED);
  }
  return skyline;
}

}  // namespace

Backdrop random_backdrop(bool indoor, double half_x, double half_y, double contrast, base::Random& random) {
  Backdrop backdrop;
  backdrop.indoor = indoor;
  backdrop.half_x = half_x + random.uniform(0, 2);
  backdrop.half_y = half_y + random.uniform(0, 2);
  backdrop.ceiling = random.uniform(3.0, 5.0);
  const int floor_form = static_cast<int>(indoor ? random.below(5) : random.below(3));
  backdrop.floor = random_texture(random_color(random, 0.3, 0.7, 0.07), floor_form, random.uniform(1.5, 3.0),
                                  contrast * random.uniform(0.1, 0.5), contrast * random.uniform(0.1, 0.35), random);
  const cv::Vec3f paint = random_color(random, 0.4, 0.9, 0.07);
  const int wall_form = static_cast<int>(random.below(6));
  for (Texture& wall : backdrop.walls) {
    wall = random_texture(paint * static_cast<float>(random.uniform(0.85, 1.05)), wall_form == 4 ? 0 : wall_form,
                          random.uniform(2.5, 4.0), contrast * random.uniform(0.05, 0.25),
                          contrast * random.uniform(0.1, 0.35), random);
    hang_pictures(wall, random);
  }
  backdrop.ceiling_color = random_color(random, 0.7, 0.95, 0.03);
  const double cloud = random.uniform();
  backdrop.sky_top = cv::Vec3f(95, 140, 215) * (1 - cloud) + cv::Vec3f(185, 190, 195) * cloud;
  backdrop.sky_bottom = cv::Vec3f(190, 212, 235) * (1 - cloud) + cv::Vec3f(215, 216, 218) * cloud;
  backdrop.skyline = random_skyline(random);
  return backdrop;
}

}  // namespace gerund::synth
