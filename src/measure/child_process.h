// measure/child_process.h - another program that is talked to line by line.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace gerund::measure {

/// A running program whose stdin and stdout are ours; its stderr is this program's.
///
/// Threads: none; one caller.
/// Owns:    the process: it is ended with this object.
class ChildProcess {
 public:
  /// Starts words[0], looked for in PATH. Throws UserError where that fails.
  explicit ChildProcess(const std::vector<std::string>& words);
  ~ChildProcess();
  ChildProcess(const ChildProcess&) = delete;
  ChildProcess& operator=(const ChildProcess&) = delete;

  /// Sends `line` and a line feed. Throws UserError where the program has ended.
  void send(std::string_view line);
  /// Waits for the next line, without its line feed. Throws UserError where the program ends before, and Interrupted
  /// once base::interrupted().
  std::string receive();

 private:
  bool wait_for_data() const;

  const std::string name_;
  int socket_ = -1;
  int process_ = -1;
  std::string received_;  ///< Bytes behind the last line that receive() gave.
};

}  // namespace gerund::measure
