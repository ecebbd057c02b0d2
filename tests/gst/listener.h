// tests/gst/listener.h - someone who listens on a unix socket.
#pragma once

#include <poll.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <stdexcept>
#include <string>

namespace gerund::gst {

/// Threads: none.
/// Owns:    the socket; its path is gone with it.
class Listener {
 public:
  explicit Listener(const std::string& path) : path_(path), socket_(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    path.copy(address.sun_path, sizeof(address.sun_path) - 1);
    if (bind(socket_, reinterpret_cast<const sockaddr*>(&address), sizeof(address)) != 0 || listen(socket_, 4) != 0)
      throw std::runtime_error(path + ": cannot listen");
  }
  ~Listener() {
    if (connection_ >= 0) close(connection_);
    close(socket_);
    std::filesystem::remove(path_);
  }
  Listener(const Listener&) = delete;
  Listener& operator=(const Listener&) = delete;

  /// Waits until somebody connects; false where nobody does for a minute.
  bool accept_one() {
    if (is_ready(socket_)) connection_ = accept(socket_, nullptr, nullptr);
    return connection_ >= 0;
  }
  /// The next line, without its end; "" where none comes for a minute, or where the other end is closed.
  std::string read_line() {
    while (text_.find('\n') == std::string::npos) {
      char bytes[4096];
      const ssize_t count = is_ready(connection_) ? read(connection_, bytes, sizeof(bytes)) : 0;
      if (count <= 0) return "";
      text_.append(bytes, static_cast<size_t>(count));
    }
    const size_t end = text_.find('\n');
    const std::string line = text_.substr(0, end);
    text_.erase(0, end + 1);
    return line;
  }

 private:
  static bool is_ready(int descriptor) {
    pollfd waiting{descriptor, POLLIN, 0};
    return poll(&waiting, 1, 60000) == 1;
  }
  std::string path_;
  int socket_;
  int connection_ = -1;
  std::string text_;
};

}  // namespace gerund::gst
