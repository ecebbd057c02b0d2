// cli/models_verbs.h - the verbs of `gerund models`, one file each.
#pragma once

#include <CLI/CLI.hpp>

namespace gerund::cli {

void add_models_list(CLI::App& models);
void add_models_show(CLI::App& models);
void add_models_pull(CLI::App& models);
void add_models_verify(CLI::App& models);
void add_models_import(CLI::App& models);
void add_models_add(CLI::App& models);

}  // namespace gerund::cli
