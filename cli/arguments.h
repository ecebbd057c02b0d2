// cli/arguments.h - the command-line form that train, evaluate, infer and export share with the reference toolkit.
#pragma once

#include <CLI/CLI.hpp>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "cli/words.h"
#include "clip/sampler.h"
#include "predict/loaded_model.h"
#include "spec/load.h"

namespace gerund::cli {

/// -e SPEC -r RESULTS -k KEY and what else stands on the line: paths and key=value.
struct SpecArguments {
  std::string spec_path;
  std::string results_dir;
  std::string key;
  std::vector<std::string> words;
};

/// Adds the options to a verb; `words_help` describes its positional words, which are key=value and, where
/// `takes_files`, paths.
void add_spec_arguments(CLI::App& verb, SpecArguments& arguments, const std::string& words_help,
                        bool takes_files = true);

/// How evaluate and infer run a model.
struct ModelArguments {
  std::string engine = "auto";
  int num_threads = 0;
  std::string precision = "fp32";
  bool strict = false;
  bool with_step = false;  ///< As predict::OpenOptions.
};
void add_model_arguments(CLI::App& verb, ModelArguments& arguments);

/// Opens the model of such a line, by its path or as catalogue:NAME; the spec gives recipe and labels to an ONNX file
/// without them, where one was named.
serve::LoadedModel open_model(const std::filesystem::path& path, const ModelArguments& model, const SpecArguments& spec,
                              const spec::Experiment& experiment);

/// Throws UserError, naming `key`, where the view shows an exported network clips of another length than it takes.
void check_view(const serve::LoadedModel& model, clip::View view, const std::string& key);

/// The folder of a verb's own files: its results_dir, else <results_dir>/<verb>; nullopt where neither is set.
std::optional<std::filesystem::path> verb_folder(const std::string& results_dir,
                                                 const std::optional<std::string>& own_results_dir,
                                                 const std::string& verb);

/// The canonical spec of the line: the file, or where none is given the YAML `otherwise`; then -r, -k and overrides.
/// Warnings go to the log.
spec::Experiment load_experiment(const SpecArguments& arguments, const std::string& otherwise = "{}");

/// The same for verbs that train: weights to start from that are named catalogue:NAME are fetched.
spec::Experiment load_training_experiment(const SpecArguments& arguments, const std::string& otherwise = "{}");

}  // namespace gerund::cli
