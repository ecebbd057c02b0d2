#include "deploy/deepstream_infer.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <optional>
#include <regex>

#include "base/error.h"
#include "base/seal.h"
#include "deploy/config_text.h"
#include "deploy/deepstream_keys.h"
#include "deploy/key_file.h"
#include "deploy/label_file.h"

namespace gerund::deploy {
namespace {

using spec::Value;

constexpr size_t kLongestPath = 4096;
constexpr const char* kOnnx = ".onnx";

struct Properties {
  std::string onnx_file;
  std::string model_engine_file;
  std::string tlt_encoded_model;
  std::string tlt_model_key;
  std::string labelfile_path;
  int64_t batch_size = 0;
  int64_t gie_unique_id = -1;
  int64_t network_type = 1;
  int64_t process_mode = 1;
  bool input_tensor_from_meta = true;
  double classifier_threshold = 0;
};

// clang-format off
std::vector<spec::Field> fields_of(Properties& p) {
  using namespace spec;
  return {
      {"onnx-file", &p.onnx_file, anything(), "`model`.", ""},
      {"model-engine-file", &p.model_engine_file, anything(), "Without the others: the ONNX file that the plan was made of, `X.onnx` for `X.onnx_b4_gpu0_fp16.engine` and the like. Plans themselves do not run here.", ""},
      {"tlt-encoded-model", &p.tlt_encoded_model, anything(), "Runs where `gerund export -k` sealed it; of TAO's own the ONNX file of the same name beside it is taken, and where there is none it is refused.", ""},
      {"tlt-model-key", &p.tlt_model_key, anything(), "Opens a model that gerund sealed ([sealing.md](sealing.md)).", ""},
      {"labelfile-path", &p.labelfile_path, anything(), "`labels`, compared with the model's: `;`, lines, CSV or JSON.", ""},
      {"batch-size", &p.batch_size, between(1, 65536), "A warning where it is not N of `network-input-shape`; that counts.", ""},
      {"gie-unique-id", &p.gie_unique_id, at_least(0), "Compared with `target-unique-ids`.", ""},
      {"network-type", &p.network_type, at_least(0), "1; 100 (other) is taken as 1; detectors and segmentation are refused.", ""},
      {"process-mode", &p.process_mode, between(1, 2), "1; 2 has no meaning: gerund deploy looks at pictures and regions.", ""},
      {"input-tensor-from-meta", &p.input_tensor_from_meta, anything(), "1; 0 is not obeyed, with a warning: the preprocess file counts.", ""},
      {"classifier-threshold", &p.classifier_threshold, anything(), "`events.threshold`, of softmax scores; with `--compat exact` of raw logits. Below 0, and above 1 without `--compat exact`, is 0; not given: 0.", ""},
  };
}
// clang-format on

const std::vector<IdleKeys>& idle_keys() {
  static const std::vector<IdleKeys> kIdle = {
      {"gerund runs on the CPU, in float32",
       {"gpu-id", "network-mode", "workspace-size", "enable-dla", "use-dla-core", "int8-calib-file",
        "layer-device-precision", "engine-create-func-name", "force-implicit-batch-dim", "output-io-formats",
        "tensor-meta-pool-size", "scaling-compute-hw", "auto-inc-mem", "max-gpu-mem-per", "cluster-mode"}},
      {"the preprocess file says what the network is fed",
       {"net-scale-factor", "offsets", "mean-file", "model-color-format", "infer-dims", "network-input-order",
        "maintain-aspect-ratio", "symmetric-padding", "scaling-filter", "uff-input-dims", "uff-input-order",
        "uff-input-blob-name", "input-object-min-width", "input-object-min-height", "input-object-max-width",
        "input-object-max-height", "num-input-channels"}},
      {"the model file says what the network gives",
       {"output-blob-names", "output-tensor-meta", "output-instance-mask", "parse-classifier-func-name",
        "parse-bbox-func-name", "parse-bbox-instance-mask-func-name", "custom-lib-path", "custom-network-config",
        "num-detected-classes", "segmentation-threshold", "segmentation-output-order", "classifier-type",
        "filter-out-class-ids", "disable-output-host-copy", "crop-objects-to-roi-boundary"}},
      {"DeepStream ignores it as well where a preprocess file is; see stride", {"interval"}},
      {"gerund deploy looks at pictures and regions, not at detected objects",
       {"operate-on-gie-id", "operate-on-class-ids", "classifier-async-mode", "secondary-reinfer-interval",
        "secondary-re-infer-interval"}},
      {"only ONNX models run here", {"model-file", "proto-file", "uff-file"}},
  };
  return kIdle;
}

/// The path of the model that `key` names: beside this file, or in the working folder.
std::string found_model(const Value& group, const char* key, const std::string& named, KeyReader& reader) {
  return reader.file_at(*find_value(group, key), named).string();
}

/// A model that gerund sealed; else the ONNX file beside one that TAO sealed. Throws where there is neither.
std::string sealed_model(const Value& group, const Properties& p, KeyReader& reader) {
  const Value& sealed = *find_value(group, "tlt-encoded-model");
  if (const auto own = reader.file_at(sealed, p.tlt_encoded_model); base::is_sealed_file(own)) {
    if (!p.model_engine_file.empty()) reader.note_idle("model-engine-file", "gerund runs tlt-encoded-model itself");
    return own.string();
  }
  std::vector<std::string> candidates = {std::filesystem::path(p.tlt_encoded_model).replace_extension(kOnnx).string()};
  if (!p.model_engine_file.empty()) candidates.push_back(onnx_name_of_plan(p.model_engine_file));
  for (const std::string& candidate : candidates) {
    const std::filesystem::path path = reader.file_at(sealed, candidate);
    std::error_code ignored;
    if (!std::filesystem::exists(path, ignored)) continue;
    reader.warn(sealed, fmt::format("is sealed; {} beside it is taken", path.string()));
    return path.string();
  }
  fail(sealed, fmt::format("{} is sealed by NVIDIA's TAO, and only its software opens it; export the network as ONNX "
                           "and put {} beside it, or set onnx-file",
                           spec::excerpt(p.tlt_encoded_model), candidates[0]));
}

std::string model_of(const Value& group, const Properties& p, KeyReader& reader) {
  if (!p.onnx_file.empty()) {
    if (!p.model_engine_file.empty()) reader.note_idle("model-engine-file", "gerund runs onnx-file itself");
    if (!p.tlt_encoded_model.empty()) reader.note_idle("tlt-encoded-model", "gerund runs onnx-file itself");
    return found_model(group, "onnx-file", p.onnx_file, reader);
  }
  if (!p.tlt_encoded_model.empty()) return sealed_model(group, p, reader);
  if (p.model_engine_file.empty())
    throw base::UserError(fmt::format("{}: onnx-file is not given; write onnx-file=MODEL.onnx", group.place));
  std::string model = found_model(group, "model-engine-file", onnx_name_of_plan(p.model_engine_file), reader);
  reader.warn(*find_value(group, "model-engine-file"),
              fmt::format("is a plan for TensorRT, which does not run here; {} is taken", model));
  return model;
}

void check_type(const Value& group, const Properties& p, KeyReader& reader) {
  constexpr int64_t kClassifier = 1;
  constexpr int64_t kOther = 100;
  if (p.network_type == kClassifier) return;
  const Value& value = *find_value(group, "network-type");
  if (p.network_type != kOther)
    fail(value, fmt::format("{} is not a classifier, and gerund runs only those; allowed: 1", p.network_type));
  reader.warn(value, "100 leaves the output to the application; it is taken as one score per class, as with 1");
}

void warn_of_pairs(const Value& group, const Properties& p, const std::vector<int64_t>& target_ids,
                   const AppConfig& config, KeyReader& reader) {
  const bool is_target = std::find(target_ids.begin(), target_ids.end(), p.gie_unique_id) != target_ids.end();
  if (p.gie_unique_id >= 0 && !target_ids.empty() && !is_target)
    reader.warn(
        *find_value(group, "gie-unique-id"),
        fmt::format("{} is not in target-unique-ids of the preprocess file ({}); gerund pairs them all the same",
                    p.gie_unique_id, fmt::join(target_ids, ", ")));
  if (p.batch_size > 0 && p.batch_size != config.engine.max_batch)
    reader.warn(*find_value(group, "batch-size"),
                fmt::format("{} is not the batch of network-input-shape in the preprocess file, {}; that is taken",
                            p.batch_size, config.engine.max_batch));
  if (!p.input_tensor_from_meta)
    reader.warn(*find_value(group, "input-tensor-from-meta"),
                "0 is not obeyed: the network is fed what the preprocess file says");
  if (p.process_mode == 2)
    reader.note_idle("process-mode", "gerund deploy looks at pictures and regions, not at detected objects");
}

void read_label_names(const Value& group, const Properties& p, AppConfig& config, KeyReader& reader) {
  if (p.labelfile_path.empty()) return;
  const Value& value = *find_value(group, "labelfile-path");
  const std::filesystem::path path = reader.file_at(value, p.labelfile_path);
  std::error_code ignored;
  if (std::filesystem::exists(path, ignored)) {
    config.labels = read_labels(path);
  } else {
    reader.warn(value, fmt::format("{} does not exist; the model's own labels are taken", path.string()));
  }
}

void warn_of_groups(const Value& file, KeyReader& reader) {
  for (const spec::Entry& entry : file.entries) {
    if (entry.key.starts_with("class-attrs-")) {
      reader.note_idle(entry.key, "only detectors have it");
    } else if (entry.key != "property") {
      reader.warn(entry.value, "is no known group and ignored; known: property, class-attrs-all");
    }
  }
}

}  // namespace

std::string infer_reference() {
  Properties properties;
  return fmt::format("### The inference file: `[property]`\n\n{}", key_table(fields_of(properties), idle_keys()));
}

std::string onnx_name_of_plan(const std::string& plan) {
  if (plan.size() > kLongestPath) return plan;  // std::regex goes down a level for every letter.
  static const std::regex kSuffix(R"((_b\d+_(gpu|dla)\d+(_dla\d+)?_(fp32|fp16|int8|best))?\.(engine|plan|trt)$)");
  std::string stem = std::regex_replace(plan, kSuffix, "");
  const size_t dot = stem.rfind('.');
  const std::string extension = dot == std::string::npos ? "" : stem.substr(dot);
  if (extension == kOnnx) return stem;
  return (extension == ".etlt" ? stem.substr(0, dot) : stem) + kOnnx;
}

void read_infer(const std::filesystem::path& path, const std::vector<int64_t>& target_ids, AppConfig& config,
                std::vector<std::string>& warnings) {
  KeyReader reader(path, warnings);
  const Value file = read_groups(path);
  const Value* group = find_value(file, "property");
  if (group == nullptr)
    throw base::UserError(fmt::format("{}: has no group [property]; is it the file of nvinfer?", path.string()));
  Properties properties;
  reader.read(*group, fields_of(properties), idle_keys());
  check_type(*group, properties, reader);
  config.model = model_of(*group, properties, reader);
  config.key = properties.tlt_model_key;
  if (!config.key.empty() && !base::is_sealed_file(config.model))
    reader.note_idle("tlt-model-key", "the model is not one that gerund export -k sealed");
  read_label_names(*group, properties, config, reader);
  config.events.threshold = std::max(properties.classifier_threshold, 0.0);
  warn_of_pairs(*group, properties, target_ids, config, reader);
  warn_of_groups(file, reader);
  reader.finish();
}

}  // namespace gerund::deploy
