// The other side of an agent, in one object: what the crypto service and the platform do, with keys
// in software and accounts in memory. It keeps everything it is shown, so that a test can see
// whether a counter was ever used twice.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "absl/status/statusor.h"
#include "libs/base/secret.h"
#include "libs/dukpt/key_serial_number.h"
#include "libs/openssl/p256.h"
#include "libs/pkcs11/session.h"
#include "libs/sealing/envelope.h"
#include "signet/device/v1/enrollment.pb.h"
#include "signet/payments/v1/payment.pb.h"
#include "signet/payments/v1/query.pb.h"
#include "signet/sealing/v1/sealed_message.pb.h"

namespace signet::hsm_agent {

class SoftwareHost {
 public:
  static constexpr uint32_t kBdkId = 0x5195e700;
  static constexpr uint32_t kDeviceId = 1;

  // wrapping: a logged-in session with a token that wraps initial keys for devices.
  explicit SoftwareHost(pkcs11::Session& wrapping);
  // The keys of a host and of the device it enrolled, to be used by others like it.
  struct Checkpoint {
    Secret initial_key;
    Secret ca_key_pem;
    std::string device_ca;
    Secret receipt_key_pem;
    std::string device_public_key;
  };
  Checkpoint Save() const;
  SoftwareHost(pkcs11::Session& wrapping, const Checkpoint& checkpoint);

  // What its devices are given beforehand (DER).
  const std::string& device_ca() const { return ca_certificate_; }

  // Verifies the request as the crypto service does and makes the answer; the same request gets the
  // same initial key.
  absl::StatusOr<device::v1::EnrollmentResponse> Enroll(
      const device::v1::EnrollmentRequest& request);
  // Signs an answer to the request, whatever it says.
  device::v1::EnrollmentResponse SignAnswer(const device::v1::EnrollmentRequest& request,
                                            const device::v1::EnrollmentAnswer& answer) const;
  // The device CA's signature of any digest.
  std::string SignAsDeviceCa(const std::string& digest) const;

  // Opens a message of the device, verifies its signature, and checks that nothing else was ever
  // sealed under its counter.
  absl::StatusOr<sealing::OpenedMessage> Open(const sealing::v1::SealedMessage& message);
  // Seals an answer under the counter of the message.
  sealing::v1::SealedMessage Seal(const sealing::v1::SealedMessage& request,
                                  sealing::v1::MessageType type, const std::string& body,
                                  const std::string& signature = "");
  std::string SignReceipt(const std::string& receipt) const;

  // What the platform answers, sticky per counter. PERMISSION_DENIED for a stale counter.
  absl::StatusOr<sealing::v1::SealedMessage> Exchange(const sealing::v1::SealedMessage& message);

  // The bodies of Exchange's answers, for tests that change one.
  payments::v1::PaymentAuthorization Authorize(const sealing::v1::SealedMessage& instruction);
  payments::v1::Receipt ReceiptFor(const sealing::v1::SealedMessage& confirmation);

  void DeclineNextPayment() { decline_next_ = true; }
  void ExpireOpenPayments();
  uint32_t highest_counter() const { return highest_counter_; }
  size_t paid() const { return paid_; }

 private:
  struct Payment {
    std::string instruction_hash;
    payments::v1::PaymentInstruction instruction;
    std::string authorization_body;
    std::optional<payments::v1::Decline> decline;
    payments::v1::PaymentState state = payments::v1::PAYMENT_STATE_AUTHORIZED;
    std::string receipt_body;
    std::string receipt_signature;
  };

  Secret WorkingKey(uint32_t counter, bool device_to_host) const;
  sealing::v1::SealedMessage AnswerInstruction(const sealing::v1::SealedMessage& message,
                                               const sealing::OpenedMessage& opened);
  absl::StatusOr<sealing::v1::SealedMessage> AnswerConfirmation(
      const sealing::v1::SealedMessage& message, const sealing::OpenedMessage& opened);
  sealing::v1::SealedMessage AnswerQuery(const sealing::v1::SealedMessage& message,
                                         const sealing::OpenedMessage& opened);
  sealing::v1::SealedMessage AnswerReceiptQuery(const sealing::v1::SealedMessage& message,
                                                const sealing::OpenedMessage& opened,
                                                const std::string& payment_id);
  sealing::v1::SealedMessage NotFound(const sealing::v1::SealedMessage& message,
                                      const sealing::OpenedMessage& opened);
  // Null where this host has no such payment.
  const Payment* Find(const std::string& payment_id) const;

  pkcs11::Session& wrapping_;
  Secret initial_key_;
  std::unique_ptr<openssl::P256PrivateKey> ca_key_;
  std::unique_ptr<openssl::P256PrivateKey> receipt_key_;
  std::string ca_certificate_;
  std::string device_public_key_;
  std::unique_ptr<VerifyingKey> device_key_;
  std::map<uint32_t, Payment> payments_;
  // Counter and type → the one message that may exist of it.
  std::map<std::pair<uint32_t, int>, std::string> seen_;
  uint32_t highest_counter_ = 0;
  size_t paid_ = 0;
  bool decline_next_ = false;
};

}  // namespace signet::hsm_agent
