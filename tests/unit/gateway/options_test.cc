#include "services/gateway/options.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "CLI/CLI.hpp"

namespace signet::gateway {
namespace {

using ::testing::HasSubstr;

// What is said against `--device-rate VALUE`; nothing where it is taken.
std::string Complaint(const std::string& value) {
  CLI::App app("", "signet-gateway");
  GatewayOptions options;
  RegisterOptions(app, options);
  try {
    app.parse("--tls-certificate c --tls-key k --tls-roots r --device-ca d --device-rate " + value);
    return "";
  } catch (const CLI::ParseError& error) {
    return error.what();
  }
}

TEST(OptionsTest, ARateIsAboveZeroAndItsRangeIsReadable) {
  EXPECT_EQ(Complaint("0.2"), "");
  EXPECT_EQ(Complaint("1000000"), "");
  for (const char* value : {"0", "-1", "inf", "nan", "1e300", "many"}) {
    EXPECT_THAT(Complaint(value), HasSubstr("--device-rate")) << value;
    EXPECT_LT(Complaint(value).size(), 80U) << Complaint(value);
  }
}

}  // namespace
}  // namespace signet::gateway
