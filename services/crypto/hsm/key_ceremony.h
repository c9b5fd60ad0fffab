// The key ceremony: makes the server's token and its keys, once. Repeating it completes what is
// missing and changes nothing that is there.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "libs/base/clock.h"
#include "services/crypto/hsm/token_login.h"

namespace signet::crypto {

struct CeremonyOptions {
  TokenOptions token;
  std::string so_pin_file;  // read only where the token has to be initialized
  uint32_t bdk_id = 0;
  std::string device_ca_file;    // PEM "CERTIFICATE"
  std::string receipt_key_file;  // PEM "PUBLIC KEY"; empty: not written
  int64_t device_ca_validity_days = 3650;
};

// What was made, one line each; empty where everything was there already. Errors carry an exit
// code.
absl::StatusOr<std::vector<std::string>> HoldKeyCeremony(const CeremonyOptions& options,
                                                         const Clock& clock);

}  // namespace signet::crypto
