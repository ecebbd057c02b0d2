// measure/machine.h - what the system says of this process's memory.
#pragma once

#include <cstdint>
#include <optional>

namespace gerund::measure {

/// Bytes of memory that this process holds now. nullopt where the system does not say (it is Linux's VmRSS).
std::optional<int64_t> resident_bytes();
/// The most that it held since it began or since reset_peak() (VmHWM).
std::optional<int64_t> peak_resident_bytes();
/// Gives freed memory back to the system and begins a new peak, so that the growth of the next piece of work shows.
/// Does nothing where the system cannot.
void reset_peak();

}  // namespace gerund::measure
