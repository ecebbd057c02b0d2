#include "score/evaluation_page.h"

#include <fmt/format.h>

#include <algorithm>
#include <numeric>

#include "base/base64.h"
#include "data/glimpse.h"
#include "draw/film_strip.h"
#include "score/page.h"

namespace gerund::score {
namespace {

std::string percent(double share) {
  return fmt::format("{:.1f} %", 100 * share);
}

std::string share_cell(double share) {
  return fmt::format("<td>{:.1f}<span class=\"share\"><i style=\"width:{:.0f}%\"></i></span></td>", 100 * share,
                     100 * share);
}

const std::string& label_of(const Evaluation& evaluation, int64_t class_index) {
  return evaluation.labels.at(static_cast<size_t>(class_index));
}

std::string confusion_cell(const Evaluation& evaluation, int64_t row, int64_t column) {
  const int64_t count = evaluation.confusion.count(row, column);
  const int64_t total = evaluation.confusion.figures(row).num_samples;
  if (count == 0) return "<td class=\"zero\">0</td>";
  const double share = static_cast<double>(count) / static_cast<double>(total);
  return fmt::format("<td class=\"{}{}\" style=\"--s:{:.2f}\" title=\"{}\">{}</td>",
                     row == column ? "hitcell" : "misscell", share > 0.5 ? " deep" : "", 0.12 + 0.88 * share,
                     escape_html(fmt::format("{} taken for {}: {} of {} ({})", label_of(evaluation, row),
                                             label_of(evaluation, column), count, total, percent(share))),
                     count);
}

std::string clip_card(const Evaluation& evaluation, const SampleResult& sample, ClipPictures& pictures) {
  const std::string& uri = pictures.of(sample.path);
  const std::string picture = uri.empty() ? "<div class=\"nopicture\">no picture</div>"
                                          : fmt::format("<img src=\"{}\" alt=\"frames of the clip\"/>", uri);
  const bool is_right = sample.label == sample.prediction;
  const double said = sample.probabilities.at(static_cast<size_t>(sample.prediction));
  const double truth = sample.probabilities.at(static_cast<size_t>(sample.label));
  std::string name = (sample.path.parent_path().filename() / sample.path.filename()).string();
  if (evaluation.view == clip::View::all) name += fmt::format(", clip {}", sample.clip_index);
  const std::string label = escape_html(label_of(evaluation, sample.label));
  const std::string verdict =
      is_right ? fmt::format("<span class=\"right\">{}</span>, rightly, at {}", label, percent(truth))
               : fmt::format("is <b>{}</b> ({}), taken for <span class=\"wrong\">{}</span> ({})", label, percent(truth),
                             escape_html(label_of(evaluation, sample.prediction)), percent(said));
  return fmt::format("<div class=\"clip\">{}<div>{}<small title=\"{}\">{}</small></div></div>\n", picture, verdict,
                     escape_html(sample.path.string()), escape_html(name));
}

std::string outcome(const Evaluation& evaluation) {
  const int64_t num_samples = evaluation.confusion.num_samples();
  const auto num_correct =
      static_cast<int64_t>(std::count_if(evaluation.samples.begin(), evaluation.samples.end(),
                                         [](const SampleResult& sample) { return sample.label == sample.prediction; }));
  std::string text =
      fmt::format("{} of {} {} named rightly: {}.", num_correct, num_samples,
                  num_samples == 1 ? "clip was" : "clips were", percent(evaluation.confusion.accuracy()));
  if (!evaluation.broken.empty()) text += fmt::format(" {} could not be used.", evaluation.broken.size());
  return text;
}

std::string broken_html(const Evaluation& evaluation) {
  std::vector<std::pair<std::string, std::string>> list;
  constexpr size_t kShown = 20;
  for (size_t i = 0; i < std::min(kShown, evaluation.broken.size()); ++i)
    list.emplace_back(evaluation.broken[i].path.string(), evaluation.broken[i].reason);
  return list.empty() ? "" : facts_html(list);
}

std::string next_commands(const Evaluation& evaluation) {
  const std::string model = shell_word(evaluation.model), dataset = shell_word(evaluation.dataset);
  std::vector<std::pair<std::string, std::string>> commands{
      {"The same again",
       fmt::format("gerund evaluate {} {} evaluate.video_eval_mode={}", model, dataset, view_name(evaluation.view))}};
  const std::filesystem::path path(evaluation.model);
  if (path.extension() == ".onnx") {
    commands.emplace_back("Put it on videos or cameras", fmt::format("gerund deploy {} match.mp4 --events -", model));
  } else {
    const std::string onnx = shell_word(std::filesystem::path(path).replace_extension(".onnx").string());
    commands.emplace_back("Write the network for any runtime", fmt::format("gerund export {} {}", model, onnx));
    commands.emplace_back("Then put it on videos or cameras",
                          fmt::format("gerund deploy {} match.mp4 --events -", onnx));
  }
  return commands_html(commands);
}

}  // namespace

const std::string& ClipPictures::of(const std::filesystem::path& clip) {
  constexpr int kFrames = 5, kHeight = 90, kQuality = 78;
  if (const auto known = uris_.find(clip); known != uris_.end()) return known->second;
  std::string& uri = uris_[clip];
  const std::vector<tensor::Frame> frames = data::glimpse(clip, kFrames);
  if (!frames.empty())
    uri = "data:image/jpeg;base64," + base::base64(draw::encode_jpeg(draw::draw_film_strip(frames, kHeight), kQuality));
  return uri;
}

std::string class_table_html(const Evaluation& evaluation) {
  std::string html =
      "<div class=\"scroll\"><table class=\"classes\">\n<thead><tr><th>class</th><th>clips</th><th>precision %</th>"
      "<th>recall %</th><th>F1 %</th></tr></thead>\n<tbody>\n";
  for (int64_t i = 0; i < evaluation.confusion.num_classes(); ++i) {
    const ClassFigures figures = evaluation.confusion.figures(i);
    html += fmt::format("<tr><th>{}</th><td>{}</td>{}{}{}</tr>\n", escape_html(label_of(evaluation, i)),
                        figures.num_samples, share_cell(figures.precision), share_cell(figures.recall),
                        share_cell(figures.f1));
  }
  return html + "</tbody></table></div>\n";
}

std::string confusion_table_html(const Evaluation& evaluation) {
  const int64_t num_classes = evaluation.confusion.num_classes();
  std::string html = fmt::format(
      "<p class=\"note\">Rows: what the clips are. Columns: what the network said.</p>\n<div class=\"scroll\"><table "
      "class=\"confusion{}\">\n<thead><tr><th></th>",
      num_classes > 6 ? " many" : "");
  for (int64_t column = 0; column < num_classes; ++column)
    html += fmt::format("<th>{}</th>", escape_html(label_of(evaluation, column)));
  html += "</tr></thead>\n<tbody>\n";
  for (int64_t row = 0; row < num_classes; ++row) {
    html += fmt::format("<tr><th>{}</th>", escape_html(label_of(evaluation, row)));
    for (int64_t column = 0; column < num_classes; ++column) html += confusion_cell(evaluation, row, column);
    html += "</tr>\n";
  }
  return html + "</tbody></table></div>\n";
}

std::string figures_html(const Evaluation& evaluation, const std::string& note) {
  constexpr int64_t kSideBySide = 6;
  const std::string above = note.empty() ? "" : fmt::format("<p class=\"note\">{}</p>\n", escape_html(note));
  const std::string both = section_html("Classes", above + class_table_html(evaluation)) +
                           section_html("Confusion", confusion_table_html(evaluation));
  return evaluation.confusion.num_classes() > kSideBySide ? both : "<div class=\"pair\">\n" + both + "</div>\n";
}

std::vector<size_t> worst_samples(const Evaluation& evaluation, size_t count) {
  const auto of_truth = [&](size_t i) {
    const SampleResult& sample = evaluation.samples[i];
    return sample.probabilities.at(static_cast<size_t>(sample.label));
  };
  std::vector<size_t> order(evaluation.samples.size());
  std::iota(order.begin(), order.end(), size_t{0});
  std::stable_sort(order.begin(), order.end(), [&](size_t a, size_t b) { return of_truth(a) < of_truth(b); });
  order.resize(std::min(count, order.size()));
  return order;
}

std::string worst_clips_html(const Evaluation& evaluation, ClipPictures& pictures, size_t count) {
  std::string html =
      "<p class=\"note\">The clips whose true class got the least probability, worst first.</p>\n<div "
      "class=\"clips\">\n";
  for (size_t i : worst_samples(evaluation, count)) html += clip_card(evaluation, evaluation.samples[i], pictures);
  return html + "</div>\n";
}

std::string evaluation_page(const Evaluation& evaluation, ClipPictures& pictures) {
  std::vector<Tile> tiles{{percent(evaluation.confusion.accuracy()), "accuracy"},
                          {percent(evaluation.confusion.class_average_accuracy()), "mean accuracy of classes"},
                          {fmt::format("{:.3f}", evaluation.loss), "loss"},
                          {fmt::format("{}", evaluation.confusion.num_samples()), "clips"}};
  if (evaluation.confusion.num_classes() > 5)
    tiles.insert(tiles.begin() + 2, {percent(evaluation.top_k(5)), "among the five likeliest"});
  const std::string body = tiles_html(tiles) + figures_html(evaluation, "") +
                           section_html("Hardest clips", worst_clips_html(evaluation, pictures)) +
                           section_html("Left out", broken_html(evaluation)) +
                           section_html("Model and data", facts_html({{"model", evaluation.model},
                                                                      {"data set", evaluation.dataset},
                                                                      {"view", view_name(evaluation.view)}})) +
                           section_html("Next", next_commands(evaluation));
  const std::string title =
      fmt::format("Evaluation of {}", std::filesystem::path(evaluation.model).filename().string());
  return page_html(title, outcome(evaluation), "good", body);
}

}  // namespace gerund::score
