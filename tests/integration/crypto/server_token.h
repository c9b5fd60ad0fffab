// The server's token for the tests of one program: a SoftHSM token whose BDK the tests know, so
// that they can be its devices; the rest is made by the key ceremony itself.
#pragma once

#include <memory>
#include <string>

#include "libs/base/secret.h"
#include "services/crypto/hsm/server_hsm.h"
#include "tests/support/process.h"
#include "tests/support/soft_token.h"

namespace signet::crypto {

inline constexpr uint32_t kTestBdkId = 0x5195e700;
inline constexpr char kTestTokenLabel[] = "signet-server";

class ServerToken {
 public:
  ServerToken();

  HsmOptions hsm_options() const;
  const Secret& bdk() const { return bdk_; }
  const std::string& device_ca_der() const { return device_ca_der_; }
  std::string device_ca_file() const { return folder_.path() + "/device-ca.pem"; }
  testing::SoftToken& token() { return *token_; }

 private:
  testing::TempDir folder_;
  std::unique_ptr<testing::SoftToken> token_;
  Secret bdk_;
  std::string device_ca_der_;
};

// One for the program, made before its first test.
ServerToken& TestServerToken();

}  // namespace signet::crypto
