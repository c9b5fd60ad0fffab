// A device whose module is software: it derives its keys from a BDK that the test knows, along the
// same path as a host, and seals and opens with them.
#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "libs/base/secret.h"
#include "libs/openssl/p256.h"
#include "libs/sealing/envelope.h"

namespace signet::crypto {

class SoftwareDevice {
 public:
  SoftwareDevice(const Secret& bdk, uint32_t bdk_id, uint32_t device_id);

  uint32_t id() const { return device_id_; }
  std::string public_key_der() const { return signing_key_->PublicKeyDer(); }
  const Secret& initial_key() const { return initial_key_; }

  // Signed where the type asks for it. signer: this device's key, where null.
  sealing::v1::SealedMessage Seal(sealing::v1::MessageType type, uint32_t counter,
                                  const std::string& body, SigningKey* signer = nullptr) const;
  // What the host sealed for this device.
  absl::StatusOr<sealing::OpenedMessage> Open(const sealing::v1::SealedMessage& answer) const;
  SigningKey& signing_key() const { return *signing_key_; }

 private:
  Secret WorkingKey(bool to_host, uint32_t counter) const;

  const uint32_t bdk_id_;
  const uint32_t device_id_;
  Secret initial_key_;
  std::unique_ptr<openssl::P256PrivateKey> signing_key_;
};

}  // namespace signet::crypto
