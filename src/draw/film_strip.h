// draw/film_strip.h - a video at a glance: some of its frames side by side.
#pragma once

#include <span>
#include <string>

#include "tensor/frame.h"

namespace gerund::draw {

/// The frames in a row, `height` pixels high (>= 8), each with its aspect ratio, a thin gap between them. Throws
/// InternalError where there is no frame or one is empty.
tensor::Frame draw_film_strip(std::span<const tensor::Frame> frames, int height);

/// The bytes of a JPEG file (8 bits RGB). `quality` 1..100. Throws InternalError for an empty frame.
std::string encode_jpeg(const tensor::Frame& frame, int quality);

}  // namespace gerund::draw
