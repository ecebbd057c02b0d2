// cli/dataset_verbs.h - the verbs of `gerund dataset`, one file each, and what they share.
#pragma once

#include <CLI/CLI.hpp>
#include <filesystem>
#include <string>
#include <vector>

#include "data/dataset.h"
#include "data/frame_folders.h"
#include "data/probe.h"

namespace gerund::cli {

void add_dataset_import(CLI::App& dataset);
void add_dataset_split(CLI::App& dataset);
void add_dataset_extract(CLI::App& dataset);
void add_dataset_flow(CLI::App& dataset);
void add_dataset_check(CLI::App& dataset);
void add_dataset_show(CLI::App& dataset);
void add_dataset_stats(CLI::App& dataset);

/// All clips of a data set's folder, whatever its classes; what is left out goes to the log.
std::vector<data::Item> clips_of(const std::filesystem::path& root);

/// Prints what the reference's scripts print of each clip, "Preprocess CLASS" once and "f cnt: N.0", or what is wrong
/// with it as an error line.
data::OnConverted print_converted();

/// Ends the verb with exit code 1 where a clip could not be read.
void end_with(int64_t num_broken);

/// Threads for clips: the number asked for, or one per core for 0.
int workers_for(int asked);

}  // namespace gerund::cli
