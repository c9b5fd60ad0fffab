#include "libs/program/probe.h"

#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <cstddef>
#include <cstring>
#include <optional>
#include <string_view>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "boost/asio/io_context.hpp"
#include "boost/asio/ip/tcp.hpp"
#include "boost/beast/core.hpp"
#include "boost/beast/http.hpp"
#include "libs/program/host_and_port.h"

namespace signet::serving {
namespace {

namespace net = boost::asio;
namespace http = boost::beast::http;
using boost::beast::error_code;
using net::ip::tcp;

constexpr std::chrono::seconds kTimeout{3};
constexpr std::string_view kUnixScheme = "unix:";

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

// One GET of /readyz, as three steps that end together when the time is over.
class ReadinessQuestion {
 public:
  absl::Status Ask(const HostAndPort& server) {
    error_code error;
    const auto found = tcp::resolver(io_).resolve(server.host, server.port, error);
    if (error) return absl::UnavailableError(server.host + ": " + error.message());
    request_.set(http::field::host, server.host);
    stream_.expires_after(kTimeout);
    stream_.async_connect(found, [this](error_code failed, const tcp::endpoint& /*chosen*/) {
      if (!Failed("no connection", failed)) Write();
    });
    io_.run();
    return outcome_;
  }

 private:
  void Write() {
    http::async_write(stream_, request_, [this](error_code failed, size_t /*bytes*/) {
      if (!Failed("no answer", failed)) Read();
    });
  }
  void Read() {
    http::async_read(stream_, buffer_, response_, [this](error_code failed, size_t /*bytes*/) {
      if (Failed("no answer", failed) || response_.result() == http::status::ok) return;
      outcome_ = absl::UnavailableError(
          absl::StrCat("not ready: ", absl::StripTrailingAsciiWhitespace(response_.body())));
    });
  }
  bool Failed(const char* what, error_code error) {
    if (error) outcome_ = absl::UnavailableError(absl::StrCat(what, ": ", error.message()));
    return !outcome_.ok();
  }

  net::io_context io_;
  boost::beast::tcp_stream stream_{io_};
  boost::beast::flat_buffer buffer_;
  http::request<http::empty_body> request_{http::verb::get, "/readyz", 11};
  http::response<http::string_body> response_;
  absl::Status outcome_;
};

}  // namespace

absl::Status ProbeReady(const std::string& address) {
  if (address.rfind(kUnixScheme, 0) == 0) return ProbeSocket(address.substr(kUnixScheme.size()));
  const std::optional<HostAndPort> server = SplitHostAndPort(address);
  if (!server.has_value()) {
    return absl::InvalidArgumentError("\"" + address +
                                      "\" is neither HOST:PORT nor unix:PATH; write for example "
                                      "127.0.0.1:9464");
  }
  return ReadinessQuestion().Ask(*server);
}

}  // namespace signet::serving
