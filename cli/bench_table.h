// cli/bench_table.h - gerund bench --table: the networks that people ask about, on this machine.
#pragma once

#include "measure/benchmark.h"

namespace gerund::cli {

/// Measures 2D and 3D ResNet-18 and the step of a causal one, with fresh weights, in every precision that this
/// processor has and beside ONNX Runtime where it is installed, and prints measure::SpeedTable: as Markdown row by row
/// as they come, or as JSON at the end. Of `options`: threads, algorithm, time and the folder of ONNX Runtime.
void print_speed_table(const measure::BenchmarkOptions& options, bool json);

}  // namespace gerund::cli
