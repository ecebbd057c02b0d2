// cli/verbs.h - the verbs of the program, one file each. A verb adds its options; its callback translates them and
// calls the library.
#pragma once

#include <CLI/CLI.hpp>

namespace gerund::cli {

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
