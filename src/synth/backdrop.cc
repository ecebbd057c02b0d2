#include "synth/backdrop.h"

#include <algorithm>

namespace gerund::synth {
namespace {

constexpr double kSkylineTop = 0.35;

cv::Vec3b texel(const Texture& texture, double u, double v) {
  const int size = texture.tile.rows;
  const double su = u / texture.metres, sv = v / texture.metres;
  const int x = static_cast<int>((su - std::floor(su)) * size) % size;
  const int y = static_cast<int>((sv - std::floor(sv)) * size) % size;
  return texture.tile.at<cv::Vec3b>(y, x);
}

/// A texture's colour at a distance: less and less detail from `blur_from` to three times that, in metres.
cv::Vec3f sample(const Texture& texture, double u, double v, double distance, double blur_from) {
  const auto plain = static_cast<float>(std::clamp((distance - blur_from) / (2 * blur_from), 0.0, 1.0));
  if (plain >= 1) return texture.mean;
  return cv::Vec3f(texel(texture, u, v)) * (1 - plain) + texture.mean * plain;
}

/// Where a ray from inside leaves the room through a wall: the distance in ray lengths and the wall.
std::pair<double, size_t> wall_hit(const Backdrop& room, Vec3 from, Vec3 ray) {
  const double x = ray.x > 0 ? (room.half_x - from.x) / ray.x : (-room.half_x - from.x) / std::min(ray.x, -1e-9);
  const double y = ray.y > 0 ? (room.half_y - from.y) / ray.y : (-room.half_y - from.y) / std::min(ray.y, -1e-9);
  if (x < y) return {x, ray.x > 0 ? 0 : 1};
  return {y, ray.y > 0 ? 2 : 3};
}

cv::Vec3f room_color(const Backdrop& room, const Light& light, Vec3 from, Vec3 ray, double blur_from) {
  const auto [wall_at, wall] = wall_hit(room, from, ray);
  const double level_at =
      ray.z < 0 ? -from.z / std::min(ray.z, -1e-9) : (room.ceiling - from.z) / std::max(ray.z, 1e-9);
  const Vec3 hit = from + ray * std::min(wall_at, level_at);
  const double distance = length(hit - from);
  if (level_at < wall_at) {
    if (ray.z > 0) return room.ceiling_color * static_cast<float>(light.ambient + 0.2);
    return sample(room.floor, hit.x, hit.y, distance, blur_from) * static_cast<float>(shade(light, {0, 0, 1}));
  }
  constexpr std::array<Vec3, 4> kNormals{Vec3{-1, 0, 0}, Vec3{1, 0, 0}, Vec3{0, -1, 0}, Vec3{0, 1, 0}};
  const double along = wall < 2 ? hit.y : hit.x;
  const double skirting = hit.z < 0.1 ? 0.6 : 1.0;
  return sample(room.walls[wall], along, hit.z, distance, 1.5 * blur_from) *
         static_cast<float>(shade(light, kNormals[wall]) * skirting);
}

cv::Vec3f open_color(const Backdrop& open, const Light& light, Vec3 from, Vec3 ray, double blur_from) {
  const double flat = std::sqrt(ray.x * ray.x + ray.y * ray.y);
  const double rise = ray.z / std::max(flat, 1e-9);
  const double ground_at = ray.z < 0 ? -from.z / ray.z : 1e9;
  const double distance = ground_at * length(ray);
  if (distance < 60) {
    const Vec3 hit = from + ray * ground_at;
    return sample(open.floor, hit.x, hit.y, distance, blur_from) * static_cast<float>(shade(light, {0, 0, 1}));
  }
  if (rise < kSkylineTop) {
    const double turn = std::atan2(ray.y, ray.x) / (2 * kPi) + 0.5;
    const int column = static_cast<int>(turn * open.skyline.cols) % open.skyline.cols;
    const int row =
        std::clamp(static_cast<int>(std::max(rise, 0.0) / kSkylineTop * open.skyline.rows), 0, open.skyline.rows - 1);
    const auto seen = open.skyline.at<cv::Vec3b>(row, column);
    if (seen != cv::Vec3b(0, 0, 0)) return cv::Vec3f(seen) * static_cast<float>(light.ambient + 0.3);
  }
  const auto high = static_cast<float>(std::clamp(rise, 0.0, 1.0));
  return open.sky_bottom * (1 - high) + open.sky_top * high;
}

}  // namespace

void paint_backdrop(cv::Mat& picture, const Camera& camera, const Backdrop& backdrop, const Light& light) {
  // A tile of detail spans about one pixel per texel here; beyond, it would only flicker.
  const double blur_from = 0.012 * camera.focal + 2.0;
  for (int v = 0; v < picture.rows; ++v) {
    auto* row = picture.ptr<cv::Vec3b>(v);
    for (int u = 0; u < picture.cols; ++u) {
      const Vec3 ray = camera.ray(u + 0.5, v + 0.5) * (1.0 / camera.focal);
      const cv::Vec3f color = backdrop.indoor ? room_color(backdrop, light, camera.position, ray, blur_from)
                                              : open_color(backdrop, light, camera.position, ray, blur_from);
      row[u] = {cv::saturate_cast<uint8_t>(color[0] * static_cast<float>(light.tint.r)),
                cv::saturate_cast<uint8_t>(color[1] * static_cast<float>(light.tint.g)),
                cv::saturate_cast<uint8_t>(color[2] * static_cast<float>(light.tint.b))};
    }
  }
}

}  // namespace gerund::synth
