#include "libs/program/probe.h"

#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <charconv>
#include <cstring>
#include <memory>
#include <string_view>

#include "civetweb.h"

namespace signet::serving {
namespace {

constexpr int kTimeoutMs = 3'000;
constexpr int kOk = 200;
constexpr std::string_view kUnixScheme = "unix:";

struct CloseConnection {
  void operator()(mg_connection* connection) const { mg_close_connection(connection); }
};

absl::Status ProbeSocket(const std::string& path) {
  sockaddr_un address{};
  if (path.size() >= sizeof address.sun_path) {
    return absl::InvalidArgumentError("the socket's path " + path + " is too long");
  }
  address.sun_family = AF_UNIX;
  std::memcpy(address.sun_path, path.data(), path.size());
  const int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  // The sockets API takes every family's address through this one type.
  const bool connected =
      fd >= 0 && connect(fd, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0;
  const std::string why = std::strerror(errno);
  if (fd >= 0) close(fd);
  if (connected) return absl::OkStatus();
  return absl::UnavailableError("nobody serves " + path + ": " + why);
}

absl::Status ProbeAdminPort(const std::string& host, int port) {
  std::array<char, 256> error{};
  const std::unique_ptr<mg_connection, CloseConnection> connection(
      mg_connect_client(host.c_str(), port, /*use_ssl=*/0, error.data(), error.size()));
  if (connection == nullptr) return absl::UnavailableError(error.data());
  mg_printf(connection.get(), "GET /readyz HTTP/1.1\r\nHost: %s\r\nConnection: close\r\n\r\n",
            host.c_str());
  if (mg_get_response(connection.get(), error.data(), error.size(), kTimeoutMs) < 0) {
    return absl::UnavailableError("no answer: " + std::string(error.data()));
  }
  if (mg_get_response_info(connection.get())->status_code == kOk) return absl::OkStatus();
  std::array<char, 1024> body{};
  const int read = mg_read(connection.get(), body.data(), body.size());
  std::string why(body.data(), read > 0 ? static_cast<size_t>(read) : 0);
  while (!why.empty() && why.back() == '\n') why.pop_back();
  return absl::UnavailableError("not ready: " + why);
}

}  // namespace

absl::Status ProbeReady(const std::string& address) {
  if (address.rfind(kUnixScheme, 0) == 0) return ProbeSocket(address.substr(kUnixScheme.size()));
  const size_t colon = address.rfind(':');
  int port = 0;
  const char* const end = address.data() + address.size();
  if (colon == std::string::npos ||
      std::from_chars(address.data() + colon + 1, end, port).ptr != end || port <= 0) {
    return absl::InvalidArgumentError("\"" + address +
                                      "\" is neither HOST:PORT nor unix:PATH; write for example "
                                      "127.0.0.1:9464");
  }
  return ProbeAdminPort(address.substr(0, colon), port);
}

}  // namespace signet::serving
