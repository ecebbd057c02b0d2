#include "spec/dialect.h"

#include <algorithm>

namespace gerund::spec {
namespace {

std::string block_of(const std::string& key) {
  const size_t dot = key.find('.');
  return dot == std::string::npos ? "" : key.substr(0, dot);
}

const OldName* find_old(const std::vector<OldName>& table, const std::string& key) {
  const auto found = std::find_if(table.begin(), table.end(), [&](const OldName& name) { return name.old == key; });
  return found == table.end() ? nullptr : &*found;
}

}  // namespace

const std::vector<OldName>& old_blocks() {
  static const std::vector<OldName> kBlocks = {
      {"model_config", {"model"}}, {"train_config", {"train"}}, {"dataset_config", {"dataset"}}};
  return kBlocks;
}

const std::vector<OldName>& old_names() {
  static const std::vector<OldName> kNames = {
      {"output_dir", {"results_dir"}},
      {"key", {"encryption_key"}},
      {"gpu_ids", {"train.gpu_ids"}},
      {"resume_training_checkpoint_path", {"train.resume_training_checkpoint_path"}},
      {"train.epochs", {"train.num_epochs"}},
      {kOutputShape, {"model.input_height", "model.input_width"}},
      {"test_dataset_dir", {"evaluate.test_dataset_dir"}},
      {"video_eval_mode", {"evaluate.video_eval_mode"}},
      {"inference_dataset_dir", {"inference.inference_dataset_dir"}},
      {"video_inf_mode", {"inference.video_inf_mode"}},
      {"output_file", {"export.onnx_file"}},
      {"gpu_id", {"export.gpu_id"}},
      {"model", {"evaluate.checkpoint", "inference.checkpoint", "export.checkpoint"}},
      {"batch_size", {"evaluate.batch_size", "inference.batch_size", "export.batch_size"}},
      {"video_num_segments", {"evaluate.video_num_segments", "inference.video_num_segments"}},
  };
  return kNames;
}

std::set<std::string> verbs_beside(const Value& block) {
  std::set<std::string> verbs;
  for (const Entry& entry : block.entries) {
    const OldName* name = find_old(old_names(), entry.key);
    // A gpu_id stands in old specs of every verb: it says nothing.
    if (name == nullptr || name->now.size() != 1 || name->old == "gpu_id") continue;
    const std::string verb = block_of(name->now[0]);
    if (verb == "evaluate" || verb == "inference" || verb == "export") verbs.insert(verb);
  }
  return verbs;
}

std::vector<std::string> current_names(const std::string& key, Value::Kind kind, const std::set<std::string>& verbs) {
  if (const OldName* block = find_old(old_blocks(), key)) return block->now;
  const OldName* name = find_old(old_names(), key);
  const bool is_block = key == "model" && kind != Value::Kind::kScalar;
  if (name == nullptr || is_block) return {key};
  std::vector<std::string> wanted;
  for (const std::string& now : name->now) {
    if (verbs.count(block_of(now)) > 0) wanted.push_back(now);
  }
  return wanted.empty() ? name->now : wanted;
}

std::string canonical_key(const std::string& key, const std::set<std::string>& verbs) {
  std::string result = key;
  const std::string block = block_of(key);
  if (const OldName* old = find_old(old_blocks(), block)) result = old->now[0] + key.substr(block.size());
  return current_names(result, Value::Kind::kScalar, verbs)[0];
}

std::string as_written(const std::string& old) {
  for (const OldName& block : old_blocks()) {
    if (old.starts_with(block.now[0] + ".")) return block.old + old.substr(block.now[0].size());
  }
  return old;
}

std::string now_of(const std::string& last_part) {
  for (const OldName& name : old_names())
    if (name.old.ends_with("." + last_part)) return name.now.front();
  return "";
}

std::vector<std::string> old_names_in(const std::string& block) {
  std::vector<std::string> names;
  for (const OldName& name : old_names()) {
    if (block_of(name.old) != block) continue;
    names.push_back(block.empty() ? name.old : name.old.substr(block.size() + 1));
  }
  if (block.empty()) {
    for (const OldName& name : old_blocks()) names.push_back(name.old);
  }
  return names;
}

}  // namespace gerund::spec
