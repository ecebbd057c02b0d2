// cli/verbs.h - the verbs of the programs, one file each. A verb adds its options; its callback translates them and
// calls the library.
#pragma once

#include <CLI/CLI.hpp>
#include <span>
#include <string>

#include "measure/benchmark.h"

namespace gerund::cli {

/// Which program this is. Defined in all_verbs.cc for `gerund` and in runtime_verbs.cc for `gerund-runtime`, which does
/// without LibTorch.
std::string program_name();
using AddVerb = void (*)(CLI::App&);
/// Its verbs, in the order of its help.
std::span<const AddVerb> verbs();

/// Prints the table of `bench --table`, as JSON or Markdown; nullptr where the program makes no networks to measure.
using PrintTable = void (*)(const measure::BenchmarkOptions& options, bool json);
PrintTable table_printer();

void add_train(CLI::App& app);
void add_sweep(CLI::App& app);
void add_find_lr(CLI::App& app);
void add_evaluate(CLI::App& app);
void add_infer(CLI::App& app);
void add_export(CLI::App& app);
void add_spec(CLI::App& app);
void add_describe(CLI::App& app);
void add_bench(CLI::App& app);
void add_deploy(CLI::App& app);
void add_parity(CLI::App& app);
void add_synth(CLI::App& app);
void add_demo(CLI::App& app);
void add_models(CLI::App& app);
void add_dataset(CLI::App& app);
void add_completion(CLI::App& app);
void add_man(CLI::App& app);

}  // namespace gerund::cli
