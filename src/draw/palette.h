// draw/palette.h - the colours that all pictures of gerund share.
#pragma once

#include <cstdint>

#include "draw/canvas.h"

namespace gerund::draw {

inline constexpr Color kPaper{255, 255, 255};
inline constexpr Color kInk{33, 40, 51};
inline constexpr Color kFaintInk{110, 119, 131};
inline constexpr Color kRule{222, 226, 231};
inline constexpr Color kPanel{245, 247, 249};
inline constexpr Color kAccent{31, 95, 160};

/// The colour of a class in every picture: ten calm ones, then lighter and darker kin of them. -1 (no class): grey.
Color class_color(int64_t class_index);

/// Black or white ink, whichever reads better on `background`.
Color ink_on(Color background);

}  // namespace gerund::draw
