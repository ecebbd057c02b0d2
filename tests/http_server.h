// tests/http_server.h - a server of HTTP on this machine that answers as a test wants it to.
#pragma once

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cstdlib>
#include <functional>
#include <mutex>
#include <optional>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

namespace gerund::testing_data {

struct Request {
  std::string path;
  std::optional<int64_t> range;  ///< First byte asked for.
};

/// "HTTP/1.1 200 OK" with a body; `length` tells more than comes where the connection shall break off.
inline std::string answer(const std::string& status, const std::string& body, const std::string& headers = "",
                          std::optional<size_t> length = std::nullopt) {
  return "HTTP/1.1 " + status + "\r\nContent-Length: " + std::to_string(length.value_or(body.size())) +
         "\r\nConnection: close\r\n" + headers + "\r\n" + body;
}

/// As a server with ranges answers, `most` bytes of the file at a time before the connection breaks off.
inline std::string ranged_answer(const Request& request, const std::string& file, size_t most = std::string::npos) {
  const auto begin = static_cast<size_t>(request.range.value_or(0));
  if (!request.range) return answer("200 OK", file.substr(0, most), "", file.size());
  if (begin >= file.size()) return answer("416 Range Not Satisfiable", "");
  return answer("206 Partial Content", file.substr(begin, most),
                "Content-Range: bytes " + std::to_string(begin) + "-" + std::to_string(file.size() - 1) + "/" +
                    std::to_string(file.size()) + "\r\n",
                file.size() - begin);
}

/// One request per connection, one after another.
///
/// Owns: a socket and the thread that answers.
class HttpServer {
 public:
  using Handler = std::function<std::string(const Request&)>;

  explicit HttpServer(Handler handler) : handler_(std::move(handler)) {
    socket_ = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address;
    if (::bind(socket_, reinterpret_cast<sockaddr*>(&address), size) != 0 || ::listen(socket_, 16) != 0 ||
        ::getsockname(socket_, reinterpret_cast<sockaddr*>(&address), &size) != 0)
      throw std::runtime_error("the server of the test cannot listen");
    port_ = ntohs(address.sin_port);
    thread_ = std::thread([this] { serve(); });
  }
  ~HttpServer() {
    ::shutdown(socket_, SHUT_RDWR);
    thread_.join();
    ::close(socket_);
  }
  HttpServer(const HttpServer&) = delete;
  HttpServer& operator=(const HttpServer&) = delete;

  std::string url() const { return "http://127.0.0.1:" + std::to_string(port_); }
  std::vector<Request> requests() const {
    const std::lock_guard lock(mutex_);
    return requests_;
  }

 private:
  void serve() {
    for (;;) {
      const int client = ::accept(socket_, nullptr, nullptr);
      if (client < 0) return;
      const Request request = read_request(client);
      {
        const std::lock_guard lock(mutex_);
        requests_.push_back(request);
      }
      const std::string text = handler_(request);
      for (size_t sent = 0; sent < text.size();) {
        const ssize_t count = ::send(client, text.data() + sent, text.size() - sent, MSG_NOSIGNAL);
        if (count <= 0) break;
        sent += static_cast<size_t>(count);
      }
      ::shutdown(client, SHUT_WR);
      char rest[256];
      while (::recv(client, rest, sizeof rest, 0) > 0) {
      }
      ::close(client);
    }
  }

  static Request read_request(int client) {
    std::string head;
    char buffer[1024];
    while (head.find("\r\n\r\n") == std::string::npos) {
      const ssize_t count = ::recv(client, buffer, sizeof buffer, 0);
      if (count <= 0) break;
      head.append(buffer, static_cast<size_t>(count));
    }
    Request request;
    const size_t space = head.find(' ');
    if (space != std::string::npos) request.path = head.substr(space + 1, head.find(' ', space + 1) - space - 1);
    constexpr std::string_view kRange = "Range: bytes=";
    if (const size_t at = head.find(kRange); at != std::string::npos)
      request.range = std::atoll(head.c_str() + at + kRange.size());
    return request;
  }

  Handler handler_;
  int socket_ = -1;
  int port_ = 0;
  mutable std::mutex mutex_;  // Guards requests_.
  std::vector<Request> requests_;
  std::thread thread_;
};

}  // namespace gerund::testing_data
