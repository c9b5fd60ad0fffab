#include "tests/integration/crypto/server_token.h"

#include <gtest/gtest.h>

#include "libs/openssl/certificate.h"
#include "libs/openssl/random.h"
#include "services/crypto/hsm/key_ceremony.h"

namespace signet::crypto {
namespace {

std::unique_ptr<ServerToken> server_token;

// Ends the module's use before the program's exit handlers run.
class TokenEnvironment final : public ::testing::Environment {
 public:
  void SetUp() override { server_token = std::make_unique<ServerToken>(); }
  void TearDown() override { server_token.reset(); }
};
const auto* const kEnvironment = ::testing::AddGlobalTestEnvironment(new TokenEnvironment());

}  // namespace

ServerToken::ServerToken()
    : token_(testing::SoftToken::Create(kTestTokenLabel).value()), bdk_(openssl::RandomSecret(32)) {
  auto session = token_->LoggedIn().value();
  session->ImportAes(bdk_, BdkPolicy(kTestBdkId)).value();

  CeremonyOptions ceremony;
  ceremony.token = hsm_options().token;
  ceremony.bdk_id = kTestBdkId;
  ceremony.device_ca_file = device_ca_file();
  HoldKeyCeremony(ceremony, SystemClock()).value();
  device_ca_der_ = openssl::FromPem("CERTIFICATE", testing::ReadFile(device_ca_file())).value();
}

HsmOptions ServerToken::hsm_options() const {
  HsmOptions options;
  options.token = {token_->module_path(), token_->module_parameters(), kTestTokenLabel,
                   token_->pin_path()};
  options.bdk_id = kTestBdkId;
  options.sessions = 2;
  return options;
}

ServerToken& TestServerToken() {
  EXPECT_NE(kEnvironment, nullptr);
  return *server_token;
}

}  // namespace signet::crypto
