// The signing key of all ledger devices. Its signatures are real ones, each verifies as a device's,
// at a hundredth of their price: the part of ECDSA that does not depend on the message is computed
// once. The load generator shares the machine with the ledger that it measures, and signing as
// devices do would take as much of it as the ledger does. The price is the key: two signatures with
// one nonce give it away. It is no secret, so nothing but a benchmark may use it. Thread-safe.
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "libs/keys/keys.h"
#include "libs/openssl/handle.h"

namespace signet::bench {

class LedgerSigner final : public SigningKey {
 public:
  // Always the same key: a run of one process goes on with the devices of another.
  static absl::StatusOr<std::unique_ptr<LedgerSigner>> Create();

  // digest: 32 bytes. Returns r || s, 64 bytes (FIPS 186-4, 6.4).
  absl::StatusOr<std::string> SignDigest(std::string_view digest) override;
  const std::string& public_key_der() const { return public_key_der_; }  // SubjectPublicKeyInfo

 private:
  LedgerSigner() = default;

  std::string public_key_der_;
  std::string r_;
  openssl::BignumHandle order_;
  openssl::BignumHandle inverse_nonce_;  // 1/k
  openssl::BignumHandle key_part_;       // r·d/k, all of it modulo the order
};

}  // namespace signet::bench
