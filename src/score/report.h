// score/report.h - an evaluation as text, JSON, CSV and a picture.
#pragma once

#include <filesystem>
#include <string>

#include "score/evaluate.h"

namespace gerund::score {

/// The block that the reference toolkit prints: 31 stars, a line per class with its accuracy in percent, 31 stars,
/// total and class-average accuracy in percent. Ends with a line break.
std::string reference_block(const Evaluation& evaluation);

/// results.json, schema "gerund.results/1" (docs/formats.md). Shares are 0..1, probabilities rounded to 6 decimals,
/// confusion_matrix[true class][predicted class].
std::string results_json(const Evaluation& evaluation);

/// The confusion matrix: a header of predicted classes, a row per true class.
std::string confusion_csv(const Evaluation& evaluation);

/// Writes confusion_matrix.csv, confusion_matrix.png, report.html and last results.json into `folder`, which is made
/// where it is missing; each file whole or not at all. Throws UserError where that fails.
void write_report(const std::filesystem::path& folder, const Evaluation& evaluation);

}  // namespace gerund::score
