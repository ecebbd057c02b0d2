// spec/field.h - one field of a spec: its key, where it lives, what it takes and what it does. Reading, checking,
// printing and the reference follow from it.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "spec/value.h"

namespace gerund::spec {

using LabelMap = std::map<std::string, int64_t>;
using NumberMap = std::map<std::string, double>;

/// Where a field's value lives in an Experiment.
using Member = std::variant<std::string*, std::optional<std::string>*, int64_t*, double*, bool*, std::vector<int64_t>*,
                            std::vector<double>*, std::vector<std::string>*, LabelMap*, NumberMap*>;

/// Which values a field takes. Of a list, low and high hold for each item.
struct Range {
  std::vector<std::string> choices;                                ///< Of text; empty: any text.
  std::vector<std::pair<std::string, std::string>> old_spellings;  ///< {old, one of choices}.
  std::optional<double> low;
  std::optional<double> high;
  bool without_low = false;     ///< `low` itself is not allowed.
  bool without_high = false;    ///< Nor `high`.
  std::vector<size_t> lengths;  ///< Of a list; empty: any.

  /// True for a number from low to high that float32, in which networks compute, can hold as well.
  bool holds(double number) const;
};

Range anything();
Range at_least(double low);
Range more_than(double low);
Range between(double low, double high);
Range one_of(std::vector<std::string> choices);

struct Field {
  std::string key;  ///< Dotted, canonical: "train.optim.lr".
  Member member;    ///< Not owned: lives as long as the Experiment.
  Range range;
  std::string help;
  std::string no_effect;  ///< Why gerund accepts the key and ignores it; "" for a field that has an effect.
};

/// Reads `value` into the field's member. Returns a note for the user, or "": an old spelling that was mapped. Throws
/// UserError where type or range are wrong.
std::string read_member(const Field& field, const Value& value);

/// What the field takes, for messages and the reference: "> 0", "rgb, of, joint", "true, false"; "" for any value.
std::string allowed_text(const Field& field);
/// "integer", "list of numbers", ...
std::string type_name(const Field& field);

}  // namespace gerund::spec
