// What a payment must cost at the crypto service at least: its operations in the server's module
// and in OpenSSL, one after another, with every key on the way to the payment's own already there.
//
//   3 derivations in the module   the payment's key, and from it one key for each direction
//   2 openings, 2 sealings        AES-256-GCM in the module, each sealing with a nonce of its own
//   1 signature                   of the receipt, in the module
//   2 verifications               of the device's signatures, in OpenSSL
#pragma once

#include <string>

#include "absl/status/statusor.h"

namespace signet::bench {

struct ModuleFloor {
  double derive_us = 0, open_us = 0, seal_us = 0, sign_us = 0, verify_us = 0;

  double PaymentUs() const {
    return 3 * derive_us + 2 * open_us + 2 * seal_us + sign_us + 2 * verify_us;
  }
};

// CPU time of one thread, in a stack's own token.
absl::StatusOr<ModuleFloor> MeasureModule(const std::string& pkcs11_module,
                                          const std::string& token_folder);

}  // namespace signet::bench
