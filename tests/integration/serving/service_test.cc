#include "libs/serving/service.h"

#include <signal.h>

#include <atomic>
#include <chrono>
#include <string>
#include <thread>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "libs/program/program.h"
#include "libs/serving/lifecycle.h"
#include "tests/integration/serving/http.h"
#include "tests/support/process.h"

namespace signet::serving {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::StartsWith;

class ServiceTest : public ::testing::Test {
 protected:
  void SetUp() override { BlockShutdownSignals(); }
  std::unique_ptr<Service> Start(int64_t wait_seconds) {
    ServiceOptions options;
    options.admin_listen = "127.0.0.1:0";
    options.ready_file = folder_.path() + "/ready";
    options.start_wait_seconds = wait_seconds;
    return Service::Start(options).value();
  }
  static std::string Readyz(const Service& service) {
    return testing::AskHttp(service.admin_address(), "GET /readyz");
  }
  // What /metrics says of signet_serving.
  static std::string Serving(const Service& service) {
    const std::string text = testing::AskHttp(service.admin_address(), "GET /metrics");
    const size_t at = text.find("\nsignet_serving ");
    return at == std::string::npos ? "" : text.substr(at + 1, text.find('\n', at + 1) - at - 1);
  }
  testing::TempDir folder_;
};

TEST_F(ServiceTest, WaitsForWhatItNeedsAndSaysSo) {
  const auto service = Start(60);
  EXPECT_THAT(Readyz(*service), AllOf(StartsWith("HTTP/1.1 503"), HasSubstr("starting")));
  int attempts = 0;
  std::string meanwhile;
  const absl::Status waited = service->Await("the database", [&]() -> absl::Status {
    if (++attempts == 1) return absl::UnavailableError("refused");
    meanwhile = Readyz(*service);
    EXPECT_EQ(Serving(*service), "signet_serving 0");
    if (attempts == 2) return absl::NotFoundError("no such table");
    return absl::OkStatus();
  });
  EXPECT_TRUE(waited.ok()) << waited;
  EXPECT_EQ(attempts, 3);
  EXPECT_THAT(meanwhile, AllOf(StartsWith("HTTP/1.1 503"),
                               HasSubstr("waiting for the database: no such table")));
}

TEST_F(ServiceTest, WhatWaitingCannotMendEndsTheWait) {
  int attempts = 0;
  const absl::Status wrong = Start(60)->Await("the database", [&] {
    ++attempts;
    return absl::FailedPreconditionError("fsync is off");
  });
  EXPECT_TRUE(absl::IsFailedPrecondition(wrong)) << wrong;
  EXPECT_EQ(attempts, 1);
}

TEST_F(ServiceTest, ARefusedPinIsNotTriedAgainByARestart) {
  const auto service = Start(60);
  std::atomic<int> attempts = 0;
  absl::Status refused;
  std::thread waiting([&] {
    refused = service->Await("the token", [&] {
      ++attempts;
      return absl::UnauthenticatedError("wrong PIN");
    });
  });
  std::string ready;
  const auto give_up = std::chrono::steady_clock::now() + std::chrono::seconds(20);
  while (ready.find("wrong PIN") == std::string::npos &&
         std::chrono::steady_clock::now() < give_up) {
    ready = Readyz(*service);
  }
  EXPECT_THAT(ready, AllOf(StartsWith("HTTP/1.1 503"), HasSubstr("wrong PIN")));
  kill(getpid(), SIGTERM);  // until then the process stays
  waiting.join();
  EXPECT_TRUE(absl::IsUnauthenticated(refused)) << refused;
  EXPECT_EQ(attempts, 1);
  // A person at a terminal is told at once.
  EXPECT_TRUE(absl::IsUnauthenticated(
      Start(0)->Await("the token", [] { return absl::UnauthenticatedError("wrong PIN"); })));
}

TEST_F(ServiceTest, TheWaitHasAnEnd) {
  const auto at_once = Start(0);
  const auto down = [] { return absl::UnavailableError("down"); };
  EXPECT_TRUE(absl::IsUnavailable(at_once->Await("it", down)));
  const auto start = std::chrono::steady_clock::now();
  EXPECT_TRUE(absl::IsUnavailable(Start(1)->Await("it", down)));
  EXPECT_GE(std::chrono::steady_clock::now() - start, std::chrono::milliseconds(900));
}

TEST_F(ServiceTest, ASignalEndsTheWaitInOrder) {
  const auto service = Start(60);
  const absl::Status stopped = service->Await("the database", [] {
    kill(getpid(), SIGTERM);
    return absl::UnavailableError("down");
  });
  EXPECT_TRUE(absl::IsCancelled(stopped)) << stopped;
  EXPECT_EQ(ExitCodeOf(stopped), ExitCode::kDone);
}

TEST_F(ServiceTest, IsReadyFromTheAnnouncementToTheSignal) {
  const auto service = Start(60);
  absl::Status check;
  ASSERT_TRUE(service->Announce("listen=127.0.0.1:1\n", [&] { return check; }).ok());
  EXPECT_EQ(testing::ReadFile(folder_.path() + "/ready"),
            "listen=127.0.0.1:1\nadmin=" + service->admin_address() + "\n");
  EXPECT_THAT(Readyz(*service), StartsWith("HTTP/1.1 200"));
  EXPECT_EQ(Serving(*service), "signet_serving 1");
  check = absl::UnavailableError("lost");
  EXPECT_THAT(Readyz(*service), AllOf(StartsWith("HTTP/1.1 503"), HasSubstr("lost")));
  check = absl::OkStatus();
  kill(getpid(), SIGTERM);
  service->WaitForStop();
  EXPECT_THAT(Readyz(*service), AllOf(StartsWith("HTTP/1.1 503"), HasSubstr("stopping")));
  EXPECT_EQ(Serving(*service), "signet_serving 0");
}

}  // namespace
}  // namespace signet::serving
