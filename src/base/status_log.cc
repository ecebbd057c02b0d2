#include "base/status_log.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <array>
#include <chrono>
#include <cmath>
#include <cstring>
#include <ctime>
#include <fstream>
#include <nlohmann/json.hpp>

#include "base/error.h"
#include "base/utf8.h"

namespace gerund::base {
namespace {

namespace fs = std::filesystem;
using Json = nlohmann::ordered_json;

const char* name_of(Status status) {
  switch (status) {
    case Status::started:
      return "STARTED";
    case Status::running:
      return "RUNNING";
    case Status::success:
      return "SUCCESS";
    case Status::failure:
      return "FAILURE";
  }
  throw InternalError("StatusLog: no such status");
}

void add_progress(Json& document, const EpochProgress& progress) {
  document["epoch"] = progress.epoch;
  document["max_epoch"] = progress.max_epoch;
  document["step"] = progress.step;
  document["max_step"] = progress.max_step;
  document["time_per_epoch"] = timedelta_text(progress.epoch_seconds);
  document["time_per_step"] = timedelta_text(progress.step_seconds);
  document["eta"] = timedelta_text(progress.eta_seconds);
}

std::string text_of(const StatusLine& line, double now) {
  const auto seconds = static_cast<std::time_t>(now);
  std::tm local{};
  localtime_r(&seconds, &local);
  Json document;
  if (line.progress) add_progress(document, *line.progress);
  document["date"] = fmt::format("{}/{}/{}", local.tm_mon + 1, local.tm_mday, local.tm_year + 1900);
  document["time"] = fmt::format("{}:{}:{}", local.tm_hour, local.tm_min, local.tm_sec);
  document["status"] = name_of(line.status);
  document["verbosity"] = line.status == Status::failure ? "ERROR" : "INFO";
  document["message"] = line.message;
  for (const auto& [name, value] : line.kpi) document["kpi"][name] = value;
  return json_text(document) + "\n";
}

// A machine that went down in the middle of a line must not spoil the next one.
bool ends_inside_a_line(const fs::path& path) {
  std::ifstream file(path, std::ios::binary | std::ios::ate);
  if (!file || file.tellg() <= 0) return false;
  file.seekg(-1, std::ios::end);
  return file.get() != '\n';
}

void append(const fs::path& path, const std::string& text) {
  const std::string whole = (ends_inside_a_line(path) ? "\n" : "") + text;
  const int file = ::open(path.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644);
  const bool done = file >= 0 && ::write(file, whole.data(), whole.size()) == static_cast<ssize_t>(whole.size());
  const std::string reason = std::strerror(errno);
  if (file >= 0) ::close(file);
  if (!done) throw UserError(fmt::format("{}: cannot be written: {}", path.string(), reason));
}

bool starts_with_spec_key(std::string_view message) {
  constexpr std::array kKeys{"results_dir", "model.", "dataset.", "train.", "evaluate.", "inference.", "export."};
  for (const char* key : kKeys)
    if (message.starts_with(key) && message.find(':') < message.find(' ')) return true;
  return false;
}

// A UserError about a file begins with its path.
bool starts_with_path(const std::string& message) {
  const std::string name = message.substr(0, message.find(": "));
  std::error_code ignored;
  return name.size() < message.size() && (name.find('/') != std::string::npos || fs::exists(name, ignored));
}

}  // namespace

double system_now() {
  return std::chrono::duration<double>(std::chrono::system_clock::now().time_since_epoch()).count();
}

std::string timedelta_text(double seconds) {
  const int64_t micros = std::llround(seconds * 1e6);
  const int64_t total = micros / 1000000, days = total / 86400;
  std::string text = days == 0 ? "" : fmt::format("{} day{}, ", days, days == 1 ? "" : "s");
  text += fmt::format("{}:{:02}:{:02}", total % 86400 / 3600, total % 3600 / 60, total % 60);
  return micros % 1000000 == 0 ? text : text + fmt::format(".{:06}", micros % 1000000);
}

std::string failure_message(std::string_view verb, const std::exception& error) {
  const std::string what = error.what();
  if (dynamic_cast<const Interrupted*>(&error)) return fmt::format("{} was interrupted. {}", verb, what);
  if (dynamic_cast<const fs::filesystem_error*>(&error)) return "File system error: " + what;
  if (!dynamic_cast<const UserError*>(&error)) return "Internal error: " + what;
  if (starts_with_spec_key(what)) return "Configuration error: " + what;
  return (starts_with_path(what) ? "File system error: " : "Parameter validation error: ") + what;
}

void StatusLog::write(const StatusLine& line) {
  if (!folder_) return;
  std::error_code error;
  fs::create_directories(*folder_, error);
  if (error) throw UserError(fmt::format("{}: cannot be made: {}", folder_->string(), error.message()));
  append(*folder_ / "status.json", text_of(line, now_()));
  has_begun_ = true;
}

void StatusLog::end(const StatusLine& line) {
  if (folder_ && (has_begun_ || was_there_)) write(line);
}

void StatusLog::succeed(std::string_view verb) {
  try {
    end({Status::success, fmt::format("{} finished successfully.", verb), {}, {}});
  } catch (const UserError&) {
    if (has_begun_) throw;  // Else nothing was to be written: a finished run in a folder that is read-only.
  }
}

void StatusLog::fail(std::string_view verb, const std::exception& error) noexcept {
  try {
    end({Status::failure, failure_message(verb, error), {}, {}});
  } catch (...) {  // What went wrong first is what the user must hear of.
  }
}

}  // namespace gerund::base
