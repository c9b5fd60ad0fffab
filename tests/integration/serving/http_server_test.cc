#include "libs/serving/http_server.h"

#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <chrono>
#include <string>
#include <thread>
#include <vector>

#include "absl/synchronization/notification.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/integration/serving/http.h"

namespace signet::serving {
namespace {

using ::testing::AnyOf;
using ::testing::HasSubstr;
using ::testing::StartsWith;

std::map<std::string, HttpPage> OnePage() {
  return {{"/page", {[] { return HttpAnswer{200, "it\n"}; }}}};
}

std::unique_ptr<HttpServer> Start(const std::string& address, HttpLimits limits = {}) {
  auto server = HttpServer::Start(address, OnePage(), limits);
  EXPECT_TRUE(server.ok()) << server.status();
  return server.ok() ? *std::move(server) : nullptr;
}

std::string PortOf(const HttpServer& server) {
  return server.address().substr(server.address().rfind(':') + 1);
}

bool Answers(const std::string& address) {
  return testing::AskHttp(address, "GET /page").find("\r\n\r\nit\n") != std::string::npos;
}

void CloseAll(const std::vector<int>& sockets) {
  for (const int fd : sockets) close(fd);
}

TEST(HttpServerTest, Ipv4Ipv6AndBoth) {
  struct Case {
    const char* listen;
    bool on_ipv4;
    bool on_ipv6;
  };
  for (const Case& example : {Case{"127.0.0.1:0", true, false},
                              {"0.0.0.0:0", true, false},
                              {"[::1]:0", false, true},
                              {"[::]:0", true, true},
                              {"localhost:0", true, true}}) {
    const auto server = Start(example.listen);
    ASSERT_NE(server, nullptr);
    const std::string listen = example.listen;
    EXPECT_THAT(server->address(), StartsWith(listen.substr(0, listen.size() - 1)));
    EXPECT_EQ(Answers("127.0.0.1:" + PortOf(*server)), example.on_ipv4) << listen;
    // A name has the addresses that the machine's resolver knows.
    if (listen != "localhost:0") {
      EXPECT_EQ(Answers("[::1]:" + PortOf(*server)), example.on_ipv6) << listen;
    }
  }
}

TEST(HttpServerTest, WhyItCannotListenIsTheSystemsReason) {
  const auto refused = [](const std::string& address) {
    return std::string(HttpServer::Start(address, OnePage()).status().message());
  };
  const auto first = Start("[::1]:0");
  ASSERT_NE(first, nullptr);
  EXPECT_THAT(refused(first->address()), HasSubstr("Address already in use"));
  EXPECT_THAT(refused("[2001:db8::1]:0"), HasSubstr("Cannot assign requested address"));
  EXPECT_THAT(refused("::1:9464"), HasSubstr("HOST:PORT"));
}

TEST(HttpServerTest, AFloodOfUnfinishedRequestsKeepsNobodyOut) {
  const auto server = Start("127.0.0.1:0");
  ASSERT_NE(server, nullptr);
  for (const int count : {60, 300}) {
    const std::vector<int> flood = testing::ConnectMany(server->address(), count);
    ASSERT_EQ(flood.size(), static_cast<size_t>(count));
    for (const int fd : flood) EXPECT_GT(send(fd, "GET /pa", 7, MSG_NOSIGNAL), 0);
    const auto began = std::chrono::steady_clock::now();
    EXPECT_TRUE(Answers(server->address())) << count;
    // Far less than an unfinished request is waited for.
    EXPECT_LT(std::chrono::steady_clock::now() - began, std::chrono::seconds(4)) << count;
    CloseAll(flood);
  }
}

TEST(HttpServerTest, ConnectionsAreBounded) {
  HttpLimits limits;
  limits.connections = 3;
  limits.time = std::chrono::hours(1);
  const auto server = Start("127.0.0.1:0", limits);
  ASSERT_NE(server, nullptr);
  const std::vector<int> sockets = testing::ConnectMany(server->address(), 4);
  // The oldest made room.
  pollfd oldest{sockets.at(0), POLLIN, 0};
  EXPECT_EQ(poll(&oldest, 1, 60'000), 1);
  pollfd next{sockets.at(1), POLLIN, 0};
  EXPECT_EQ(poll(&next, 1, 0), 0);
  CloseAll(sockets);
}

// Each byte would be in time by itself; the header as a whole is not.
TEST(HttpServerTest, AHeaderThatDripsIsHungUpOn) {
  HttpLimits limits;
  limits.time = std::chrono::milliseconds(300);
  const auto server = Start("127.0.0.1:0", limits);
  ASSERT_NE(server, nullptr);
  const std::vector<int> sockets = testing::ConnectMany(server->address(), 1);
  const auto give_up = std::chrono::steady_clock::now() + std::chrono::seconds(60);
  bool is_over = false;
  while (!is_over && std::chrono::steady_clock::now() < give_up) {
    send(sockets.at(0), "G", 1, MSG_NOSIGNAL);
    pollfd answer{sockets.at(0), POLLIN, 0};
    is_over = poll(&answer, 1, 50) == 1;
  }
  EXPECT_TRUE(is_over);
  CloseAll(sockets);
}

TEST(HttpServerTest, APageThatWaitsHoldsUpNoOther) {
  absl::Notification go_on;
  std::map<std::string, HttpPage> pages = OnePage();
  pages["/slow"] = {[&go_on] {
                      go_on.WaitForNotification();
                      return HttpAnswer{200, "slow\n"};
                    },
                    /*may_wait=*/true};
  auto server = HttpServer::Start("127.0.0.1:0", pages).value();
  std::vector<std::thread> waiting;
  for (int i = 0; i < 3; ++i) {
    waiting.emplace_back([&] {
      EXPECT_THAT(testing::AskHttp(server->address(), "GET /slow"), HasSubstr("\r\n\r\nslow\n"));
    });
  }
  EXPECT_TRUE(Answers(server->address()));
  go_on.Notify();
  for (std::thread& thread : waiting) thread.join();
}

TEST(HttpServerTest, WhatIsNoRequestIsRefused) {
  const auto server = Start("127.0.0.1:0");
  ASSERT_NE(server, nullptr);
  for (const std::string& line : {std::string("nonsense"), std::string("GET /page\r\nx"),
                                  "GET /" + std::string(9'000, 'x')}) {
    EXPECT_THAT(testing::AskHttp(server->address(), line), AnyOf(StartsWith("HTTP/1.1 400"), ""))
        << line.substr(0, 20);
  }
  EXPECT_THAT(testing::AskHttp(server->address(), "GET /page?x=y"), StartsWith("HTTP/1.1 200"));
}

}  // namespace
}  // namespace signet::serving
