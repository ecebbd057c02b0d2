#include "train/run_page.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <map>
#include <thread>

#include "base/clock_time.h"
#include "base/machine.h"
#include "score/line_chart.h"
#include "score/page.h"
#include "spec/load.h"
#include "train/watch.h"

namespace gerund::train {
namespace {

namespace fs = std::filesystem;
using Facts = std::vector<std::pair<std::string, std::string>>;

std::string percent(double share) {
  return fmt::format("{:.1f} %", 100 * share);
}

std::optional<int64_t> best_of(const RunPage& run) {
  return best_epoch(run.history, watched_metric(run.history, run.experiment.train.best_metric));
}

const nets::EpochMetrics* best_metrics(const RunPage& run) {
  const auto best = best_of(run);
  for (const nets::EpochMetrics& metrics : run.history)
    if (best && metrics.epoch == *best) return &metrics;
  return nullptr;
}

double total_seconds(const RunPage& run) {
  double total = 0;
  for (const nets::EpochMetrics& metrics : run.history) total += metrics.seconds;
  return total;
}

std::string state_sentence(const RunPage& run) {
  const auto done = static_cast<int64_t>(run.history.size());
  const std::string epochs = fmt::format("{} of {} epochs", done, run.experiment.train.num_epochs);
  switch (run.outcome) {
    case Outcome::running:
      return fmt::format("Running: {} done{}.", epochs,
                         run.seconds_left > 0 ? ", about " + base::clock_time(run.seconds_left) + " left" : "");
    case Outcome::finished:
      return fmt::format("Finished after {}.", done == run.experiment.train.num_epochs
                                                   ? fmt::format("{} epoch{}", done, done == 1 ? "" : "s")
                                                   : epochs);
    case Outcome::interrupted:
      return fmt::format("Interrupted after {}; the same command goes on.", epochs);
    case Outcome::failed:
      return fmt::format("Failed after {}: {}", epochs, run.trouble);
  }
  return "";
}

std::string sentence(const RunPage& run) {
  const nets::EpochMetrics* best = best_metrics(run);
  if (best == nullptr) return state_sentence(run);
  if (!best->val_accuracy)
    return state_sentence(run) + fmt::format(" There was no validation; training accuracy is {}.",
                                             percent(run.history.back().train_accuracy));
  return state_sentence(run) + fmt::format(" The best network, of epoch {}, names {} of the validation clips rightly.",
                                           best->epoch + 1, percent(*best->val_accuracy));
}

std::string mood(Outcome outcome) {
  return outcome == Outcome::finished ? "good" : outcome == Outcome::failed ? "bad" : "busy";
}

std::string tiles(const RunPage& run) {
  const nets::EpochMetrics* best = best_metrics(run);
  if (best == nullptr) return "";
  std::vector<score::Tile> tiles;
  if (best->val_accuracy) {
    tiles.push_back({percent(*best->val_accuracy), "validation accuracy, best epoch"});
    tiles.push_back({fmt::format("{:.3f}", *best->val_loss), "validation loss, best epoch"});
  }
  tiles.push_back({percent(run.history.back().train_accuracy), "training accuracy, last epoch"});
  tiles.push_back({fmt::format("{} / {}", run.history.size(), run.experiment.train.num_epochs), "epochs"});
  tiles.push_back({base::clock_time(total_seconds(run)), "spent on training steps"});
  return score::tiles_html(tiles);
}

template <typename Get>
score::Curve curve(const RunPage& run, const char* name, const char* color, Get get) {
  score::Curve made{name, color, {}};
  for (const nets::EpochMetrics& metrics : run.history) made.values.push_back(get(metrics));
  return made;
}

bool has_values(const score::Curve& curve) {
  return std::any_of(curve.values.begin(), curve.values.end(), [](const auto& value) { return value.has_value(); });
}

std::string charts(const RunPage& run) {
  if (run.history.empty()) return "";
  using Metrics = nets::EpochMetrics;
  using Value = std::optional<double>;
  score::LineChart loss{"Loss", {}, 1, "", {}, best_of(run), run.experiment.train.num_epochs};
  score::LineChart accuracy = loss, rate = loss, speed = loss;
  loss.curves = {curve(run, "training", "train", [](const Metrics& m) { return Value(m.train_loss); }),
                 curve(run, "validation", "val", [](const Metrics& m) { return m.val_loss; })};
  accuracy.title = "Accuracy";
  accuracy.scale = 100;
  accuracy.unit = " %";
  accuracy.top = 100;
  accuracy.curves = {curve(run, "training", "train", [](const Metrics& m) { return Value(m.train_accuracy); }),
                     curve(run, "validation", "val", [](const Metrics& m) { return m.val_accuracy; })};
  rate.title = "Learning rate";
  rate.curves = {curve(run, "rate", "val", [](const Metrics& m) { return Value(m.lr); })};
  speed.title = "Speed";
  speed.curves = {curve(run, "clips per second", "val",
                        [](const Metrics& m) { return m.clips_per_second > 0 ? Value(m.clips_per_second) : Value(); })};
  std::string html = "<div class=\"charts\">\n";
  for (score::LineChart* chart : {&loss, &accuracy, &rate, &speed}) {
    std::erase_if(chart->curves, [](const score::Curve& one) { return !has_values(one); });
    if (!chart->curves.empty()) html += score::draw_line_chart(*chart);
  }
  return html + "</div>\n";
}

std::string counts_table(const RunPage& run) {
  std::map<std::string, std::pair<int64_t, int64_t>> counts;
  for (const data::Item& item : run.setup.train_items) ++counts[item.label].first;
  for (const data::Item& item : run.setup.val_items) ++counts[item.label].second;
  std::string html =
      "<div class=\"scroll\"><table class=\"classes\">\n<thead><tr><th>class</th><th>training clips</th><th>validation "
      "clips</th></tr></thead>\n<tbody>\n";
  for (const std::string& label : run.setup.labels)
    html += fmt::format("<tr><th>{}</th><td>{}</td><td>{}</td></tr>\n", score::escape_html(label), counts[label].first,
                        counts[label].second);
  html += fmt::format("</tbody>\n<tfoot><tr><th>all</th><td>{}</td><td>{}</td></tr></tfoot></table></div>\n",
                      run.setup.train_items.size(), run.setup.val_items.size());
  return html;
}

std::string warnings_list(const RunPage& run) {
  if (run.setup.warnings.empty()) return "";
  std::string html = "<ul class=\"warnings\">\n";
  for (const std::string& warning : run.setup.warnings)
    html += fmt::format("<li>{}</li>\n", score::escape_html(warning));
  return html + "</ul>\n";
}

std::string data_section(const RunPage& run) {
  const spec::DatasetSpec& dataset = run.experiment.dataset;
  return warnings_list(run) + counts_table(run) +
         score::facts_html({{"training", dataset.train_dataset_dir.value_or("")},
                            {"validation", dataset.val_dataset_dir.value_or("none")},
                            {"median length", fmt::format("{:.2f} s", run.setup.clip_seconds)}});
}

std::string optimizer_of(const spec::OptimSpec& optim) {
  const std::string own = optim.optimizer == "sgd"
                              ? fmt::format("SGD, momentum {:g}{}", optim.momentum, optim.nesterov ? " (Nesterov)" : "")
                              : fmt::format("AdamW, betas {:g}", fmt::join(optim.betas, " and "));
  return fmt::format("{}, learning rate {:g}, {}, weight decay {:g}", own, optim.lr, optim.lr_scheduler,
                     optim.weight_decay);
}

std::string settings_section(const RunPage& run) {
  const spec::Experiment& e = run.experiment;
  std::vector<std::string> inputs, started;
  for (const clip::Recipe& recipe : run.setup.recipes)
    inputs.push_back(fmt::format("{} {} of {} × {} pixels", recipe.num_frames,
                                 recipe.modality == clip::Modality::flow ? "pairs of flow pictures" : "frames",
                                 recipe.width, recipe.height));
  for (const auto& path :
       {e.model.joint_pretrained_model_path, e.model.rgb_pretrained_model_path, e.model.of_pretrained_model_path})
    if (path && !path->empty()) started.push_back(*path);
  const Facts facts{
      {"network", fmt::format("{}, {}, {}, {} channels in the first stage", e.model.backbone, e.model.input_type,
                              e.model.temporal, e.model.width)},
      {"input", fmt::format("{}, {}", fmt::join(inputs, "; "), e.model.sample_strategy)},
      {"started from", started.empty() ? "random weights" : fmt::format("{}", fmt::join(started, ", "))},
      {"augmentation", fmt::format("{}, flip {:g}, scales {:g}", e.dataset.augmentation_config.train_crop_type,
                                   e.dataset.augmentation_config.horizontal_flip_prob,
                                   fmt::join(e.dataset.augmentation_config.scales, ", "))},
      {"optimizer", optimizer_of(e.train.optim)},
      {"batch", fmt::format("{} clips, {} of each video an epoch", e.dataset.batch_size, e.dataset.clips_per_video)},
      {"seed", fmt::format("{}", e.train.seed)}};
  spec::Experiment printed = e;
  printed.encryption_key.reset();
  return score::facts_html(facts) + fmt::format("<details><summary>All settings</summary><pre>{}</pre></details>\n",
                                                score::escape_html(spec::print(printed)));
}

std::string speed_section(const RunPage& run) {
  const int64_t given = run.experiment.train.num_threads;
  const auto num_cores = static_cast<int64_t>(std::thread::hardware_concurrency());
  Facts facts{{"processor", base::processor_name()},
              {"threads", fmt::format("{} for arithmetic, {} that decode", given > 0 ? given : num_cores,
                                      run.experiment.dataset.workers)}};
  if (!run.history.empty()) {
    const nets::EpochMetrics& last = run.history.back();
    facts.emplace_back("last epoch",
                       fmt::format("{} for its steps, {:.1f} clips/s, {} of the time waiting for clips",
                                   base::clock_time(last.seconds), last.clips_per_second, percent(last.wait_share)));
  }
  std::error_code ignored;
  facts.emplace_back("folder", fs::current_path(ignored).string());
  return score::facts_html(facts);
}

std::string validation_sections(const RunPage& run, score::ClipPictures& pictures) {
  if (run.validation == nullptr) return "";
  const std::string note = fmt::format("Validation after epoch {}{}.", run.validation_epoch + 1,
                                       run.validation_epoch == best_of(run) ? ", the best one" : "");
  return score::figures_html(*run.validation, note) +
         score::section_html("Hardest validation clips", score::worst_clips_html(*run.validation, pictures));
}

std::string train_command(const RunPage& run) {
  const std::string spec = score::shell_word((run.folder / "spec.yaml").string());
  const auto& own = run.experiment.train.results_dir;
  if (own && !own->empty())
    return fmt::format("gerund train -e {} {}", spec, score::shell_word("train.results_dir=" + *own + "-again"));
  return fmt::format("gerund train -e {} -r {}", spec, score::shell_word(run.experiment.results_dir + "-again"));
}

std::string commands_section(const RunPage& run) {
  const std::string best = score::shell_word((run.folder / "best.safetensors").string());
  const std::string onnx = score::shell_word((run.folder / "model.onnx").string());
  const auto& val = run.experiment.dataset.val_dataset_dir;
  const std::string judged = val && !val->empty() ? *val : run.experiment.dataset.train_dataset_dir.value_or("clips");
  const std::string& results = run.experiment.results_dir;
  const char* key =
      run.experiment.encryption_key.value_or("").empty() ? "" : " -k KEY";  // That word: the key itself is in no file.
  return score::commands_html(
      {{"The same run again, in another folder", train_command(run) + key},
       {"Judge the best network; better on clips that training never saw",
        fmt::format("gerund evaluate {} {}{}{}", best, score::shell_word(judged),
                    results.empty() ? "" : " -r " + score::shell_word(results), key)},
       {"Write it for any runtime, where model.onnx is not there yet",
        fmt::format("gerund export {} {}{}", best, onnx, key)},
       {"Put it on videos or cameras", fmt::format("gerund deploy {} match.mp4 --events -{}", onnx, key)},
       {"Compare runs",
        fmt::format("tensorboard --logdir {}", score::shell_word((run.folder / "tensorboard").string()))}});
}

}  // namespace

std::string run_page(const RunPage& run, score::ClipPictures& pictures) {
  const std::string body = tiles(run) + score::section_html("Curves", charts(run)) +
                           validation_sections(run, pictures) + "<div class=\"pair\">\n" +
                           score::section_html("Data", data_section(run)) + "<div>\n" +
                           score::section_html("Network and training", settings_section(run)) +
                           score::section_html("Speed", speed_section(run)) + "</div>\n</div>\n" +
                           score::section_html("Next", commands_section(run));
  const fs::path parent = run.folder.filename() == "train" ? run.folder.parent_path() : run.folder;
  return score::page_html("Training run " + parent.filename().string(), sentence(run), mood(run.outcome), body);
}

}  // namespace gerund::train
