// train/metrics_csv.h - the figures of every epoch as a table for spreadsheets and scripts.
#pragma once

#include <span>
#include <string>

#include "nets/checkpoint.h"

namespace gerund::train {

/// metrics.csv: a header and a line per epoch: epoch (from 0), lr, train_loss, train_accuracy, val_loss, val_accuracy
/// (shares 0..1; empty where there was no validation), seconds, clips_per_second, wait_share.
std::string metrics_csv(std::span<const nets::EpochMetrics> history);

}  // namespace gerund::train
