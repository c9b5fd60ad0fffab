// Two replicas of each service under load: what an operator does to them costs no payment.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <functional>
#include <future>
#include <iostream>
#include <map>
#include <regex>
#include <sstream>
#include <string>
#include <vector>

#include "nlohmann/json.hpp"
#include "tests/support/stack.h"

namespace signet::testing {
namespace {

using ::testing::HasSubstr;

class Availability : public ::testing::Test {
 protected:
  // Sixteen devices pay 40 times a second, each call sent again once at most, while `happens` runs
  // and to the end of the load. Then the ledger is verified. Returns the report.
  nlohmann::json PayWhile(int seconds, const std::function<void()>& happens) {
    const std::string report = stack_.dir() + "/load.json";
    auto load = std::async(std::launch::async, [&] {
      return RunProgram({BinDir() + "/signet-bench",
                         "--stack",
                         stack_.dir(),
                         "--report",
                         report,
                         "--accounts",
                         "200",
                         "--devices",
                         "40",
                         "--connections",
                         "16",
                         "--payments-per-device",
                         "1000",
                         "--seconds",
                         std::to_string(seconds),
                         "--rate",
                         "40",
                         "--resends",
                         "1",
                         "--phases",
                         "accounts,enroll,steady,verify"});
    });
    AwaitPayments(20);
    happens();
    EXPECT_EQ(load.wait_for(std::chrono::seconds(0)), std::future_status::timeout)
        << "the load must outlast what happens; give it more seconds";
    const ProcessResult result = load.get();
    EXPECT_EQ(result.exit_code, 0) << result.err;
    std::cerr << result.err;  // what failed, where something did
    return nlohmann::json::parse(ReadFile(report));
  }

  // Until so many more have been paid.
  void AwaitPayments(int count) const {
    const auto confirmed = [this] {
      return std::stol(stack_.Sql("SELECT count(*) FROM payment WHERE state = 2"));
    };
    const long enough = confirmed() + count;
    const auto give_up = std::chrono::steady_clock::now() + std::chrono::seconds(60);
    while (confirmed() < enough) {
      ASSERT_LT(std::chrono::steady_clock::now(), give_up) << "nobody pays";
    }
  }

  // The serial numbers of the certificates that the replicas of a service show, a line each.
  std::string ServedSerials(const std::string& address) const {
    std::string addresses = stack_.Address(address).substr(std::string("ipv4:").size());
    const std::string own = stack_.dir() + "/dev/tls.";
    return RunProgram({"bash", "-c",
                       "for a in " + std::regex_replace(addresses, std::regex(","), " ") +
                           "; do timeout 5 openssl s_client -connect $a -cert " + own +
                           "pem -key " + own +
                           "key </dev/null 2>/dev/null |"
                           " openssl x509 -noout -serial; done"})
        .out;
  }
  // Within the time that the services may take to look at their files, and a bit.
  void AwaitNewSerials(const std::string& address, const std::string& before) const {
    const auto give_up = std::chrono::steady_clock::now() + std::chrono::seconds(15);
    std::istringstream old(before);
    for (std::string line; std::getline(old, line);) {
      while (ServedSerials(address).find(line) != std::string::npos) {
        ASSERT_LT(std::chrono::steady_clock::now(), give_up) << address << " still shows " << line;
      }
    }
  }

  Stack stack_{{}, /*replicas=*/2};
};

TEST_F(Availability, ARollingRestartOfEveryServiceLosesNoPayment) {
  const auto report = PayWhile(60, [this] {
    stack_.Restart({"platform", "platform-2", "crypto", "crypto-2", "gateway", "gateway-2"});
  });
  EXPECT_EQ(report["steady_failed"], 0);
  EXPECT_GT(report["steady_paid"], 2300);
}

TEST_F(Availability, ARevokedDeviceIsRefusedOnTheConnectionThatItHas) {
  PayWhile(15, [this] {
    const std::string device = stack_.Sql(
        "SELECT lpad(to_hex(device_id), 8, '0') FROM payment ORDER BY created_at_unix_ms DESC"
        " LIMIT 1");
    ASSERT_EQ(stack_.Operator({"device", "revoke", device, "--yes"}).exit_code, 0);
    const std::string revoked = stack_.Sql("SELECT (extract(epoch FROM now()) * 1000)::bigint");
    const auto since = [&](const std::string& states) {
      return stack_.Sql("SELECT count(*) FROM payment WHERE lpad(to_hex(device_id), 8, '0') = '" +
                        device + "' AND created_at_unix_ms > " + revoked + " AND state IN (" +
                        states + ")");
    };
    AwaitPayments(150);
    EXPECT_EQ(since("1, 2"), "0") << "authorized or confirmed";
    EXPECT_NE(since("3"), "0") << "it did not even try";
  });
}

TEST_F(Availability, CertificatesAreRenewedWithoutARestart) {
  const std::map<std::string, std::string> services = {
      {"gateway", "GATEWAY"}, {"crypto", "CRYPTO"}, {"platform", "PLATFORM"}};
  std::map<std::string, std::string> before;
  const auto report = PayWhile(40, [&] {
    for (const auto& [service, address] : services) {
      before[service] = ServedSerials(address);
      ASSERT_THAT(before[service], HasSubstr("serial=")) << service;
      const auto issued = stack_.Operator({"pki", "issue", service, "--ca", stack_.dir() + "/pki",
                                           "--out", stack_.dir() + "/" + service});
      ASSERT_EQ(issued.exit_code, 0) << issued.err;
    }
    for (const auto& [service, address] : services) AwaitNewSerials(address, before[service]);
    AwaitPayments(100);
  });
  EXPECT_EQ(report["steady_failed"], 0);
  EXPECT_GT(report["steady_paid"], 1500);
}

}  // namespace
}  // namespace signet::testing
