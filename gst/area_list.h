// gst/area_list.h - the text form of regions of interest: "door:0,0,0.5,1;desk:100,40,320,240".
#pragma once

#include <string>
#include <vector>

#include "clip/resize.h"

namespace gerund::gst {

struct Area {
  std::string id;
  double x = 0, y = 0, width = 0, height = 0;  ///< Pixels, or shares of the frame.
  bool in_pixels = false;
};

/// Numbers are shares of the frame where all four are 0..1, else pixels. Throws UserError naming the part that is
/// wrong: the form, a number, a size of 0, an id that is empty or given twice.
std::vector<Area> parse_areas(const std::string& text);

struct PlacedArea {
  std::string id;
  clip::Rectangle box;  ///< Whole pixels, within the frame.
};

/// The areas on frames of width x height, cut where they reach over the edge; each cut is a warning. Throws UserError
/// for an area that lies outside.
std::vector<PlacedArea> place_areas(const std::vector<Area>& areas, int width, int height,
                                    std::vector<std::string>& warnings);

}  // namespace gerund::gst
