#include "draw/text_mask.h"

#include <iconv.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <opencv2/imgproc.hpp>

#include "base/utf8.h"

namespace gerund::draw {
namespace {

// Letters are drawn large with OpenCV's built-in strokes (Hershey's single-stroke roman) and reduced by averaging. One
// more column than row goes into a pixel, because the strokes are drawn for a wider page than ours.
constexpr int kRowsPerPixel = 8;
constexpr int kColumnsPerPixel = 9;
constexpr double kCapShare = 0.7;        // Height of the capitals in text sizes.
constexpr double kCapUnits = 21;         // The same in the font's units.
constexpr double kDescenderShare = 0.3;  // Room below the baseline.

struct Strokes {
  double scale;
  int thickness;
};

Strokes strokes_of(double size, bool bold) {
  const double large = size * kRowsPerPixel;
  return {large * kCapShare / kCapUnits, std::max(1, static_cast<int>(std::lround(large * (bold ? 0.145 : 0.095))))};
}

/// Width in the large drawing.
int large_width(const std::string& text, const Strokes& strokes) {
  int baseline = 0;
  return cv::getTextSize(text, cv::FONT_HERSHEY_SIMPLEX, strokes.scale, strokes.thickness, &baseline).width;
}

bool is_printable(char letter) {
  return letter >= 0x20 && letter < 0x7f;
}

/// The C library's transliteration, which goes by the characters of the thread: letters without their accents.
class Transliteration {
 public:
  Transliteration() : converter_(iconv_open("ASCII//TRANSLIT", "UTF-8")) {}
  ~Transliteration() {
    if (is_there()) iconv_close(converter_);
  }
  Transliteration(const Transliteration&) = delete;
  Transliteration& operator=(const Transliteration&) = delete;

  /// One character, UTF-8; "" where the C library has nothing for it.
  std::string operator()(std::string_view character) const {
    if (!is_there()) return "";
    std::string from(character);
    char* read = from.data();
    std::array<char, 16> bytes{};
    char* written = bytes.data();
    size_t left = from.size(), room = bytes.size();
    const base::Utf8Characters characters;
    const bool is_done = iconv(converter_, &read, &left, &written, &room) != static_cast<size_t>(-1);
    return is_done ? std::string(bytes.data(), written) : "";
  }

 private:
  bool is_there() const { return converter_ != reinterpret_cast<iconv_t>(-1); }  // NOLINT(performance-no-int-to-ptr)
  iconv_t converter_;
};

}  // namespace

std::string to_ascii(std::string_view text) {
  if (std::ranges::all_of(text, is_printable)) return std::string(text);
  static thread_local const Transliteration transliteration;  // Labels are drawn again on every frame.
  std::string ascii;
  for (size_t i = 0; i < text.size();) {
    size_t end = i + 1;
    while (end < text.size() && (static_cast<unsigned char>(text[end]) & 0xc0) == 0x80) ++end;
    const std::string plain =
        end == i + 1 && is_printable(text[i]) ? std::string(1, text[i]) : transliteration(text.substr(i, end - i));
    ascii += !plain.empty() && std::ranges::all_of(plain, is_printable) ? plain : "?";
    i = end;
  }
  return ascii;
}

double text_mask_width(std::string_view text, double size, bool bold) {
  if (text.empty()) return 0;
  return static_cast<double>(large_width(to_ascii(text), strokes_of(size, bold))) / kColumnsPerPixel;
}

TextMask draw_text_mask(std::string_view text, double size, bool bold, double shift_x, double shift_y) {
  const std::string ascii = to_ascii(text);
  const Strokes strokes = strokes_of(size, bold);
  const double margin = std::ceil(size * 0.15) + 1;
  TextMask mask;
  mask.left = margin + shift_x;
  mask.middle = std::ceil(margin + size * kCapShare / 2) + shift_y;
  mask.width = static_cast<int>(std::ceil(text_mask_width(text, size, bold) + 2 * margin + 1));
  mask.height = static_cast<int>(std::ceil(size * (kCapShare + kDescenderShare) + 2 * margin + 2));
  cv::Mat large(mask.height * kRowsPerPixel, mask.width * kColumnsPerPixel, CV_8UC1, cv::Scalar(0));
  const double baseline = mask.middle + size * kCapShare / 2;
  const cv::Point origin(static_cast<int>(std::lround(mask.left * kColumnsPerPixel)),
                         static_cast<int>(std::lround(baseline * kRowsPerPixel)));
  cv::putText(large, ascii, origin, cv::FONT_HERSHEY_SIMPLEX, strokes.scale, cv::Scalar(255), strokes.thickness);
  mask.coverage.resize(static_cast<size_t>(mask.width) * static_cast<size_t>(mask.height));
  cv::Mat small(mask.height, mask.width, CV_8UC1, mask.coverage.data());
  cv::resize(large, small, small.size(), 0, 0, cv::INTER_AREA);
  return mask;
}

}  // namespace gerund::draw
