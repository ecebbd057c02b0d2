// clip/resize_pass.h - the two passes of a resize: along rows, then along columns, as Pillow does them for 8-bit
// pictures.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

namespace gerund::clip {

/// Positions [first, first + count).
struct Range {
  int first = 0;
  int count = 0;
};

/// Which source positions make each target position, and with what weights.
struct ResizeFilter {
  std::vector<Range> windows;    ///< By target position.
  std::vector<int32_t> weights;  ///< [targets, max_count], 22-bit fixed point; 0 beyond a window's count.
  int max_count = 0;

  const int32_t* weights_of(int target) const {
    return weights.data() + static_cast<size_t>(target) * static_cast<size_t>(max_count);
  }
};

/// The triangle filter for the positions `part` of `target` made of `source`, widened by the reduction so that every
/// source pixel counts (antialiasing). Source: Pillow's bilinear resize.
ResizeFilter make_resize_filter(int source, int target, Range part);

/// Resizes rows of RGB pixels, one at a time. The processor's vectors are used where they help; the bytes are the same.
///
/// Threads: none.
/// Owns:    the weights in the order in which vectors take them. The filter must outlive it.
class RowPass {
 public:
  /// `source_width`: pixels of a source row.
  RowPass(const ResizeFilter& filter, int source_width);

  /// A row of source_width pixels to one of filter.windows.size().
  void run(const uint8_t* source, uint8_t* target);

 private:
  const ResizeFilter& filter_;
  int source_width_;
  int num_steps_ = 0;                   // Pairs of source pixels that the longest window needs.
  std::vector<int16_t> split_weights_;  // For pairs of targets; empty where there are no vectors for them.
  std::vector<uint8_t> padded_;         // A source row that may be read beyond its end.
  std::vector<uint8_t> line_;           // A target row that may be written beyond its end.
};

/// Row `y` of a target, of `num_bytes`, from the rows of its window, which follow each other from `source` on. The
/// processor's vectors are used where they help; the bytes are the same.
void filter_columns(const ResizeFilter& filter, int y, const uint8_t* source, size_t num_bytes, uint8_t* target);

}  // namespace gerund::clip
