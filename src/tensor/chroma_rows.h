// tensor/chroma_rows.h - the chroma planes of a YUV picture, halved or not, spread over its pixels.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "tensor/yuv.h"

// Note [Chroma as swscale spreads it]
// Models are trained on what swscale made of video files, so all pictures must come out the same, rounding included.
// - Samples are taken for the centres of their 2 x 2 pixels. In odd sizes they are squeezed a little, so that they end
//   where the pixels end.
// - Between columns, chroma is interpolated with weights of 14 bits; of the result 7 bits behind the point are kept.
// - Between rows, weights of 12 bits only choose: where the lower row has 1/2 or more, it counts as much as the upper.
// - A sample that is nearly hit (0.2 % of a step) counts alone.
// - Of fewer than four samples, only the nearest one counts.
// - Along a side that is not halved each pixel has its own sample.

namespace gerund::tensor {

/// A row of chroma as wide as the pixels: 128 times the level, [0, 255 * 128].
struct ChromaRow {
  const int16_t* u = nullptr;
  const int16_t* v = nullptr;
};

/// The two rows of chroma whose mean belongs to a row of pixels; they may be one.
struct ChromaRowPair {
  ChromaRow upper;
  ChromaRow lower;
};

/// Spreads chroma over the columns [x, x + width) of a picture, row by row.
///
/// Threads: none.
/// Owns:    the rows that it made last. The picture's planes must outlive it.
class ChromaRows {
 public:
  /// The columns must lie inside of the picture and be at least one.
  ChromaRows(const YuvView& picture, int x, int width);

  /// What belongs to row y of the pixels, valid until the next call. Fastest if y grows by one from call to call.
  ChromaRowPair at(int y);

 private:
  // A pixel lies between the samples `first` and first + 1. Where the weight is 0, there may be no first + 1.
  struct Place {
    int first = 0;
    int second_weight = 0;  // [0, unity]
  };
  struct Kept {
    int row = -1;  // Of the chroma plane.
    std::vector<int16_t> u;
    std::vector<int16_t> v;
  };

  static Place place_of(int pixel, int num_pixels, int unity);
  ChromaRow row(int index);
  void read_samples(int row, size_t kind);
  void spread(int16_t* target) const;

  YuvView picture_;
  bool halves_columns_;
  bool halves_rows_;
  bool doubles_ = false;       // All weights are 3/4 and 1/4: no places_ are needed.
  int first_ = 0;              // Column of the chroma plane where samples_ starts; -1 lies left of it.
  int num_unwanted_ = 0;       // Pixels at the start of each row, left of x.
  std::vector<Place> places_;  // By pixel.
  std::vector<uint8_t> samples_;
  std::array<Kept, 2> kept_;  // The last even and the last odd row.
};

}  // namespace gerund::tensor
