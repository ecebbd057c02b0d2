#include "infer/winograd/winograd_conv.h"

#include <algorithm>

#include "base/error.h"
#include "infer/parallel.h"
#include "infer/winograd/rounding.h"

namespace gerund::infer {
namespace {

/// Input channels whose weights a thread packs at a time: neighbours share cache lines. A multiple of every
/// WinogradKernels::depth_multiple.
constexpr int64_t kPackDepth = 32;

}  // namespace

ConvInput::Frame ConvInput::frame(const ConvShape& shape, int64_t lanes, int64_t sample, int64_t index) const {
  const int64_t plane = shape.input[1] * shape.input[2] * lanes, blocks = divide_up(shape.in_channels, lanes);
  const bool is_first = rest == nullptr || index < num_first;
  const int64_t before = is_first ? 0 : num_first, total = rest == nullptr ? shape.input[0] : num_first;
  const int64_t frames = is_first ? total : shape.input[0] - num_first;
  return {(is_first ? first : rest) + (sample * blocks * frames + index - before) * plane, frames * plane};
}

ConvInput ConvInput::from_sample(const ConvShape& shape, int64_t lanes, int64_t sample) const {
  const float* const in_first = frame(shape, lanes, sample, 0).pixels;
  if (rest == nullptr) return {in_first};
  return {in_first, num_first, frame(shape, lanes, sample, num_first).pixels};
}

std::vector<WinogradConv::Phase> WinogradConv::phases_of(const ConvShape& shape, size_t axis, int64_t stride) {
  std::vector<Phase> phases;
  for (int64_t parity = 0; parity < stride; ++parity) {
    Phase phase;
    phase.parity = static_cast<int>(parity);
    phase.extent = static_cast<int>(divide_up(std::max<int64_t>(0, shape.input[axis] - parity), stride));
    for (int64_t k = 0; k < shape.kernel[axis]; ++k) {
      const int64_t at = k - shape.pad[axis];
      if (at - divide_down(at, stride) * stride != parity) continue;
      if (phase.taps.empty()) phase.first_shift = static_cast<int>(divide_down(at, stride));
      phase.taps.push_back(static_cast<int>(k));
    }
    phases.push_back(phase);
  }
  return phases;
}

TileForm WinogradConv::form_of(const ConvShape& shape, int points) {
  const bool steps = shape.stride[1] == 2 && shape.kernel[1] == 3 && shape.kernel[2] == 3 && points % 2 == 1;
  return {points, steps ? 2 : 1};
}

bool WinogradConv::applies(const WinogradKernels& kernels, const ConvShape& shape, int points) {
  const TileForm form = form_of(shape, points);
  // Halves would leave F(7, 3) an error of 3e-4 (F(6, 3): 1e-4).
  if (form.points == 9 && form.step == 1 && kernels.depth_multiple > 1) return false;
  // The channels of a phase would have to be filled up.
  const bool has_phases = shape.stride[1] > form.step;
  if (has_phases && round_up(shape.in_channels, kernels.lanes) % kernels.depth_multiple != 0) return false;
  return applies(shape, points);
}

bool WinogradConv::applies(const ConvShape& shape, int points) {
  const int64_t stride = shape.stride[1];
  if (stride != shape.stride[2] || stride < 1 || stride > 2 || shape.kernel[0] > kMaxTimeTaps) return false;
  if (form_of(shape, points).step == 2) return points == 5 || points == 9;
  if (points != 4 && points != 6 && points != 8 && points != 9) return false;
  const int64_t most = divide_up(std::max(shape.kernel[1], shape.kernel[2]), stride);
  const int64_t least = divide_up(std::min(shape.kernel[1], shape.kernel[2]), stride);
  return least >= 2 && (most == 3 || (most == 4 && points > 4)) && (points > 4 || stride == 1);
}

bool WinogradConv::applies_lean(const WinogradKernels& kernels, const ConvShape& shape, int points) {
  return kernels.expand_weights != nullptr && shape.kernel[1] == 3 && shape.kernel[2] == 3 &&
         applies(kernels, shape, points);
}

WinogradConv::WinogradConv(const WinogradKernels& kernels, const ConvShape& shape, int num_threads,
                           WinogradOptions options)
    : kernels_(kernels),
      shape_(shape),
      num_threads_(num_threads),
      form_(form_of(shape, options.points)),
      is_lean_(options.is_lean) {
  if (!(is_lean_ ? applies_lean(kernels, shape, options.points) : applies(kernels, shape, options.points)))
    throw base::InternalError("Winograd's algorithm does not apply");
  rows_ = phases_of(shape, 1, shape.stride[1] / form_.step);
  columns_ = phases_of(shape, 2, shape.stride[2] / form_.step);
  size_t taps = 0;
  for (const Phase& phase : rows_) taps = std::max(taps, phase.taps.size());
  for (const Phase& phase : columns_) taps = std::max(taps, phase.taps.size());
  for (std::vector<Phase>* phases : {&rows_, &columns_}) {
    for (Phase& phase : *phases) phase.taps.resize(taps, -1);
  }
  taps_ = static_cast<int>(taps);
  outputs_ = (form_.points - taps_) / form_.step + 1;
  weight_transform_ = weight_transform(form_, taps_);
  for (const double factor : weight_transform_.matrix) float_matrix_.push_back(static_cast<float>(factor));
  const std::vector<size_t>& row_of = weight_transform_.row_of_point;
  for (size_t row = 0; row < row_of.size(); ++row)
    for (size_t column = 0; column < row_of.size(); ++column)
      product_points_.push_back(
          {static_cast<int64_t>(row * row_of.size() + column),
           static_cast<int64_t>(row_of[row]) * weight_transform_.num_rows + static_cast<int64_t>(row_of[column])});
  std::ranges::stable_sort(product_points_, {}, &Point::weights);
  const int64_t lanes = kernels.lanes;
  in_blocks_ = divide_up(shape.in_channels, lanes);
  out_blocks_ = divide_up(shape.out_channels, lanes);
  num_panels_ = divide_up(shape.out_channels, kernels.panel_columns);
  const int64_t num_phases = static_cast<int64_t>(rows_.size() * columns_.size());
  depth_ = round_up(num_phases == 1 ? shape.in_channels : num_phases * in_blocks_ * lanes, kernels.depth_multiple);
  input_stride_ = round_up(num_phases * in_blocks_ * lanes, kernels.depth_multiple);
  // Few enough that their transformed weights stay in the second cache, enough steps to make up for reading the sums
  // and writing them back.
  lean_depth_ = form_.points > 6 ? 16 : 32;
  if (is_lean_) input_stride_ = lean_depth_;
  output_stride_ = num_panels_ * kernels.panel_columns;
  num_tile_columns_ = divide_up(shape.output[2], outputs_);
  num_tiles_ = num_tile_columns_ * divide_up(shape.output[1], outputs_);
  plan_time();
  plan_blocks(options.block_bytes);
}

// Note [Blocks]
// Each block reads all weights, and what it holds is written and read twice. So it should not be much larger than a
// second cache, unless the weights are: a quarter of them balances both. Blocks come in whole rounds of the threads,
// which then end together. Where there are too few, all threads work on one, with other points each, so that weights
// beyond the last cache are read once.
void WinogradConv::plan_blocks(std::optional<int64_t> wanted_bytes) {
  constexpr int64_t kLeastBytes = 3 << 19, kMostBytes = 5 << 20, kWeightsInCache = 8 << 20;
  const int64_t weight_bytes = num_packed_floats() * static_cast<int64_t>(sizeof(float));
  const int64_t block_bytes = wanted_bytes.value_or(std::clamp(weight_bytes / 4, kLeastBytes, kMostBytes));
  const int64_t tile_bytes = (num_frame_slots_ * input_stride_ + shape_.output[0] * output_stride_) * num_points() *
                             static_cast<int64_t>(sizeof(float));
  const int64_t most_tiles = std::max<int64_t>(1, block_bytes / tile_bytes);
  // Small pictures go together, since each block reads all weights.
  const int64_t most_samples = std::clamp<int64_t>(most_tiles / num_tiles_, 1, shape_.batch);
  const int64_t sample_parts = divide_up(shape_.batch, most_samples);
  int64_t tile_parts = divide_up(num_tiles_, std::min(most_tiles, num_tiles_));
  if (sample_parts * tile_parts % num_threads_ != 0)
    tile_parts = std::min(num_tiles_, round_up(tile_parts, int64_t{num_threads_}));
  if (is_lean_) tile_parts = 0;
  const int64_t least_blocks = (weight_bytes > kWeightsInCache ? 2 : 1) * int64_t{num_threads_};
  whole_ = (num_threads_ > 1 || is_lean_) && sample_parts * tile_parts < least_blocks;
  if (whole_) {
    blocks_.push_back({0, shape_.batch, 0, num_tiles_});
    return;
  }
  for (int64_t part = 0; part < sample_parts; ++part) {
    const int64_t first = shape_.batch * part / sample_parts, last = shape_.batch * (part + 1) / sample_parts;
    for (int64_t tiles = 0; tiles < tile_parts; ++tiles)
      blocks_.push_back({first, last, num_tiles_ * tiles / tile_parts, num_tiles_ * (tiles + 1) / tile_parts});
  }
}

void WinogradConv::plan_time() {
  const int64_t frames = shape_.input[0], stride = shape_.stride[0], kernel = shape_.kernel[0];
  const int64_t slots_per_phase = divide_up(frames, stride);
  num_frame_slots_ = slots_per_phase * stride;
  for (int64_t k = 0; k < kernel; ++k) {
    const int64_t at = k - shape_.pad[0];
    const int64_t shift = divide_down(at, stride);
    tap_slots_.push_back((at - shift * stride) * slots_per_phase + shift);
  }
  frame_slots_.assign(static_cast<size_t>(frames), -1);
  for (int64_t t = 0; t < shape_.output[0]; ++t) {
    const int64_t begin = t * stride - shape_.pad[0];
    const int first = static_cast<int>(std::clamp<int64_t>(-begin, 0, kernel));
    const int last = static_cast<int>(std::clamp<int64_t>(frames - begin, first, kernel));
    if (frame_ranges_.empty() || frame_ranges_.back().first_tap != first || frame_ranges_.back().last_tap != last)
      frame_ranges_.push_back({t, t, first, last});
    frame_ranges_.back().last_row = t + 1;
    for (int64_t frame = begin + first; frame < begin + last; ++frame)
      frame_slots_[static_cast<size_t>(frame)] = frame % stride * slots_per_phase + frame / stride;
  }
  for (int64_t frame = 0; frame < frames; ++frame) {
    if (frame_slots_[static_cast<size_t>(frame)] >= 0) used_frames_.push_back(frame);
  }
}

int64_t WinogradConv::weight_size() const {
  return num_panels_ * shape_.kernel[0] * depth_ * kernels_.panel_columns;
}

int64_t WinogradConv::num_packed_floats() const {
  if (is_lean_) return weight_size() * taps_ * taps_;
  return weight_size() * weight_transform_.num_rows * weight_transform_.num_rows;
}

void WinogradConv::pack(const float* weights, float* packed) const {
  const int64_t num_taps = shape_.kernel[0] * shape_.kernel[1] * shape_.kernel[2];
  pack(weights, {shape_.in_channels * num_taps, num_taps}, packed);
}

// Note [Lean weights]
// Transformed weights take 16 to 81 numbers instead of 9. In the last stages of a network that is a hundred
// megabytes per convolution, which memory takes as long to bring as all else takes. Lean weights stay as they are; a
// run transforms some channels of a panel at a time, multiplies them by all rows, point by point, and adds to the
// panel's sums. Each run does so once: there is one block, whose inputs lie by those channels: [parts, points, rows,
// lean_depth_].
void WinogradConv::pack_lean(const float* weights, const WeightOrder& order, float* packed) const {
  const int64_t lanes = kernels_.panel_columns, area = int64_t{taps_} * taps_, num_taps = shape_.kernel[0] * area;
  on_items(num_panels_, num_threads_, [&](int64_t panel, int /*thread*/) {
    float* to = packed + panel * shape_.kernel[0] * depth_ * area * lanes;
    const int64_t outputs = std::min(lanes, shape_.out_channels - panel * lanes);
    for (int64_t d = 0; d < depth_; ++d) {
      for (int64_t tap = 0; tap < num_taps; ++tap, to += lanes) {
        const int64_t from = order.is_turned ? num_taps - 1 - tap : tap;
        for (int64_t lane = 0; lane < lanes; ++lane)
          to[lane] =
              lane < outputs ? weights[(panel * lanes + lane) * order.out_stride + d * order.in_stride + from] : 0;
      }
    }
  });
}

void WinogradConv::pack(const float* weights, const WeightOrder& order, float* packed) const {
  if (is_lean_) return pack_lean(weights, order, packed);
  const int64_t lanes = kernels_.panel_columns, kernel_time = shape_.kernel[0];
  const int64_t area = shape_.kernel[1] * shape_.kernel[2], num_taps = kernel_time * area;
  const int64_t channels_of_phase = depth_ / static_cast<int64_t>(rows_.size() * columns_.size());
  const int64_t num_chunks = divide_up(depth_, kPackDepth);
  on_items(num_panels_ * num_chunks, num_threads_, [&](int64_t item, int /*thread*/) {
    const int64_t panel = item / num_chunks, first = item % num_chunks * kPackDepth;
    const int64_t outputs = std::min(lanes, shape_.out_channels - panel * lanes);
    std::vector<float> all(static_cast<size_t>(num_taps * lanes));  // Of one input channel, [taps, lanes].
    std::vector<float> kernel(static_cast<size_t>(int64_t{taps_} * taps_ * lanes));
    for (int64_t d = first; d < std::min(first + kPackDepth, depth_); ++d) {
      const int64_t channel = d % channels_of_phase;
      const size_t phase = static_cast<size_t>(d / channels_of_phase);
      const Phase& row_phase = rows_[phase / columns_.size()];
      const Phase& column_phase = columns_[phase % columns_.size()];
      std::fill(all.begin(), all.end(), 0.0F);
      for (int64_t lane = 0; lane < outputs && channel < shape_.in_channels; ++lane) {
        const float* from = weights + (panel * lanes + lane) * order.out_stride + channel * order.in_stride;
        float* to = all.data() + lane;
        for (int64_t tap = 0; tap < num_taps; ++tap) to[tap * lanes] = from[order.is_turned ? num_taps - 1 - tap : tap];
      }
      for (int64_t time = 0; time < kernel_time; ++time) {
        for (int tap = 0; tap < taps_ * taps_; ++tap) {
          const int y = row_phase.taps[static_cast<size_t>(tap / taps_)];
          const int x = column_phase.taps[static_cast<size_t>(tap % taps_)];
          float* to = kernel.data() + tap * lanes;
          if (y < 0 || x < 0)
            std::fill_n(to, lanes, 0.0F);
          else
            std::copy_n(all.data() + (time * area + y * shape_.kernel[2] + x) * lanes, lanes, to);
        }
        kernels_.transform_weights(weight_transform_.num_rows, taps_, weight_transform_.matrix.data(), kernel.data(),
                                   packed + ((panel * kernel_time + time) * depth_ + d) * lanes, weight_size());
      }
    }
    if (kernels_.finish_weights == nullptr) return;
    for (int64_t at = 0; at < num_packed_floats(); at += weight_size())
      for (int64_t time = 0; time < kernel_time; ++time)
        kernels_.finish_weights(packed + at + ((panel * kernel_time + time) * depth_ + first) * lanes);
  });
}

int64_t WinogradConv::input_point_stride(const Block& block) const {
  return odd_lines(num_frame_slots_ * block.frame_rows() * input_stride_);
}

int64_t WinogradConv::output_point_stride(const Block& block) const {
  return odd_lines(output_rows(block) * output_stride_);
}

int64_t WinogradConv::num_expanded_floats() const {
  return num_points() * odd_lines(shape_.kernel[0] * lean_depth_ * kernels_.panel_columns);
}

int64_t WinogradConv::num_scratch_floats() const {
  int64_t most = 0;
  if (is_lean_)
    return divide_up(depth_, lean_depth_) * num_points() * input_point_stride(blocks_.front()) +
           num_threads_ * (num_expanded_floats() +
                           num_points() * odd_lines(output_rows(blocks_.front()) * kernels_.panel_columns));
  for (const Block& block : blocks_)
    most = std::max(most, num_points() * (input_point_stride(block) + output_point_stride(block)));
  return most * (whole_ ? 1 : num_threads_);
}

/// Item: one tile of one sample of one used frame.
void WinogradConv::transform_input(const ConvCall& call, const Block& block, int64_t item, float* transformed) const {
  const int64_t num_tiles = block.num_tiles(), frame_rows = block.frame_rows(), lanes = kernels_.lanes;
  const int64_t tile = block.first_tile + item % num_tiles;
  const int64_t sample = item / num_tiles % (block.last_sample - block.first_sample);
  const int64_t frame = used_frames_[static_cast<size_t>(item / frame_rows)];
  const int64_t row = frame_slots_[static_cast<size_t>(frame)] * frame_rows + item % frame_rows;
  const int64_t width = shape_.input[2];
  const auto [plane, block_stride] = call.input.frame(shape_, lanes, block.first_sample + sample, frame);
  const int first_row = static_cast<int>(tile / num_tile_columns_) * outputs_ * form_.step;
  const int first_column = static_cast<int>(tile % num_tile_columns_) * outputs_ * form_.step;
  float* to = transformed + row * input_stride_;
  for (const Phase& y : rows_) {
    for (const Phase& x : columns_) {
      const TileSource source{plane + (y.parity * width + x.parity) * lanes,
                              block_stride,
                              static_cast<int64_t>(rows_.size()) * width * lanes,
                              static_cast<int64_t>(columns_.size()) * lanes,
                              first_row + y.first_shift,
                              first_column + x.first_shift,
                              y.extent,
                              x.extent};
      if (is_lean_) return transform_input_lean(block, source, to);
      kernels_.transform_input(form_, source, in_blocks_, to, input_point_stride(block));
      to += in_blocks_ * lanes;
    }
  }
}

void WinogradConv::transform_input_lean(const Block& block, const TileSource& tile, float* row) const {
  const int64_t at_a_time = lean_depth_ / kernels_.lanes;
  TileSource part = tile;
  for (int64_t first = 0; first < in_blocks_; first += at_a_time) {
    kernels_.transform_input(form_, part, std::min(at_a_time, in_blocks_ - first), row, input_point_stride(block));
    part.pixels += at_a_time * tile.block_stride;
    row += num_points() * input_point_stride(block);
  }
}

WinogradConv::Rows WinogradConv::rows_of(const Block& block) const {
  const int64_t frame_rows = block.frame_rows();
  Rows rows;
  for (size_t tap = 0; tap < tap_slots_.size(); ++tap) rows.taps[tap] = tap_slots_[tap] * frame_rows;
  for (size_t i = 0; i < frame_ranges_.size(); ++i) {
    rows.ranges[i] = frame_ranges_[i];
    rows.ranges[i].first_row *= frame_rows;
    rows.ranges[i].last_row *= frame_rows;
  }
  return rows;
}

void WinogradConv::multiply(const ConvCall& call, const Block& block, size_t point, int64_t first_panel,
                            int64_t last_panel, const float* transformed, float* products) const {
  const Rows rows = rows_of(block);
  const auto [values, weights] = product_points_[point];
  Product product{transformed + values * input_point_stride(block),
                  input_stride_,
                  call.packed + weights * weight_size(),
                  products + values * output_point_stride(block),
                  output_stride_,
                  depth_,
                  std::span(rows.taps.data(), tap_slots_.size()),
                  std::span(rows.ranges.data(), frame_ranges_.size()),
                  first_panel,
                  last_panel};
  if (!whole_ && point + 1 < product_points_.size()) {  // Else another thread may take it.
    product.next_input = transformed + product_points_[point + 1].values * input_point_stride(block);
    product.next_weights = call.packed + product_points_[point + 1].weights * weight_size();
  }
  kernels_.multiply(product);
}

/// Item: one tile of one sample of one output frame, whose row of products holds the given panels.
void WinogradConv::transform_output(const ConvCall& call, const Block& block, int64_t item, int64_t first_panel,
                                    int64_t last_panel, const float* products, int64_t point_stride) const {
  const int64_t num_tiles = block.num_tiles(), lanes = kernels_.lanes, blocks = kernels_.panel_columns / lanes;
  const int64_t tile = block.first_tile + item % num_tiles;
  const int64_t sample = block.first_sample + item / num_tiles % (block.last_sample - block.first_sample);
  const int64_t frame = item / block.frame_rows();
  const auto [frames, height, width] = shape_.output;
  const int64_t y = tile / num_tile_columns_ * outputs_, x = tile % num_tile_columns_ * outputs_;
  const int64_t first =
      (((sample * out_blocks_ + first_panel * blocks) * frames + frame) * height * width + y * width + x) * lanes;
  const TileTarget target{call.output + first,
                          call.residual == nullptr ? nullptr : call.residual + first,
                          call.bias + first_panel * kernels_.panel_columns,
                          frames * height * width * lanes,
                          width * lanes,
                          lanes,
                          static_cast<int>(std::min<int64_t>(outputs_, height - y)),
                          static_cast<int>(std::min<int64_t>(outputs_, width - x)),
                          call.low,
                          call.high};
  kernels_.transform_output(form_, outputs_, products + item * (last_panel - first_panel) * kernels_.panel_columns,
                            point_stride, std::min(last_panel * blocks, out_blocks_) - first_panel * blocks, target);
}

void WinogradConv::run_lean_panel(const ConvCall& call, int64_t panel, const float* transformed, float* scratch) const {
  const Block& block = blocks_.front();
  const int64_t columns = kernels_.panel_columns, taps = shape_.kernel[0], area = int64_t{taps_} * taps_;
  const int64_t point_stride = odd_lines(output_rows(block) * columns);
  float* const products = scratch + num_expanded_floats();
  const Rows rows = rows_of(block);
  for (int64_t first = 0; first < depth_; first += lean_depth_) {
    const int64_t depth = std::min(lean_depth_, depth_ - first), size = odd_lines(taps * depth * columns);
    for (int64_t tap = 0; tap < taps; ++tap) {
      const float* from = call.packed + ((panel * depth_ + first) * taps + tap) * area * columns;
      kernels_.expand_weights(form_, float_matrix_.data(), {from, taps * area * columns, depth},
                              scratch + tap * depth * columns, size);
    }
    const float* const part = transformed + first / lean_depth_ * num_points() * input_point_stride(block);
    Product product{part,
                    input_stride_,
                    scratch,
                    products,
                    columns,
                    depth,
                    std::span(rows.taps.data(), tap_slots_.size()),
                    std::span(rows.ranges.data(), frame_ranges_.size()),
                    0,
                    1,
                    first > 0};
    // The next channels' weights are fetched meanwhile, as many with each product as it has of its own.
    const float* next = call.packed + (panel * depth_ + first + depth) * taps * area * columns;
    const float* const next_end = next + std::min(lean_depth_, depth_ - first - depth) * taps * area * columns;
    for (size_t point = 0; point < product_points_.size(); ++point) {
      const auto [values, weights] = product_points_[point];
      product.next_weights = next < next_end ? next : nullptr;
      next += taps * depth * columns;
      product.input = part + values * input_point_stride(block);
      product.next_input = point + 1 < product_points_.size()
                               ? part + product_points_[point + 1].values * input_point_stride(block)
                               : nullptr;
      product.weights = scratch + weights * size;
      product.output = products + values * point_stride;
      kernels_.multiply(product);
    }
  }
  for (int64_t item = 0; item < output_rows(block); ++item)
    transform_output(call, block, item, panel, panel + 1, products, point_stride);
}

void WinogradConv::run_lean(const ConvCall& call, float* scratch) const {
  const Block& block = blocks_.front();
  const int64_t inputs = static_cast<int64_t>(used_frames_.size()) * block.frame_rows();
  on_threads(num_threads_, [&](int thread) {
    const Span share = share_of(inputs, thread, num_threads_);
    for (int64_t item = share.first; item < share.last; ++item) transform_input(call, block, item, scratch);
  });
  float* const own = scratch + divide_up(depth_, lean_depth_) * num_points() * input_point_stride(block);
  const int64_t own_size = (num_scratch_floats() - (own - scratch)) / num_threads_;
  on_items(num_panels_, num_threads_,
           [&](int64_t panel, int thread) { run_lean_panel(call, panel, scratch, own + thread * own_size); });
}

void WinogradConv::run_blocks(const ConvCall& call, float* scratch) const {
  const int64_t scratch_size = num_scratch_floats() / num_threads_;
  on_items(static_cast<int64_t>(blocks_.size()), num_threads_, [&](int64_t index, int thread) {
    const Block& block = blocks_[static_cast<size_t>(index)];
    float* transformed = scratch + thread * scratch_size;
    float* products = transformed + num_points() * input_point_stride(block);
    const int64_t inputs = static_cast<int64_t>(used_frames_.size()) * block.frame_rows();
    for (int64_t item = 0; item < inputs; ++item) transform_input(call, block, item, transformed);
    for (size_t point = 0; point < product_points_.size(); ++point)
      multiply(call, block, point, 0, num_panels_, transformed, products);
    for (int64_t item = 0; item < output_rows(block); ++item)
      transform_output(call, block, item, 0, num_panels_, products, output_point_stride(block));
  });
}

void WinogradConv::run_whole(const ConvCall& call, float* scratch) const {
  const Block& block = blocks_.front();
  float* products = scratch + num_points() * input_point_stride(block);
  const int64_t inputs = static_cast<int64_t>(used_frames_.size()) * block.frame_rows();
  const int64_t outputs = output_rows(block);
  on_threads(num_threads_, [&](int thread) {
    const Span share = share_of(inputs, thread, num_threads_);
    for (int64_t item = share.first; item < share.last; ++item) transform_input(call, block, item, scratch);
  });
  // Several panels at a time, of which each is fetched while the one before is used.
  constexpr int64_t kItemsPerThread = 8;
  const int64_t parts = std::min(num_panels_, divide_up(kItemsPerThread * num_threads_, num_points()));
  on_items(num_points() * parts, num_threads_, [&](int64_t item, int /*thread*/) {
    const Span panels = share_of(num_panels_, static_cast<int>(item % parts), static_cast<int>(parts));
    multiply(call, block, static_cast<size_t>(item / parts), panels.first, panels.last, scratch, products);
  });
  on_threads(num_threads_, [&](int thread) {
    const Span share = share_of(outputs, thread, num_threads_);
    for (int64_t item = share.first; item < share.last; ++item)
      transform_output(call, block, item, 0, num_panels_, products, output_point_stride(block));
  });
}

void WinogradConv::run(const ConvInput& input, const float* packed, const float* bias, const float* residual, float low,
                       float high, float* output, float* scratch) const {
  const ConvCall call{input, packed, bias, residual, low, high, output};
  if (is_lean_) return run_lean(call, scratch);
  whole_ ? run_whole(call, scratch) : run_blocks(call, scratch);
}

}  // namespace gerund::infer
