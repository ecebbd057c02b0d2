// score/evaluation_page.h - an evaluation as a web page.
#pragma once

#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include "score/evaluate.h"

namespace gerund::score {

/// Small pictures of clips, each made once.
///
/// Threads: none.
/// Owns:    JPEG pictures of the clips asked for, some 20 kB each.
class ClipPictures {
 public:
  /// Some frames of the clip side by side as a "data:" URI; "" where it does not decode.
  const std::string& of(const std::filesystem::path& clip);

 private:
  std::map<std::filesystem::path, std::string> uris_;
};

/// Precision, recall, F1 and number of clips of each class, as a table.
std::string class_table_html(const Evaluation& evaluation);
/// The confusion matrix as a table, shaded by the share of the row.
std::string confusion_table_html(const Evaluation& evaluation);
/// The samples whose true class got the least probability, at most `count`, worst first: pictures, the true class, what
/// was said and how surely.
std::string worst_clips_html(const Evaluation& evaluation, ClipPictures& pictures, size_t count = 8);
/// The samples that worst_clips_html shows, as positions in evaluation.samples.
std::vector<size_t> worst_samples(const Evaluation& evaluation, size_t count);

/// Sections of both tables, side by side where there are few classes. `note`: a sentence above the first; "" for none.
std::string figures_html(const Evaluation& evaluation, const std::string& note);

/// report.html of `gerund evaluate`: the parts above, the figures, the model and the next commands.
std::string evaluation_page(const Evaluation& evaluation, ClipPictures& pictures);

}  // namespace gerund::score
