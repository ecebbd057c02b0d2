#include "tensor/chroma_rows.h"

#include <algorithm>
#include <cstring>

namespace gerund::tensor {
namespace {

constexpr int kColumnUnity = 1 << 14;
constexpr int kRowUnity = 1 << 12;
constexpr int64_t kStep = 1 << 17;      // From one chroma sample to the next.
constexpr int64_t kNearlyHit = 262;     // 0.2 % of kStep.
constexpr int kFewestInterpolated = 4;  // Samples.

int chroma_size(int num_pixels) {
  return num_pixels / 2 + num_pixels % 2;
}

// Two pixels for each sample but the first and the last, which only lend their values.
void spread_twice(const uint8_t* __restrict samples, size_t num_samples, int16_t* __restrict target) {
  for (size_t i = 1; i + 1 < num_samples; ++i) {
    const int own = 3 * samples[i];
    target[2 * i - 2] = static_cast<int16_t>((own + samples[i - 1]) * 32);
    target[2 * i - 1] = static_cast<int16_t>((own + samples[i + 1]) * 32);
  }
}

}  // namespace

// See Note [Chroma as swscale spreads it].
ChromaRows::Place ChromaRows::place_of(int pixel, int num_pixels, int unity) {
  const int64_t num_samples = chroma_size(num_pixels);
  const int64_t half_pixel = ((num_samples << 16) + num_pixels / 2) / num_pixels;
  const int64_t from_edge = (2 * static_cast<int64_t>(pixel) + 1) * half_pixel;
  if (num_samples < kFewestInterpolated) return {static_cast<int>(from_edge / kStep), 0};
  const int64_t from_sample = from_edge - kStep / 2;
  if (from_sample < 0) return {};
  int64_t first = from_sample / kStep;
  int64_t rest = from_sample % kStep;
  if (kStep - rest <= kNearlyHit) {
    ++first;
    rest = 0;
  }
  if (first > num_samples - 2) return {static_cast<int>(num_samples - 2), unity};
  const int64_t per_weight = kStep / unity;
  const int64_t first_weight = (kStep - rest + per_weight / 2) / per_weight;
  return {static_cast<int>(first), unity - static_cast<int>(first_weight)};
}

ChromaRows::ChromaRows(const YuvView& picture, int x, int width)
    : picture_(picture),
      halves_columns_(picture.layout != ChromaLayout::i444),
      halves_rows_(picture.layout == ChromaLayout::i420 || picture.layout == ChromaLayout::nv12) {
  doubles_ = halves_columns_ && picture.width % 2 == 0 && chroma_size(picture.width) >= kFewestInterpolated;
  int stop = 0;
  if (doubles_) {
    first_ = x / 2 - 1;
    stop = (x + width - 1) / 2 + 2;
    num_unwanted_ = x % 2;
  } else {
    for (int i = x; i < x + width; ++i)
      places_.push_back(halves_columns_ ? place_of(i, picture.width, kColumnUnity) : Place{i, 0});
    first_ = places_.front().first;
    stop = places_.back().first + 2;
  }
  samples_.resize(static_cast<size_t>(stop - first_));
  for (Kept& kept : kept_) {
    kept.u.resize(doubles_ ? 2 * (samples_.size() - 2) : places_.size());
    kept.v.resize(kept.u.size());
  }
}

ChromaRowPair ChromaRows::at(int y) {
  if (!halves_rows_) {
    const ChromaRow own = row(y);
    return {own, own};
  }
  const Place place = place_of(y, picture_.height, kRowUnity);
  const ChromaRow upper = row(place.first);
  return {upper, place.second_weight < kRowUnity / 2 ? upper : row(place.first + 1)};
}

ChromaRow ChromaRows::row(int index) {
  Kept& kept = kept_[static_cast<size_t>(index % 2)];
  if (kept.row != index) {
    kept.row = index;
    read_samples(index, 0);
    spread(kept.u.data());
    read_samples(index, 1);
    spread(kept.v.data());
  }
  return {kept.u.data() + num_unwanted_, kept.v.data() + num_unwanted_};
}

// `kind`: 0 is U, 1 is V. Beyond the plane, the samples at its edge are repeated.
void ChromaRows::read_samples(int row, size_t kind) {
  const bool in_turn = picture_.layout == ChromaLayout::nv12;
  const size_t plane = in_turn ? 1 : 1 + kind;
  const uint8_t* source = picture_.planes[plane] + static_cast<ptrdiff_t>(row) * picture_.strides[plane];
  const int start = std::max(first_, 0);
  const int num_columns = halves_columns_ ? chroma_size(picture_.width) : picture_.width;
  const int stop = std::min(first_ + static_cast<int>(samples_.size()), num_columns);
  const auto count = static_cast<size_t>(stop - start);
  uint8_t* target = samples_.data() + (start - first_);
  if (in_turn) {
    source += 2 * static_cast<ptrdiff_t>(start) + static_cast<ptrdiff_t>(kind);
    for (size_t i = 0; i < count; ++i) target[i] = source[2 * i];
  } else {
    std::memcpy(target, source + start, count);
  }
  std::fill(samples_.data(), target, target[0]);
  std::fill(target + count, samples_.data() + samples_.size(), target[count - 1]);
}

void ChromaRows::spread(int16_t* target) const {
  if (doubles_) {
    spread_twice(samples_.data(), samples_.size(), target);
    return;
  }
  for (const Place& place : places_) {
    const uint8_t* sample = samples_.data() + (place.first - first_);
    const int sum = sample[0] * (kColumnUnity - place.second_weight) + sample[1] * place.second_weight;
    *target++ = static_cast<int16_t>(sum / (kColumnUnity / 128));
  }
}

}  // namespace gerund::tensor
