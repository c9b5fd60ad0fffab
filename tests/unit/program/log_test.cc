#include "libs/program/log.h"

#include <chrono>
#include <sstream>
#include <string>
#include <thread>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "nlohmann/json.hpp"

namespace signet::serving {
namespace {

using ::testing::MatchesRegex;

// The lines that the body logs.
template <typename Body>
std::vector<std::string> Logged(const std::string& level, const Body& body) {
  ConfigureLog("signet-test", level);
  ::testing::internal::CaptureStderr();
  body();
  std::istringstream text(::testing::internal::GetCapturedStderr());
  ConfigureLog("signet-test", "off");
  std::vector<std::string> lines;
  for (std::string line; std::getline(text, line);) lines.push_back(line);
  return lines;
}

TEST(LogTest, ALineIsOneJsonObject) {
  const auto lines = Logged("info", [] {
    LogInfo("listening",
            {{"address", std::string("127.0.0.1:1")}, {"port", int64_t{1}}, {"tls", true}});
  });
  ASSERT_EQ(lines.size(), 1U);
  const auto json = nlohmann::json::parse(lines[0]);
  EXPECT_THAT(json["time"].get<std::string>(),
              MatchesRegex("[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9:]{8}\\.[0-9]{3}Z"));
  EXPECT_EQ(json["level"], "info");
  EXPECT_EQ(json["service"], "signet-test");
  EXPECT_EQ(json["event"], "listening");
  EXPECT_EQ(json["address"], "127.0.0.1:1");
  EXPECT_EQ(json["port"], 1);
  EXPECT_EQ(json["tls"], true);
}

TEST(LogTest, AValueCannotForgeALineOrAField) {
  const std::string attack = "x\"}\n{\"level\":\"info\",\"event\":\"forged\"}\x01\xff%s{}";
  const auto lines = Logged("info", [&] { LogWarning("call_denied", {{"method", attack}}); });
  ASSERT_EQ(lines.size(), 1U);
  const auto json = nlohmann::json::parse(lines[0]);
  EXPECT_EQ(json["event"], "call_denied");
  EXPECT_EQ(json["level"], "warning");
  EXPECT_EQ(json["method"], "x\"}\n{\"level\":\"info\",\"event\":\"forged\"}\x01\xEF\xBF\xBD%s{}");
}

TEST(LogTest, AFloodOfOneEventIsCutAndCountedAndHidesNoOther) {
  std::vector<std::string> lines = Logged("info", [] {
    for (int i = 0; i < 100'000; ++i) LogWarning("flooded");
    LogError("other");
  });
  ASSERT_FALSE(lines.empty());
  EXPECT_EQ(nlohmann::json::parse(lines.back())["event"], "other");
  EXPECT_GE(lines.size(), 21U);
  EXPECT_LT(lines.size(), 1'000U) << "20 a second";
  // Whatever a line does not say, a later one counts.
  int64_t told = static_cast<int64_t>(lines.size()) - 1;
  for (const std::string& line : lines) {
    told += nlohmann::json::parse(line).value("left_out", int64_t{0});
  }
  std::this_thread::sleep_for(std::chrono::milliseconds(1'001));
  lines = Logged("info", [] { LogWarning("flooded"); });
  ASSERT_EQ(lines.size(), 1U);
  EXPECT_EQ(told + nlohmann::json::parse(lines[0])["left_out"].get<int64_t>(), 100'000);
}

TEST(LogTest, ALongValueIsCut) {
  const auto lines = Logged("info", [] {
    LogWarning("long", {{"value", std::string(100'000, 'x')}});
  });
  ASSERT_EQ(lines.size(), 1U);
  EXPECT_EQ(nlohmann::json::parse(lines[0])["value"], std::string(kMaxValueBytes, 'x'));
}

TEST(LogTest, TheLevelBoundsWhatIsWritten) {
  const auto all = [] {
    LogInfo("a");
    LogWarning("b");
    LogError("c");
  };
  EXPECT_EQ(Logged("info", all).size(), 3U);
  EXPECT_EQ(Logged("warning", all).size(), 2U);
  EXPECT_EQ(Logged("error", all).size(), 1U);
  EXPECT_EQ(Logged("off", all).size(), 0U);
}

}  // namespace
}  // namespace signet::serving
