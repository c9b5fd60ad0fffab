// A call is found again in the logs of every service.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <regex>
#include <sstream>
#include <string>

#include "nlohmann/json.hpp"
#include "tests/support/stack.h"

namespace signet::testing {
namespace {

using ::testing::HasSubstr;

constexpr char kTraceId[] = "4bf92f3577b34da6a3ce929d0e0e4736";

// The events that a service logged with that trace, each line a JSON object.
std::vector<nlohmann::json> Lines(const Stack& stack, const std::string& service,
                                  const std::string& trace_id) {
  std::istringstream text(ReadFile(stack.dir() + "/log/" + service + ".log"));
  std::vector<nlohmann::json> found;
  for (std::string line; std::getline(text, line);) {
    nlohmann::json object = nlohmann::json::parse(line);
    if (object.value("trace_id", "") == trace_id) found.push_back(std::move(object));
  }
  return found;
}

TEST(Trace, ASampledPaymentIsLoggedByEveryService) {
  const Stack stack;
  const std::string traceparent = std::string("00-") + kTraceId + "-00f067aa0ba902b7-01";
  ASSERT_EQ(stack
                .Terminal("alice", {"--traceparent", traceparent, "pay", "1.00", "EUR", "--to",
                                    "corner-coffee"})
                .exit_code,
            0);
  for (const char* service : {"gateway", "crypto", "platform"}) {
    // The payee's query, the instruction and the confirmation.
    const auto lines = Lines(stack, service, kTraceId);
    EXPECT_GE(lines.size(), 3U) << service;
    for (const auto& line : lines) {
      EXPECT_EQ(line["event"], "call") << service;
      EXPECT_EQ(line["code"], "OK") << service;
    }
  }
  // Every hop has a span of its own, under the one trace.
  EXPECT_NE(Lines(stack, "gateway", kTraceId)[0]["traceparent"],
            Lines(stack, "crypto", kTraceId)[0]["traceparent"]);
}

TEST(Trace, AnErrorNamesTheRequestThatTheLogsKnow) {
  Stack stack;
  stack.Kill("crypto");
  const auto refused = stack.Terminal("alice", {"balance"});
  EXPECT_NE(refused.exit_code, 0);
  std::smatch id;
  ASSERT_TRUE(std::regex_search(refused.err, id, std::regex("request ([0-9a-f]{32})")))
      << refused.err;
  const auto lines = Lines(stack, "gateway", id[1]);
  ASSERT_FALSE(lines.empty());
  EXPECT_EQ(lines[0]["event"], "upstream_error");
  EXPECT_EQ(lines[0]["code"], "UNAVAILABLE");
}

}  // namespace
}  // namespace signet::testing
