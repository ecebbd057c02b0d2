#include "score/report.h"

#include <fmt/format.h>

#include "base/files.h"
#include "draw/confusion_chart.h"
#include "draw/png.h"
#include "score/evaluation_page.h"

namespace gerund::score {
namespace {

constexpr const char* kStars = "*******************************";  // 31, as the reference toolkit prints.

/// Python prints a float with a point even where no digit follows: 100.0.
std::string with_point(const std::string& number) {
  return number.find_first_of(".en") == std::string::npos ? number + ".0" : number;
}

/// Python's "{:.4}" of a float: four significant digits.
std::string four_digits(double value) {
  return with_point(fmt::format("{:.4g}", value));
}

/// Python's str(round(value, 3)): three decimals without trailing zeros.
std::string three_decimals(double value) {
  std::string number = fmt::format("{:.3f}", value);
  number.erase(number.find_last_not_of('0') + 1);
  return number.ends_with('.') ? number + "0" : number;
}

}  // namespace

std::string reference_block(const Evaluation& evaluation) {
  std::string text = fmt::format("{}\n", kStars);
  for (size_t i = 0; i < evaluation.labels.size(); ++i)
    text += fmt::format("{:<14}{}\n", evaluation.labels[i],
                        four_digits(100 * evaluation.confusion.figures(static_cast<int64_t>(i)).recall));
  text += fmt::format("{}\nTotal accuracy: {}\nAverage class accuracy: {}\n", kStars,
                      three_decimals(100 * evaluation.confusion.accuracy()),
                      three_decimals(100 * evaluation.confusion.class_average_accuracy()));
  return text;
}

void write_report(const std::filesystem::path& folder, const Evaluation& evaluation) {
  const std::string title = fmt::format("{} on {}", evaluation.model, evaluation.dataset);
  // All is made before anything is written; results.json comes last, so that where it is the report is complete.
  const tensor::Frame picture = draw::draw_confusion_matrix(evaluation.labels, evaluation.confusion.counts(), title);
  const std::string results = results_json(evaluation);
  ClipPictures pictures;
  const std::string page = evaluation_page(evaluation, pictures);
  base::write_file(folder / "confusion_matrix.csv", confusion_csv(evaluation));
  draw::write_png(folder / "confusion_matrix.png", picture);
  base::write_file(folder / "report.html", page);
  base::write_file(folder / "results.json", results);
}

}  // namespace gerund::score
