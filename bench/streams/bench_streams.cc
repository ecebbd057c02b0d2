// bench/streams/bench_streams.cc - measures what stands around a network. Run by bench/streams.sh.
// Usage: bench_streams MODE [KEY=VALUE...]; prints one JSON object on one line.
#include <array>
#include <iostream>

#include "base/error.h"
#include "deploy/app.h"
#include "streams/modes.h"

namespace gerund::bench {
namespace {

struct Mode {
  const char* name;
  nlohmann::json (*run)(const Options&);
};

constexpr std::array kModes{Mode{"model", write_model},       Mode{"overhead", measure_overhead},
                            Mode{"parts", measure_parts},     Mode{"load", measure_load},
                            Mode{"latency", measure_latency}, Mode{"versus", measure_versus}};

Options parse(int argc, char** argv) {
  std::map<std::string, std::string> values;
  for (int i = 2; i < argc; ++i) {
    const std::string word = argv[i];
    const size_t equals = word.find('=');
    if (equals == std::string::npos) throw base::UserError("'" + word + "': KEY=VALUE is wanted");
    values[word.substr(0, equals)] = word.substr(equals + 1);
  }
  return Options(std::move(values));
}

int run(int argc, char** argv) {
  const std::string name = argc > 1 ? argv[1] : "";
  for (const Mode& mode : kModes) {
    if (name != mode.name) continue;
    deploy::start_gstreamer();
    std::cout << mode.run(parse(argc, argv)) << std::endl;
    return 0;
  }
  throw base::UserError("mode '" + name + "' is not known; known: model, overhead, parts, load, latency, versus");
}

}  // namespace

std::string Options::text(const std::string& key) const {
  const auto found = values_.find(key);
  if (found == values_.end()) throw base::UserError(key + "= is missing");
  return found->second;
}

std::string Options::text(const std::string& key, const std::string& otherwise) const {
  const auto found = values_.find(key);
  return found == values_.end() ? otherwise : found->second;
}

int Options::number(const std::string& key, int otherwise) const {
  return std::stoi(text(key, std::to_string(otherwise)));
}

}  // namespace gerund::bench

int main(int argc, char** argv) {
  try {
    return gerund::bench::run(argc, argv);
  } catch (const std::exception& error) {
    std::cerr << "bench_streams: " << error.what() << "\n";
    return 1;
  }
}
