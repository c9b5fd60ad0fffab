#include "libs/serving/listener_watch.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <atomic>
#include <cstring>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "absl/synchronization/notification.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/support/process.h"

namespace signet::serving {
namespace {

using ::testing::HasSubstr;

constexpr absl::Duration kPatience = absl::Seconds(60);

// A socket that listens, and a thread that accepts and hangs up while it is told to.
class Server {
 public:
  Server(const sockaddr_storage& address, socklen_t size)
      : fd_(socket(address.ss_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0)) {
    const int yes = 1;
    if (address.ss_family == AF_INET6) setsockopt(fd_, IPPROTO_IPV6, IPV6_V6ONLY, &yes, sizeof yes);
    EXPECT_EQ(bind(fd_, reinterpret_cast<const sockaddr*>(&address), size), 0);
    EXPECT_EQ(listen(fd_, 64), 0);
    thread_ = std::thread([this] {
      while (!is_over_) {
        const int caller = is_deaf_ ? -1 : accept(fd_, nullptr, nullptr);
        if (caller >= 0) {
          ++accepted_;
          close(caller);
        } else {
          std::this_thread::yield();
        }
      }
    });
  }
  ~Server() {
    is_over_ = true;
    thread_.join();
    if (fd_ >= 0) close(fd_);
  }
  Server(const Server&) = delete;
  Server& operator=(const Server&) = delete;

  void SetDeaf(bool is_deaf) { is_deaf_ = is_deaf; }
  int accepted() const { return accepted_; }
  // Whether it has accepted so many, within a minute.
  bool AwaitAccepted(int count) const {
    const absl::Time end = absl::Now() + kPatience;
    while (accepted_ < count && absl::Now() < end) std::this_thread::yield();
    return accepted_ >= count;
  }

 private:
  const int fd_;
  std::atomic<bool> is_deaf_ = false;
  std::atomic<bool> is_over_ = false;
  std::atomic<int> accepted_ = 0;
  std::thread thread_;
};

std::unique_ptr<Server> OnIpv4() {
  sockaddr_storage storage{};
  reinterpret_cast<sockaddr_in&>(storage).sin_family = AF_INET;
  reinterpret_cast<sockaddr_in&>(storage).sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  return std::make_unique<Server>(storage, static_cast<socklen_t>(sizeof(sockaddr_in)));
}
std::unique_ptr<Server> OnIpv6(const in6_addr& host) {
  sockaddr_storage storage{};
  reinterpret_cast<sockaddr_in6&>(storage).sin6_family = AF_INET6;
  reinterpret_cast<sockaddr_in6&>(storage).sin6_addr = host;
  return std::make_unique<Server>(storage, static_cast<socklen_t>(sizeof(sockaddr_in6)));
}
std::unique_ptr<Server> OnUnix(const std::string& path) {
  sockaddr_storage storage{};
  auto& local = reinterpret_cast<sockaddr_un&>(storage);
  local.sun_family = AF_UNIX;
  std::memcpy(local.sun_path, path.data(), path.size());
  return std::make_unique<Server>(storage, static_cast<socklen_t>(sizeof local));
}

// How often the watch's metric counted that.
int Checks(const Metrics& metrics, const std::string& result) {
  const std::string text = metrics.Serialize();
  const std::string series = "result=\"" + result + "\"} ";
  const size_t at = text.find(series);
  return at == std::string::npos ? -1 : std::stoi(text.substr(at + series.size()));
}

class ListenerWatchTest : public ::testing::Test {
 protected:
  ListenerWatchOptions Options() {
    ListenerWatchOptions options;
    options.interval = std::chrono::milliseconds(10);
    options.answer_time = std::chrono::milliseconds(100);
    options.lost = [this] { lost_.Notify(); };
    return options;
  }
  absl::Notification lost_;
  Metrics metrics_;
};

TEST_F(ListenerWatchTest, EveryKindOfListenerIsFoundAndAsked) {
  const testing::TempDir folder;
  const std::vector<Listener> before = OwnListeners();
  std::vector<std::unique_ptr<Server>> servers;
  servers.push_back(OnIpv4());
  servers.push_back(OnIpv6(in6addr_loopback));
  servers.push_back(OnIpv6(in6addr_any));
  servers.push_back(OnUnix(folder.path() + "/a.sock"));
  const std::vector<Listener> listeners = ListenersSince(before);
  ASSERT_EQ(listeners.size(), servers.size());
  EXPECT_THAT(listeners[0].name, HasSubstr("127.0.0.1:"));
  EXPECT_THAT(listeners[1].name, HasSubstr("[::1]:"));
  EXPECT_THAT(listeners[2].name, HasSubstr("[::]:"));
  EXPECT_EQ(listeners[3].name, "unix:" + folder.path() + "/a.sock");
  for (size_t i = 0; i < servers.size(); ++i) {
    EXPECT_EQ(AskListener(listeners[i], std::chrono::seconds(30)), ListenerAnswer::kAnswered);
    EXPECT_EQ(servers[i]->accepted(), 1) << listeners[i].name;
    servers[i]->SetDeaf(true);
    EXPECT_EQ(AskListener(listeners[i], std::chrono::milliseconds(50)), ListenerAnswer::kSilent);
  }
  servers.clear();
  for (const Listener& listener : listeners) {
    EXPECT_EQ(AskListener(listener, std::chrono::seconds(30)), ListenerAnswer::kSilent);
  }
}

TEST_F(ListenerWatchTest, ADeafListenerEndsTheProcess) {
  const auto server = OnIpv4();
  const ListenerWatch watch(ListenersSince({}), &metrics_, Options());
  EXPECT_TRUE(server->AwaitAccepted(3));
  EXPECT_FALSE(lost_.HasBeenNotified());
  server->SetDeaf(true);
  EXPECT_TRUE(lost_.WaitForNotificationWithTimeout(kPatience));
  EXPECT_EQ(Checks(metrics_, "silent"), 3);
}

TEST_F(ListenerWatchTest, AClosedListenerEndsTheProcess) {
  auto server = OnIpv4();
  const ListenerWatch watch(ListenersSince({}), &metrics_, Options());
  server.reset();
  EXPECT_TRUE(lost_.WaitForNotificationWithTimeout(kPatience));
}

TEST_F(ListenerWatchTest, ABusyListenerIsNotLost) {
  const auto server = OnIpv4();
  ListenerWatchOptions options = Options();
  options.silences = 1'000'000;
  const ListenerWatch watch(ListenersSince({}), &metrics_, options);
  server->SetDeaf(true);
  while (Checks(metrics_, "silent") < 2) std::this_thread::yield();
  server->SetDeaf(false);
  // What it left waiting, and then two questions more.
  EXPECT_TRUE(server->AwaitAccepted(server->accepted() + 4));
  EXPECT_FALSE(lost_.HasBeenNotified());
}

// The limit of this process is lowered to what it has open: the last two descriptors are the
// watch's own, one for each side of the connection.
TEST_F(ListenerWatchTest, AProcessWithoutDescriptorsStillAsksAndAccepts) {
  const auto server = OnIpv4();
  ListenerWatchOptions options = Options();
  options.interval = std::chrono::seconds(1);
  const ListenerWatch watch(ListenersSince({}), &metrics_, options);
  // It has just asked and taken its two again: the descriptors are filled up until it asks next.
  while (Checks(metrics_, "answered") < 2) std::this_thread::yield();
  rlimit before{};
  ASSERT_EQ(getrlimit(RLIMIT_NOFILE, &before), 0);
  rlimit low = before;
  low.rlim_cur = 256;
  ASSERT_EQ(setrlimit(RLIMIT_NOFILE, &low), 0);
  std::vector<int> taken;
  for (int fd = 0; (fd = open("/dev/null", O_RDONLY | O_CLOEXEC)) >= 0;) taken.push_back(fd);
  const bool asked = server->AwaitAccepted(4);
  for (const int fd : taken) close(fd);
  ASSERT_EQ(setrlimit(RLIMIT_NOFILE, &before), 0);
  EXPECT_TRUE(asked);
  EXPECT_EQ(Checks(metrics_, "not_asked"), 0);
  EXPECT_FALSE(lost_.HasBeenNotified());
}

TEST_F(ListenerWatchTest, WithoutADescriptorOfItsOwnItSaysNothing) {
  const auto server = OnIpv4();
  const std::vector<Listener> listeners = ListenersSince({});
  rlimit before{};
  ASSERT_EQ(getrlimit(RLIMIT_NOFILE, &before), 0);
  rlimit none = before;
  none.rlim_cur = 0;
  ASSERT_EQ(setrlimit(RLIMIT_NOFILE, &none), 0);
  EXPECT_EQ(AskListener(listeners.at(0), std::chrono::seconds(1)), ListenerAnswer::kCannotAsk);
  ASSERT_EQ(setrlimit(RLIMIT_NOFILE, &before), 0);
}

TEST_F(ListenerWatchTest, AListenerThatNeverAnsweredIsNotWatched) {
  const auto server = OnIpv4();
  server->SetDeaf(true);
  const ListenerWatch watch(ListenersSince({}), &metrics_, Options());
  EXPECT_FALSE(lost_.WaitForNotificationWithTimeout(absl::Milliseconds(600)));
  EXPECT_EQ(Checks(metrics_, "silent"), 1);
}

}  // namespace
}  // namespace signet::serving
