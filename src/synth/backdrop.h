// synth/backdrop.h - what is behind the people: a room or open ground, by casting one ray per pixel.
#pragma once

#include <array>
#include <opencv2/core.hpp>

#include "base/random.h"
#include "synth/renderer.h"

namespace gerund::synth {

/// A repeating picture for floors and walls.
struct Texture {
  cv::Mat tile;         ///< 8-bit RGB, kTile x kTile.
  cv::Vec3f mean;       ///< Seen where the tile would be too small to resolve.
  double metres = 1.0;  ///< Size of a tile.
};

struct Backdrop {
  bool indoor = true;
  Texture floor;
  std::array<Texture, 4> walls;                ///< Toward +x, -x, +y, -y.
  double half_x = 6, half_y = 6, ceiling = 3;  ///< Metres; the walls of a room.
  cv::Vec3f ceiling_color, sky_top, sky_bottom;
  cv::Mat skyline;  ///< 8-bit RGB [48, 512]: hills and houses all around, up to 0.35 in tan(elevation); black is sky.
};

/// `half` is the least distance of walls from the origin along x and y, `contrast` that of the textures, 0..1.
Backdrop random_backdrop(bool indoor, double half_x, double half_y, double contrast, base::Random& random);

/// Fills `picture`, 8-bit RGB [height, width, 3].
void paint_backdrop(cv::Mat& picture, const Camera& camera, const Backdrop& backdrop, const Light& light);

}  // namespace gerund::synth
