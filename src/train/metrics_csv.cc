#include "train/metrics_csv.h"

#include <fmt/format.h>

#include <optional>

namespace gerund::train {
namespace {

std::string cell(const std::optional<double>& value) {
  return value ? fmt::format("{:.6g}", *value) : "";
}

}  // namespace

std::string metrics_csv(std::span<const nets::EpochMetrics> history) {
  std::string text =
      "epoch,lr,train_loss,train_accuracy,val_loss,val_accuracy,val_class_accuracy,seconds,clips_per_second,wait_"
      "share\n";
  for (const nets::EpochMetrics& epoch : history) {
    text += fmt::format("{},{:.6g},{:.6g},{:.6g},{},{},{},{:.2f},{:.2f},{:.4f}\n", epoch.epoch, epoch.lr,
                        epoch.train_loss, epoch.train_accuracy, cell(epoch.val_loss), cell(epoch.val_accuracy),
                        cell(epoch.val_class_accuracy), epoch.seconds, epoch.clips_per_second, epoch.wait_share);
  }
  return text;
}

}  // namespace gerund::train
