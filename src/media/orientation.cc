#include "media/orientation.h"

#include <array>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <utility>

namespace gerund::media {
namespace {

/// 9 numbers, row by row (libavutil/display.h): a pixel (x, y) is shown at (x * m[0] + y * m[3], x * m[1] + y * m[4]),
/// but for a shift.
using DisplayMatrix = std::array<int32_t, 9>;

const uint8_t* display_matrix(const AVStream& stream) {
#if LIBAVCODEC_VERSION_INT >= AV_VERSION_INT(60, 31, 102)
  const AVCodecParameters& parameters = *stream.codecpar;
  const AVPacketSideData* found =
      av_packet_side_data_get(parameters.coded_side_data, parameters.nb_coded_side_data, AV_PKT_DATA_DISPLAYMATRIX);
  return found != nullptr && found->size >= sizeof(DisplayMatrix) ? found->data : nullptr;
#else
  size_t size = 0;
  const uint8_t* data = av_stream_get_side_data(&stream, AV_PKT_DATA_DISPLAYMATRIX, &size);
  return size >= sizeof(DisplayMatrix) ? data : nullptr;
#endif
}

}  // namespace

Orientation orientation_of(const AVStream& stream) {
  const uint8_t* bytes = display_matrix(stream);
  if (bytes == nullptr) return {};
  DisplayMatrix m{};
  std::memcpy(m.data(), bytes, sizeof m);
  const auto size = [](int32_t value) { return std::abs(static_cast<int64_t>(value)); };
  if (size(m[1]) + size(m[3]) > size(m[0]) + size(m[4])) return {true, m[3] < 0, m[1] < 0};
  return {false, m[0] < 0, m[4] < 0};
}

tensor::Frame orient(tensor::Frame frame, const Orientation& orientation) {
  const auto [is_transposed, is_mirrored, is_flipped] = orientation;
  if (!is_transposed && !is_mirrored && !is_flipped) return frame;
  tensor::Frame result = is_transposed ? tensor::Frame(frame.height, frame.width)  //
                                       : tensor::Frame(frame.width, frame.height);
  result.pts_seconds = frame.pts_seconds;
  for (int y = 0; y < result.height; ++y) {
    uint8_t* to = result.row(y);
    const int from_y = is_flipped ? result.height - 1 - y : y;
    for (int x = 0; x < result.width; ++x, to += 3) {
      const int from_x = is_mirrored ? result.width - 1 - x : x;
      const auto [column, row] = is_transposed ? std::pair(from_y, from_x) : std::pair(from_x, from_y);
      std::memcpy(to, frame.row(row) + 3 * static_cast<ptrdiff_t>(column), 3);
    }
  }
  return result;
}

}  // namespace gerund::media
