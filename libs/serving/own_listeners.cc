#include "libs/serving/own_listeners.h"

#include <netdb.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <charconv>
#include <cstddef>
#include <cstring>
#include <filesystem>
#include <optional>
#include <string_view>
#include <system_error>

namespace signet::serving {
namespace {

// How gRPC listens on an IPv4 address (RFC 4291, 2.5.5.2).
constexpr std::string_view kMappedIpv4 = "::ffff:";

// The sockets API takes every family's address through this one type.
const sockaddr* Generic(const sockaddr_storage& address) {
  return reinterpret_cast<const sockaddr*>(&address);
}

std::string NameOf(const Listener& listener) {
  if (listener.address.ss_family == AF_UNIX) {
    sockaddr_un local{};
    std::memcpy(&local, &listener.address, std::min<size_t>(listener.size, sizeof local));
    const size_t length = listener.size - offsetof(sockaddr_un, sun_path);
    const std::string_view path(local.sun_path, std::min(length, sizeof local.sun_path));
    return "unix:" + std::string(path.substr(0, path.find('\0')));
  }
  std::array<char, NI_MAXHOST> host{};
  std::array<char, NI_MAXSERV> port{};
  if (getnameinfo(Generic(listener.address), listener.size, host.data(), host.size(), port.data(),
                  port.size(), NI_NUMERICHOST | NI_NUMERICSERV) != 0) {
    return "?";
  }
  std::string text = host.data();
  if (text.rfind(kMappedIpv4, 0) == 0) text.erase(0, kMappedIpv4.size());
  return (text.find(':') == std::string::npos ? text : "[" + text + "]") + ":" + port.data();
}

std::optional<Listener> ListenerAt(int fd) {
  int is_listening = 0;
  socklen_t size = sizeof is_listening;
  if (getsockopt(fd, SOL_SOCKET, SO_ACCEPTCONN, &is_listening, &size) != 0 || is_listening == 0) {
    return std::nullopt;
  }
  Listener listener;
  listener.size = sizeof listener.address;
  if (getsockname(fd, reinterpret_cast<sockaddr*>(&listener.address), &listener.size) != 0) {
    return std::nullopt;
  }
  const sa_family_t family = listener.address.ss_family;
  if (family != AF_INET && family != AF_INET6 && family != AF_UNIX) return std::nullopt;
  listener.name = NameOf(listener);
  return listener;
}

bool IsOwnTrouble(int error) {
  constexpr std::array kOwn = {EMFILE, ENFILE, ENOBUFS, ENOMEM, EADDRNOTAVAIL, EACCES, EPERM};
  return std::find(kOwn.begin(), kOwn.end(), error) != kOwn.end();
}

class Caller {
 public:
  Caller(const Listener& listener, std::chrono::milliseconds time)
      : listener_(listener), end_(std::chrono::steady_clock::now() + time) {}
  ~Caller() {
    if (fd_ >= 0) close(fd_);
  }
  Caller(const Caller&) = delete;
  Caller& operator=(const Caller&) = delete;

  // 0 or an errno.
  int Connect() {
    fd_ = socket(listener_.address.ss_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (fd_ < 0) return errno;
    if (connect(fd_, Generic(listener_.address), listener_.size) == 0) return 0;
    if (errno != EINPROGRESS) return errno;
    if (!Await(POLLOUT)) return ETIMEDOUT;
    int error = 0;
    socklen_t size = sizeof error;
    return getsockopt(fd_, SOL_SOCKET, SO_ERROR, &error, &size) == 0 ? error : errno;
  }
  bool HangUpAndAwaitAnswer() {
    shutdown(fd_, SHUT_WR);
    return Await(POLLIN);
  }

 private:
  bool Await(short events) {
    while (true) {
      const auto left =
          std::chrono::ceil<std::chrono::milliseconds>(end_ - std::chrono::steady_clock::now());
      pollfd waiting{fd_, events, 0};
      const int ready = poll(&waiting, 1, std::max(0, static_cast<int>(left.count())));
      if (ready >= 0 || errno != EINTR) return ready > 0;
    }
  }

  const Listener& listener_;
  const std::chrono::steady_clock::time_point end_;
  int fd_ = -1;
};

}  // namespace

std::vector<Listener> OwnListeners() {
  std::vector<int> descriptors;
  std::error_code error;
  for (const auto& entry : std::filesystem::directory_iterator("/proc/self/fd", error)) {
    const std::string text = entry.path().filename();
    int fd = -1;
    std::from_chars(text.data(), text.data() + text.size(), fd);
    descriptors.push_back(fd);
  }
  std::sort(descriptors.begin(), descriptors.end());
  std::vector<Listener> listeners;
  for (const int fd : descriptors) {
    if (std::optional<Listener> listener = ListenerAt(fd)) {
      listeners.push_back(*std::move(listener));
    }
  }
  return listeners;
}

std::vector<Listener> ListenersSince(const std::vector<Listener>& earlier) {
  std::vector<Listener> listeners = OwnListeners();
  const auto is_earlier = [&](const Listener& listener) {
    return std::any_of(earlier.begin(), earlier.end(),
                       [&](const Listener& other) { return other.name == listener.name; });
  };
  listeners.erase(std::remove_if(listeners.begin(), listeners.end(), is_earlier), listeners.end());
  return listeners;
}

ListenerAnswer AskListener(const Listener& listener, std::chrono::milliseconds time) {
  Caller caller(listener, time);
  const int error = caller.Connect();
  if (IsOwnTrouble(error)) return ListenerAnswer::kCannotAsk;
  const bool answered = error == 0 && caller.HangUpAndAwaitAnswer();
  return answered ? ListenerAnswer::kAnswered : ListenerAnswer::kSilent;
}

}  // namespace signet::serving
