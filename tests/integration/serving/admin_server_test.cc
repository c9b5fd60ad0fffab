#include "libs/serving/admin_server.h"

#include <atomic>
#include <chrono>
#include <string>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/integration/serving/http.h"

namespace signet::serving {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::StartsWith;

class AdminServerTest : public ::testing::Test {
 protected:
  void SetUp() override {
    auto server = AdminServer::Start("127.0.0.1:0", metrics_, [this]() -> absl::Status {
      if (ready_) return absl::OkStatus();
      return absl::UnavailableError("no database");
    });
    ASSERT_TRUE(server.ok()) << server.status();
    server_ = *std::move(server);
  }
  std::string Ask(const std::string& request_line) {
    return testing::AskHttp(server_->address(), request_line);
  }
  Metrics metrics_;
  std::atomic<bool> ready_ = true;
  std::unique_ptr<AdminServer> server_;
};

TEST_F(AdminServerTest, MetricsAreText) {
  metrics_.AddCounter("signet_test_total", "x").Increment();
  EXPECT_THAT(
      Ask("GET /metrics"),
      AllOf(StartsWith("HTTP/1.1 200 OK\r\n"), HasSubstr("Content-Type: text/plain; version=0.0.4"),
            HasSubstr("\nsignet_test_total 1\n"), HasSubstr("process_open_fds ")));
}

TEST_F(AdminServerTest, LivenessAndReadinessDiffer) {
  EXPECT_THAT(Ask("GET /livez"), StartsWith("HTTP/1.1 200"));
  EXPECT_THAT(Ask("GET /readyz"), StartsWith("HTTP/1.1 200"));
  ready_ = false;
  EXPECT_THAT(Ask("GET /livez"), StartsWith("HTTP/1.1 200"));
  EXPECT_THAT(Ask("GET /readyz"),
              AllOf(StartsWith("HTTP/1.1 503 Service Unavailable\r\n"), HasSubstr("no database")));
}

TEST_F(AdminServerTest, NothingElseIsThere) {
  for (const char* request : {"GET /", "GET /etc/passwd", "GET /metricsx", "GET /metrics/x",
                              "GET /../../etc/passwd", "GET /..%2f..%2fetc/passwd"}) {
    EXPECT_THAT(Ask(request), AllOf(StartsWith("HTTP/1.1 4"))) << request;
  }
  for (const char* method : {"POST", "PUT", "DELETE", "OPTIONS", "PATCH"}) {
    EXPECT_THAT(Ask(std::string(method) + " /metrics"), StartsWith("HTTP/1.1 4")) << method;
  }
  const std::string head = Ask("HEAD /livez");
  EXPECT_THAT(head, StartsWith("HTTP/1.1 200"));
  EXPECT_EQ(head.substr(head.size() - 4), "\r\n\r\n");
}

TEST_F(AdminServerTest, ATakenPortIsAnErrorWithARemedy) {
  const auto second =
      AdminServer::Start(server_->address(), metrics_, [] { return absl::OkStatus(); });
  EXPECT_EQ(second.status().code(), absl::StatusCode::kUnavailable);
  EXPECT_THAT(std::string(second.status().message()),
              AllOf(HasSubstr(server_->address()), HasSubstr("--admin-listen")));
}

TEST_F(AdminServerTest, StoppingTakesNoTime) {
  EXPECT_THAT(Ask("GET /livez"), StartsWith("HTTP/1.1 200"));
  const auto began = std::chrono::steady_clock::now();
  server_.reset();
  EXPECT_LT(std::chrono::steady_clock::now() - began, std::chrono::seconds(1));
}

TEST(AdminAddressTest, WhatIsNoAddressIsRefused) {
  const Metrics metrics;
  for (const char* address :
       {"", "localhost", "127.0.0.1:port", "300.0.0.1:0", "127.0.0.1:99999"}) {
    EXPECT_FALSE(AdminServer::Start(address, metrics, [] { return absl::OkStatus(); }).ok())
        << address;
  }
}

}  // namespace
}  // namespace signet::serving
