// measure/fma_peak.h - the most multiply-adds that the machine does, measured.
#pragma once

namespace gerund::measure {

/// GFLOP/s of float32 multiply-adds (2 FLOP each) on values in registers, by `num_threads` threads at once, in the
/// widest vectors that the processor has and this program knows (AVX-512, AVX2, else 128 bits). The best of several
/// attempts of 20 ms, for other work on the machine only ever slows them. Takes some 0.3 s.
double fma_peak_gflops(int num_threads);

}  // namespace gerund::measure
