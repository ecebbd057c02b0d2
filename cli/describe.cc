#include <fmt/format.h>

#include <memory>

#include "cli/models_catalogue.h"
#include "cli/values.h"
#include "cli/verbs.h"
#include "predict/describe.h"

namespace gerund::cli {
namespace {

struct Arguments {
  std::string path;
  std::vector<std::string> overrides;
  std::string key;
  bool json = false;
};

void run_describe(const Arguments& arguments) {
  const predict::Description description =
      predict::describe(local_model(arguments.path), arguments.overrides, arguments.key);
  fmt::print("{}", arguments.json ? predict::to_json(description) + "\n" : predict::to_text(description));
}

}  // namespace

void add_describe(CLI::App& app) {
  auto arguments = std::make_shared<Arguments>();
  CLI::App* verb = app.add_subcommand("describe", "Says what a checkpoint, an ONNX model or a spec is");
  verb->add_option("file", arguments->path, "CHECKPOINT, catalogue:NAME, MODEL.onnx or SPEC.yaml")
      ->required()
      ->type_name(kFile);
  CLI::Option* words =
      verb->add_option("overrides", arguments->overrides, "key=value: changes the spec")->type_name("");
  set_word_kinds(*words, {false, Keys::spec});
  verb->add_option("-k,--key", arguments->key, "Opens a sealed file")->type_name(kKey);
  verb->add_flag("--json", arguments->json, "One JSON object on stdout");
  verb->callback([arguments] { run_describe(*arguments); });
}

}  // namespace gerund::cli
