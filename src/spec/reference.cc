#include <fmt/format.h>

#include <algorithm>

#include "spec/dialect.h"
#include "spec/field_table.h"
#include "spec/load.h"
#include "spec/print.h"

namespace gerund::spec {
namespace {

constexpr const char* kIntroduction = R"(# The spec: every key

Made from the field table (`src/spec/field_table.cc`) by `spec::reference_markdown()`; a test keeps it up to date.

A spec is a YAML file. It needs only the keys that differ from the defaults below. `gerund spec FILE [key=value ...]` prints what a
file resolves to, and files to start from are in `specs/`. An unknown key, a wrong type or a value out of range ends every
verb with exit code 2 and a message with the file, the line, the value and what is allowed.

- **Values not yet known.** `???` or `??` may stand for any value. Paths are looked at only by the verb that needs them.
- **References.** `${model.rgb_seq_length}` takes the value of another key, also inside longer text (`${results_dir}/best`).
  `${eval:"${dataset.batch_size} * 2"}` computes with `+ - * / //` and parentheses. `\${` is a plain `${`.
- **On the command line.** `train.num_epochs=5` replaces a value; only the first `=` splits. Lists are `[0,1]`, blocks
  `{walk: 0, run: 1}`, text with blanks or brackets at its start is `'quoted'`, nothing is `null`. Blocks and label maps are
  merged: `+dataset.label_map.wave=2` adds a class, and `dataset.label_map=null` empties the map first.
- **Older files.** The names of releases before 5.0 are read as well, with a warning each (last section).
)";

constexpr const char* kOldIntroduction = R"(
## Old names

`gerund` reads these with a warning. The blocks `model_config`, `train_config` and `dataset_config` are `model`, `train` and
`dataset`; `resnet18` is `resnet_18`, and so on. Keys of several verbs go to the verb whose own old key stands beside them
(`test_dataset_dir` or `video_eval_mode`, `inference_dataset_dir` or `video_inf_mode`, `output_file`), else to all. Defaults are those
above, whatever the age of the file: without `model_type` it is rgb.

| old | now |
| --- | --- |
)";

std::string row_of(const Field& field, const std::string& block) {
  const std::string name = block.empty() ? field.key : field.key.substr(block.size() + 1);
  const std::string value = value_text(field);
  const std::string effect = field.no_effect.empty() ? "" : fmt::format(" No effect: {}.", field.no_effect);
  return fmt::format("| `{}` | {} | `{}` | {} | {}{} |\n", name, type_name(field), value, allowed_text(field),
                     field.help, effect);
}

std::string section(const FieldTable& table, const std::string& block, const std::string& help) {
  std::string text = block.empty() ? "\n## Top\n" : fmt::format("\n## {}\n", block);
  text +=
      fmt::format("\n{}\n\n| key | type | default | allowed | what it does |\n| --- | --- | --- | --- | --- |\n", help);
  for (const Field& field : table.fields()) {
    const size_t dot = field.key.rfind('.');
    if ((dot == std::string::npos ? "" : field.key.substr(0, dot)) == block) text += row_of(field, block);
  }
  return text;
}

}  // namespace

std::string reference_markdown() {
  Experiment defaults;
  const FieldTable table(defaults);
  std::string text = kIntroduction;
  for (const auto& [block, help] : block_help()) text += section(table, block, help);
  text += kOldIntroduction;
  for (const OldName& name : old_names()) {
    std::string now;
    for (const std::string& key : name.now) now += fmt::format("{}`{}`", now.empty() ? "" : ", ", key);
    text += fmt::format("| `{}` | {} |\n", as_written(name.old), now);
  }
  return text;
}

}  // namespace gerund::spec
