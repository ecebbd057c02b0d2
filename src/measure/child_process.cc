#include "measure/child_process.h"

#include <fmt/format.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>

#include "base/error.h"
#include "base/interrupt.h"

namespace gerund::measure {
namespace {

constexpr int kLookMs = 100;  // How often a wait looks at base::interrupted().

/// Starts `words` with `socket` as stdin and stdout; an error number, or 0.
int spawn(const std::vector<std::string>& words, int socket, pid_t& process) {
  std::vector<char*> arguments;
  arguments.reserve(words.size() + 1);
  for (const std::string& word : words) arguments.push_back(const_cast<char*>(word.c_str()));
  arguments.push_back(nullptr);
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_adddup2(&actions, socket, STDIN_FILENO);
  posix_spawn_file_actions_adddup2(&actions, socket, STDOUT_FILENO);
  const int error = posix_spawnp(&process, arguments[0], &actions, nullptr, arguments.data(), environ);
  posix_spawn_file_actions_destroy(&actions);
  return error;
}

}  // namespace

// A pair of sockets, not pipes: writing to a program that has ended is then an error and no signal.
ChildProcess::ChildProcess(const std::vector<std::string>& words) : name_(words.at(0)) {
  std::array<int, 2> ends{};
  if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends.data()) != 0)
    throw base::UserError(fmt::format("{} cannot be started: {}", name_, std::strerror(errno)));
  const int error = spawn(words, ends[1], process_);
  close(ends[1]);
  if (error != 0) {
    close(ends[0]);
    throw base::UserError(fmt::format("{} cannot be started: {}", name_, std::strerror(error)));
  }
  socket_ = ends[0];
}

ChildProcess::~ChildProcess() {
  close(socket_);
  kill(process_, SIGKILL);
  waitpid(process_, nullptr, 0);
}

void ChildProcess::send(std::string_view line) {
  const std::string text = std::string(line) + "\n";
  size_t sent = 0;
  while (sent < text.size()) {
    const ssize_t count = ::send(socket_, text.data() + sent, text.size() - sent, MSG_NOSIGNAL);
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) throw base::UserError(fmt::format("{} ended early; its message stands above", name_));
    sent += static_cast<size_t>(count);
  }
}

std::string ChildProcess::receive() {
  while (true) {
    const size_t end = received_.find('\n');
    if (end != std::string::npos) {
      std::string line = received_.substr(0, end);
      received_.erase(0, end + 1);
      return line;
    }
    if (base::interrupted()) throw base::Interrupted("interrupted while timing");
    if (!wait_for_data()) continue;
    std::array<char, 4096> buffer{};
    const ssize_t count = read(socket_, buffer.data(), buffer.size());
    if (count < 0 && errno == EINTR) continue;
    if (count <= 0) {
      // Ctrl-C ends the other program as well, perhaps before this one looks.
      if (base::interrupted()) throw base::Interrupted("interrupted while timing");
      throw base::UserError(fmt::format("{} ended early; its message stands above", name_));
    }
    received_.append(buffer.data(), static_cast<size_t>(count));
  }
}

bool ChildProcess::wait_for_data() const {
  pollfd entry{socket_, POLLIN, 0};
  return poll(&entry, 1, kLookMs) > 0;
}

}  // namespace gerund::measure
