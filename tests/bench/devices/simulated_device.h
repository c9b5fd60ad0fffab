// A device whose hardware module is software: real keys of a real enrollment, real sealing, and
// every check of the answers that an agent makes. One payment at a time. Not thread-safe.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "libs/base/secret.h"
#include "libs/keys/keys.h"
#include "libs/openssl/p256.h"
#include "libs/sealing/envelope.h"
#include "tests/bench/devices/payment_order.h"
#include "tests/support/software_registers.h"

namespace signet::bench {

// What enrollment gives a device.
struct DeviceParts {
  uint32_t bdk_id = 0;
  uint32_t device_id = 0;
  size_t account = 0;
  Secret initial_key;
  std::unique_ptr<openssl::P256PrivateKey> signing_key;
  Secret tls_key_pem;
  std::string tls_certificate_pem;
  std::shared_ptr<VerifyingKey> receipt_key;  // thread-safe, shared by all
};

class SimulatedDevice {
 public:
  static absl::StatusOr<std::unique_ptr<SimulatedDevice>> Create(DeviceParts parts);

  uint32_t id() const { return parts_.device_id; }
  size_t account() const { return parts_.account; }
  const Secret& tls_key_pem() const { return parts_.tls_key_pem; }
  const std::string& tls_certificate_pem() const { return parts_.tls_certificate_pem; }

  // The three steps of a payment. A new instruction forgets a payment that is open. Errors say what
  // of an answer did not hold; FAILED_PRECONDITION where it is a decline.
  absl::StatusOr<sealing::v1::SealedMessage> Instruct(const PaymentOrder& order);
  absl::StatusOr<sealing::v1::SealedMessage> Confirm(const sealing::v1::SealedMessage& answer);
  absl::Status Complete(const sealing::v1::SealedMessage& answer);

 private:
  struct OpenPayment {
    uint32_t counter = 0;
    PaymentOrder order;
    std::unique_ptr<MessageKey> request_key, response_key;
    std::string instruction_hash, authorization_hash;
  };

  SimulatedDevice(DeviceParts parts, testing::SoftwareRegisters registers)
      : parts_(std::move(parts)), registers_(std::move(registers)) {}
  // hash: of the message, where it is wanted.
  absl::StatusOr<sealing::v1::SealedMessage> SignAndSeal(sealing::v1::MessageType type,
                                                         const std::string& body,
                                                         std::string* hash);
  absl::StatusOr<sealing::OpenedMessage> Open(const sealing::v1::SealedMessage& answer,
                                              sealing::v1::MessageType wanted);

  DeviceParts parts_;
  testing::SoftwareRegisters registers_;
  OpenPayment payment_;
};

}  // namespace signet::bench
