#include "tests/integration/serving/http.h"

#include <fcntl.h>
#include <netdb.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>

#include "libs/program/host_and_port.h"

namespace signet::testing {
namespace {

// -1 where nobody listens.
int Connect(const std::string& address) {
  const auto split = serving::SplitHostAndPort(address);
  if (!split.has_value()) return -1;
  addrinfo hints{};
  hints.ai_socktype = SOCK_STREAM;
  hints.ai_flags = AI_NUMERICHOST;
  addrinfo* found = nullptr;
  if (getaddrinfo(split->host.c_str(), split->port.c_str(), &hints, &found) != 0) return -1;
  int fd = socket(found->ai_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (fd >= 0 && connect(fd, found->ai_addr, found->ai_addrlen) != 0) {
    close(fd);
    fd = -1;
  }
  freeaddrinfo(found);
  return fd;
}

}  // namespace

std::string AskHttp(const std::string& address, const std::string& request_line) {
  const int fd = Connect(address);
  if (fd < 0) return "";
  const std::string request = request_line + " HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n";
  std::string answer;
  if (send(fd, request.data(), request.size(), MSG_NOSIGNAL) > 0) {
    std::array<char, 4096> buffer{};
    ssize_t n = 0;
    while ((n = recv(fd, buffer.data(), buffer.size(), 0)) > 0) {
      answer.append(buffer.data(), static_cast<size_t>(n));
    }
  }
  close(fd);
  return answer;
}

std::vector<int> ConnectMany(const std::string& address, int count) {
  std::vector<int> sockets;
  for (int i = 0; i < count; ++i) {
    const int fd = Connect(address);
    if (fd < 0) continue;
    fcntl(fd, F_SETFL, O_NONBLOCK);
    sockets.push_back(fd);
  }
  return sockets;
}

}  // namespace signet::testing
