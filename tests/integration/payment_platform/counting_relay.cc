#include "tests/integration/payment_platform/counting_relay.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <cstring>

namespace signet::payment_platform {

namespace {

constexpr char kSocketName[] = "/.s.PGSQL.5432";  // libpq's, of its default port

sockaddr_un Address(const std::string& dir) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  const std::string path = dir + kSocketName;
  EXPECT_LT(path.size(), sizeof address.sun_path);
  std::memcpy(address.sun_path, path.c_str(), path.size() + 1);
  return address;
}

// False at the end of the stream.
bool Forward(int from, int to) {
  char bytes[65536];
  const ssize_t size = read(from, bytes, sizeof bytes);
  for (ssize_t done = 0; done < size;) {
    const ssize_t sent = write(to, bytes + done, static_cast<size_t>(size - done));
    if (sent <= 0) return false;
    done += sent;
  }
  return size > 0;
}

}  // namespace

CountingRelay::CountingRelay(const std::string& postgres_socket_dir)
    : postgres_socket_dir_(postgres_socket_dir) {
  listener_ = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  const sockaddr_un address = Address(dir_.path());
  EXPECT_EQ(bind(listener_, reinterpret_cast<const sockaddr*>(&address), sizeof address), 0);
  EXPECT_EQ(listen(listener_, 1), 0);
  EXPECT_EQ(pipe2(stop_, O_CLOEXEC), 0);
  thread_ = std::thread([this] { Run(); });
}

CountingRelay::~CountingRelay() {
  close(stop_[1]);
  thread_.join();
  close(stop_[0]);
  close(listener_);
}

std::string CountingRelay::Through(const std::string& connection_string) const {
  std::string through = connection_string;
  const size_t at = through.find(postgres_socket_dir_);
  EXPECT_NE(at, std::string::npos);
  return through.replace(at, postgres_socket_dir_.size(), dir_.path());
}

void CountingRelay::Run() {
  pollfd waiting[] = {{stop_[0], POLLIN, 0}, {listener_, POLLIN, 0}};
  if (poll(waiting, 2, -1) < 0 || waiting[0].revents != 0) return;
  const int client = accept(listener_, nullptr, nullptr);
  const int server = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  const sockaddr_un address = Address(postgres_socket_dir_);
  EXPECT_EQ(connect(server, reinterpret_cast<const sockaddr*>(&address), sizeof address), 0);
  bool asking = false;  // the client spoke last
  for (bool open = true; open;) {
    pollfd ends[] = {{stop_[0], POLLIN, 0}, {client, POLLIN, 0}, {server, POLLIN, 0}};
    if (poll(ends, 3, -1) < 0 || ends[0].revents != 0) break;
    // What the server says first is forwarded first: the client speaks again only after it.
    if (ends[2].revents != 0) {
      if (asking) ++round_trips_;
      asking = false;
      open = Forward(server, client);
    } else if (ends[1].revents != 0) {
      asking = true;
      open = Forward(client, server);
    }
  }
  close(client);
  close(server);
}

}  // namespace signet::payment_platform
