#include <fmt/format.h>

#include <algorithm>
#include <memory>
#include <nlohmann/json.hpp>

#include "base/error.h"
#include "base/files.h"
#include "base/sha256.h"
#include "catalogue/index.h"
#include "cli/models_verbs.h"
#include "cli/values.h"
#include "nets/checkpoint.h"
#include "predict/describe.h"

namespace gerund::cli {
namespace {

namespace fs = std::filesystem;

struct Arguments {
  std::string checkpoint;
  std::string index;
  std::string results;
  catalogue::Entry entry;
  catalogue::Accuracy accuracy;
};

catalogue::Network network_of(const spec::ModelSpec& model) {
  return {model.model_type, model.input_type, model.backbone, model.temporal, model.width};
}

/// What gerund evaluate has found.
catalogue::Accuracy accuracy_of(const Arguments& arguments) {
  catalogue::Accuracy accuracy = arguments.accuracy;
  try {
    const auto results = nlohmann::json::parse(base::read_file(arguments.results));
    accuracy.value = results.at("accuracy").get<double>();
    accuracy.num_clips = results.at("num_samples").get<int64_t>();
  } catch (const nlohmann::json::exception& error) {
    throw base::UserError(
        fmt::format("--results: {} is no results.json of gerund evaluate: {}", arguments.results, error.what()));
  }
  return accuracy;
}

catalogue::Entry entry_of(const Arguments& arguments) {
  const fs::path path = arguments.checkpoint;
  const nets::Checkpoint checkpoint = nets::load_checkpoint(path);
  const predict::Description description = predict::describe(path, {});
  catalogue::Entry entry = arguments.entry;
  entry.name = path.stem().string();
  entry.file = fs::relative(path, fs::absolute(arguments.index).parent_path()).generic_string();
  entry.num_bytes = static_cast<int64_t>(fs::file_size(path));
  entry.sha256 = base::sha256_of_file(path);
  entry.network = network_of(checkpoint.experiment.model);
  entry.classes = checkpoint.labels;
  entry.recipe = checkpoint.recipe;
  entry.parameters = description.parameters;
  entry.multiply_adds = description.macs.value_or(0);
  if (!arguments.results.empty()) entry.accuracies.push_back(accuracy_of(arguments));
  return entry;
}

void run_add(const Arguments& arguments) {
  catalogue::Index index;
  if (fs::exists(arguments.index)) index = catalogue::parse_index(base::read_file(arguments.index), arguments.index);
  catalogue::Entry entry = entry_of(arguments);
  const auto old = std::find_if(index.entries.begin(), index.entries.end(),
                                [&](const catalogue::Entry& known) { return known.name == entry.name; });
  if (old == index.entries.end()) {
    index.entries.push_back(std::move(entry));
  } else {
    *old = std::move(entry);
  }
  const std::string text = catalogue::print_index(index);
  catalogue::parse_index(text, arguments.index);  // Refuses what readers would refuse.
  base::write_file(arguments.index, text);
  fmt::print("{0}: {1} models; sign it anew: minisign -S -m {0}\n", arguments.index, index.entries.size());
}

}  // namespace

void add_models_add(CLI::App& models) {
  auto arguments = std::make_shared<Arguments>();
  catalogue::Entry& entry = arguments->entry;
  CLI::App* verb = models.add_subcommand("add", "Puts a checkpoint into the index of a catalogue of your own");
  verb->add_option("checkpoint", arguments->checkpoint,
                   "CHECKPOINT, in the folder of the index; its name is the entry's")
      ->required()
      ->type_name(kFile);
  verb->add_option("--index", arguments->index, "The index; made where it does not exist")
      ->required()
      ->type_name("INDEX.json");
  verb->add_option("--summary", entry.summary, "One sentence on it")->required()->type_name("TEXT");
  verb->add_option("--licence", entry.licence, "Of the weights, e.g. Apache-2.0")->required()->type_name("NAME");
  CLI::Option* results =
      verb->add_option("--results", arguments->results, "results.json of gerund evaluate: the accuracy")
          ->type_name(kFile);
  CLI::Option* split = verb->add_option("--split", arguments->accuracy.split, "Which clips that was measured on")
                           ->type_name("TEXT")
                           ->needs(results);
  CLI::Option* command =
      verb->add_option("--command", arguments->accuracy.command, "That measured it")->type_name("TEXT")->needs(results);
  results->needs(split)->needs(command);
  verb->add_option("--made-by", entry.made_by, "A command that made it; repeat for several")
      ->type_name("TEXT")
      ->expected(1)
      ->multi_option_policy(CLI::MultiOptionPolicy::TakeAll);
  verb->footer("An entry of the same name is replaced. Example: docs/catalogue.md.");
  verb->callback([arguments] { run_add(*arguments); });
}

}  // namespace gerund::cli
