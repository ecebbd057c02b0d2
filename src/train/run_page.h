// train/run_page.h - a training run as a web page: report.html.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <span>
#include <string>

#include "nets/checkpoint.h"
#include "score/evaluation_page.h"
#include "spec/experiment.h"
#include "train/setup.h"

namespace gerund::train {

enum class Outcome { running, finished, interrupted, failed };

/// What the page is about. Owns nothing.
struct RunPage {
  const spec::Experiment& experiment;
  const Setup& setup;
  std::filesystem::path folder;  ///< Of the run's files.
  std::span<const nets::EpochMetrics> history;
  Outcome outcome = Outcome::running;
  std::string trouble;                            ///< What ended the run, where it failed.
  double seconds_left = 0;                        ///< Of a running one.
  const score::Evaluation* validation = nullptr;  ///< The one shown; nullptr: none yet.
  int64_t validation_epoch = 0;                   ///< After which it was made, from 0.
};

/// The page; score/page.h says what pages are.
std::string run_page(const RunPage& run, score::ClipPictures& pictures);

}  // namespace gerund::train
