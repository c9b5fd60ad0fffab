#include "services/crypto/options.h"

#include <gtest/gtest.h>

#include "CLI/CLI.hpp"

namespace signet::crypto {
namespace {

TEST(OptionsTest, BdkIdIsEightHexDigits) {
  EXPECT_EQ(ParseBdkId("5195e700").value(), 0x5195e700u);
  EXPECT_EQ(ParseBdkId("FFFFFFFF").value(), 0xffffffffu);
  for (const char* bad : {"", "5195e7", "5195e70000", "5195e70g", "0x5195e7"}) {
    EXPECT_FALSE(ParseBdkId(bad).ok()) << bad;
  }
}

TEST(OptionsTest, RunNeedsTokenTlsAndDeviceCa) {
  CLI::App app("", "signet-crypto");
  Options options;
  RegisterOptions(app, options);
  EXPECT_THROW(app.parse("run --token-label t"), CLI::RequiredError);
  EXPECT_THROW(app.parse(""), CLI::RequiredError);
}

TEST(OptionsTest, RunTakesItsOptions) {
  CLI::App app("", "signet-crypto");
  Options options;
  const Commands commands = RegisterOptions(app, options);
  app.parse(
      "run --pkcs11-module /m.so --token-label t --pin-file /pin --bdk-id 5195e700 "
      "--device-ca /ca --tls-certificate /c --tls-key /k --tls-roots /r "
      "--listen 127.0.0.1:0 --hsm-threads 3 --enrollment-limit 2 --certificate-days 30");
  EXPECT_TRUE(commands.run->parsed());
  EXPECT_EQ(options.server.hsm.token.library_path, "/m.so");
  EXPECT_EQ(options.server.hsm.sessions, 3u);
  EXPECT_EQ(options.server.enrollment_limit, 2u);
  EXPECT_EQ(options.server.certificate_validity_days, 30);
  EXPECT_EQ(options.bdk_id_hex, "5195e700");
}

TEST(OptionsTest, RefusesWrongValues) {
  CLI::App app("", "signet-crypto");
  Options options;
  RegisterOptions(app, options);
  EXPECT_THROW(app.parse("init --bdk-id nonsense"), CLI::ValidationError);
  EXPECT_THROW(app.parse("run --hsm-threads 0"), CLI::ValidationError);
}

}  // namespace
}  // namespace signet::crypto
