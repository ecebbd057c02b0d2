#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <chrono>
#include <filesystem>
#include <memory>
#include <nlohmann/json.hpp>

#include "base/error.h"
#include "base/files.h"
#include "base/utf8.h"
#include "cli/program.h"
#include "cli/terminal.h"
#include "cli/values.h"
#include "cli/verbs.h"
#include "spec/override.h"

namespace gerund::cli {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;

struct Arguments {
  std::string out = "out/demo";
  std::string spec = "specs/demo.yaml";
};

// The word as one types it into a shell.
std::string shell_word(const std::string& word) {
  const auto is_safe = [](char byte) {
    return std::isalnum(static_cast<unsigned char>(byte)) != 0 ||
           std::string_view("_-./=:,").find(byte) != std::string_view::npos;
  };
  if (!word.empty() && std::all_of(word.begin(), word.end(), is_safe)) return word;
  std::string quoted;
  for (const char byte : word) quoted += byte == '\'' ? std::string("'\\''") : std::string(1, byte);
  return "'" + quoted + "'";
}

// Shows each command, runs it as the user would, and keeps its time.
class Steps {
 public:
  void run(const std::string& name, const std::string& what, const std::vector<std::string>& words) {
    fmt::print("\n{}. {}\n   $ gerund", ++count_, what);
    for (const std::string& word : words) fmt::print(" {}", shell_word(word));
    fmt::print("\n");
    std::fflush(stdout);
    const auto start = std::chrono::steady_clock::now();
    if (run_program(words) != 0) throw base::InternalError(fmt::format("demo step '{}' is a wrong command line", name));
    seconds_[name] = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
  }

  const json& seconds() const { return seconds_; }

 private:
  int count_ = 0;
  json seconds_ = json::object();
};

double accuracy_in(const fs::path& results) {
  return json::parse(base::read_file(results)).at("accuracy").get<double>();
}

void print_summary(const json& summary) {
  double total = 0;
  for (const auto& [name, seconds] : summary.at("seconds").items()) total += seconds.get<double>();
  fmt::print(
      "\nIn {}: the exported network names {:.1f} % of the test clips; the same network that sees one frame, {:.1f} "
      "%.\n",
      clock_time(total), 100 * summary.at("accuracy").get<double>(),
      100 * summary.at("accuracy_single_frame").get<double>());
  for (const auto& [name, path] : summary.at("files").items())
    fmt::print("  {:<18}{}\n", name, path.get<std::string>());
}

void run_demo(const Arguments& arguments) {
  if (!fs::exists(arguments.spec))
    throw base::UserError(fmt::format(
        "{}: not found; run the demo in the folder of the clone, or name the file with --spec", arguments.spec));
  // A word "a=b/model.onnx" of a file that is not there yet would be read as a setting; "./a=b/model.onnx" is a path.
  const bool is_like_setting = arguments.out.find('=') != std::string::npos && fs::path(arguments.out).is_relative();
  const fs::path out = is_like_setting ? "." / fs::path(arguments.out) : fs::path(arguments.out);
  const std::string clips = (out / "clips").string();
  const std::string model = (out / "model.onnx").string();
  const std::string story = (out / "story.mp4").string();
  const std::string best = (out / "train" / "best.safetensors").string();
  const std::string single = (out / "single_frame").string();
  const std::vector<std::string> data{"dataset.train_dataset_dir=" + spec::quoted_value(clips + "/train"),
                                      "dataset.val_dataset_dir=" + spec::quoted_value(clips + "/val")};
  Steps steps;
  steps.run("synth", "Draw 3 x 40 clips of people exercising",
            {"synth", clips, "--actions", "pushup,pullup,situp", "--clips", "40", "--train", "0.8", "--val", "0.05",
             "--seed", "7"});
  steps.run("train", "Train, starting from weights for five other actions",
            {"train", "-e", arguments.spec, "-r", out.string(), data[0], data[1]});
  steps.run("evaluate", "Evaluate the best checkpoint on clips that it has not seen",
            {"evaluate", best, clips + "/test", "-r", out.string()});
  steps.run("export", "Export it to ONNX", {"export", best, model, "--force"});
  steps.run("evaluate_onnx", "Evaluate the exported model",
            {"evaluate", model, clips + "/test", "-r", (out / "onnx").string()});
  steps.run("train_single_frame", "For comparison: the same network on single frames",
            {"train", "-e", arguments.spec, "-r", single, data[0], data[1], "model.rgb_seq_length=1"});
  steps.run("evaluate_single_frame", "Evaluate that one",
            {"evaluate", single + "/train/best.safetensors", clips + "/test", "-r", single});
  steps.run(
      "story", "Draw a longer video of several actions",
      {"synth", story, "--force", "--seed", "4", "--story", "pushup:8,situp:8,pullup:8,pushup:7,pullup:7,situp:8"});
  steps.run("timeline", "Name what happens in it, second by second",
            {"infer", model, story, "--timeline", "--json", "--output", (out / "timeline.json").string(), "--annotate",
             (out / "annotated.mp4").string(), "--picture", (out / "timeline.png").string(), "--truth",
             (out / "story.json").string()});
  const json summary = {{"accuracy", accuracy_in(out / "onnx" / "evaluate" / "results.json")},
                        {"accuracy_single_frame", accuracy_in(fs::path(single) / "evaluate" / "results.json")},
                        {"seconds", steps.seconds()},
                        {"files",
                         {{"checkpoint", best},
                          {"model", model},
                          {"results", (out / "onnx" / "evaluate" / "results.json").string()},
                          {"confusion_matrix", (out / "onnx" / "evaluate" / "confusion_matrix.png").string()},
                          {"timeline", (out / "timeline.json").string()},
                          {"annotated_video", (out / "annotated.mp4").string()},
                          {"picture", (out / "timeline.png").string()},
                          {"summary", (out / "summary.json").string()}}}};
  base::write_file(out / "summary.json", base::json_text(summary, 2) + "\n");
  print_summary(summary);
}

}  // namespace

void add_demo(CLI::App& app) {
  auto arguments = std::make_shared<Arguments>();
  CLI::App* verb = app.add_subcommand("demo", "Runs the whole path once on drawn clips");
  verb->add_option("--out", arguments->out, "Folder for everything it makes")
      ->type_name(kFolder)
      ->capture_default_str();
  verb->add_option("--spec", arguments->spec, "Spec of the training")->type_name(kFile)->capture_default_str();
  verb->callback([arguments] { run_demo(*arguments); });
}

}  // namespace gerund::cli
