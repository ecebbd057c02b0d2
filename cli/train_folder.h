// cli/train_folder.h - gerund train DATA_DIR: training where nobody has written a spec.
#pragma once

#include <filesystem>

#include <string>
#include <vector>

#include "cli/arguments.h"
#include "spec/experiment.h"

namespace gerund::cli {

struct FolderPlan {
  spec::Experiment experiment;
  std::vector<std::string> advice;  ///< What is wrong with the clips, as it was said.
};

/// Looks through the clips of a folder, says what is wrong with them, parts them into RESULTS/clips/{train,test} by
/// recording (links; DATA/train and DATA/val or DATA/test are taken as they are), chooses network and schedule
/// (train/plan.h) and says why. `strict`: a broken clip is an error. `line`: -r ("results" without), -k and overrides,
/// which go before what was chosen.
FolderPlan plan_for_folder(const std::filesystem::path& data, SpecArguments line, bool strict);

}  // namespace gerund::cli
