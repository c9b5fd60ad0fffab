#include "tests/integration/hsm_agent/software_host.h"

#include <ctime>
#include <stdexcept>

#include "libs/base/hex.h"
#include "libs/base/ids.h"
#include "libs/base/status.h"
#include "libs/digests/digests.h"
#include "libs/dukpt/derivation.h"
#include "libs/dukpt/host_walk.h"
#include "libs/openssl/aes.h"
#include "libs/openssl/certificate.h"
#include "libs/openssl/ed25519.h"
#include "libs/openssl/random.h"
#include "libs/openssl/rsa.h"

namespace signet::hsm_agent {
namespace {

using dukpt::KeyType;
using dukpt::KeyUsage;
using sealing::v1::SealedMessage;

constexpr int64_t kNowMs = 1'700'000'000'000;

template <typename T>
T Must(absl::StatusOr<T> value) {
  if (!value.ok()) throw std::runtime_error(value.status().ToString());
  return *std::move(value);
}

absl::StatusOr<Secret> Derive(const Secret& parent, const std::string& data) {
  return openssl::AesEcbEncrypt(parent, data);
}

openssl::CertificateSpec Spec(openssl::CertificateProfile profile, const std::string& name,
                              const std::string& spki) {
  openssl::CertificateSpec spec;
  spec.profile = profile;
  spec.common_name = name;
  spec.not_before_unix_s = std::time(nullptr) - 3600;
  spec.not_after_unix_s = std::time(nullptr) + 3600 * 24;
  spec.public_key_spki_der = spki;
  return spec;
}

std::string BigEndian(uint32_t value) {
  std::string bytes(4, '\0');
  for (size_t i = 0; i < 4; ++i) bytes[i] = static_cast<char>(value >> (24 - 8 * i));
  return bytes;
}

}  // namespace

SoftwareHost::SoftwareHost(pkcs11::Session& wrapping)
    : wrapping_(wrapping),
      initial_key_(openssl::RandomSecret(32)),
      ca_key_(Must(openssl::P256PrivateKey::Generate())),
      receipt_key_(Must(openssl::P256PrivateKey::Generate())) {
  const openssl::CertificateSpec spec =
      Spec(openssl::CertificateProfile::kSigningCa, "Test device CA", ca_key_->PublicKeyDer());
  ca_certificate_ = Must(openssl::IssueCertificate(spec, "", *ca_key_));
}

SoftwareHost::Checkpoint SoftwareHost::Save() const {
  return {initial_key_, ca_key_->ToPem(), ca_certificate_, receipt_key_->ToPem(),
          device_public_key_};
}

SoftwareHost::SoftwareHost(pkcs11::Session& wrapping, const Checkpoint& checkpoint)
    : SoftwareHost(wrapping) {
  initial_key_ = checkpoint.initial_key;
  ca_key_ = Must(openssl::P256PrivateKey::FromPem(checkpoint.ca_key_pem.reveal()));
  ca_certificate_ = checkpoint.device_ca;
  receipt_key_ = Must(openssl::P256PrivateKey::FromPem(checkpoint.receipt_key_pem.reveal()));
  device_public_key_ = checkpoint.device_public_key;
  device_key_ = Must(openssl::ParseP256PublicKey(device_public_key_));
}

absl::StatusOr<device::v1::EnrollmentResponse> SoftwareHost::Enroll(
    const device::v1::EnrollmentRequest& request) {
  device::v1::EnrollmentContent content;
  if (!content.ParseFromString(request.content())) return absl::InvalidArgumentError("content");
  SIGNET_RETURN_IF_ERROR(openssl::VerifyActivationSignature(
      content.activation_public_key(), EnrollmentDigest(request.content()), request.signature()));
  SIGNET_ASSIGN_OR_RETURN(const std::string device_spki,
                          openssl::VerifyCsr(content.device_csr_der()));
  SIGNET_ASSIGN_OR_RETURN(const std::string terminal_spki,
                          openssl::VerifyCsr(content.terminal_csr_der()));
  device_public_key_ = device_spki;
  SIGNET_ASSIGN_OR_RETURN(device_key_, openssl::ParseP256PublicKey(device_spki));

  pkcs11::KeyPolicy wrapping_policy{
      "transport", "", {pkcs11::Usage::kWrap}, {pkcs11::Mechanism::kRsaOaep}};
  SIGNET_ASSIGN_OR_RETURN(const openssl::RsaPublicKey transport,
                          openssl::ParseRsaPublicKey(content.transport_public_key_der()));
  SIGNET_ASSIGN_OR_RETURN(
      const pkcs11::ObjectHandle transport_key,
      wrapping_.ImportRsaPublicKey(transport.modulus, transport.public_exponent, wrapping_policy));
  const pkcs11::ScopedObject scoped_transport(wrapping_, transport_key);
  pkcs11::KeyPolicy initial_policy{
      "initial-key", "", {pkcs11::Usage::kDerive}, {pkcs11::Mechanism::kAesEcbEncryptData}};
  initial_policy.extractable = true;
  SIGNET_ASSIGN_OR_RETURN(const pkcs11::ObjectHandle initial_key,
                          wrapping_.ImportAes(initial_key_, initial_policy));
  const pkcs11::ScopedObject scoped_initial(wrapping_, initial_key);

  device::v1::EnrollmentAnswer answer;
  answer.set_bdk_id(BigEndian(kBdkId));
  answer.set_device_id(BigEndian(kDeviceId));
  SIGNET_ASSIGN_OR_RETURN(*answer.mutable_wrapped_initial_key(),
                          wrapping_.WrapOaep(transport_key, initial_key));
  SIGNET_ASSIGN_OR_RETURN(const std::string mac,
                          openssl::AesCmac(initial_key_, std::string(16, '\0')));
  answer.set_initial_key_check_value(mac.substr(0, 5));
  const std::string hex = FormatDeviceId(kDeviceId);
  openssl::CertificateSpec device =
      Spec(openssl::CertificateProfile::kSigning, "device " + hex, device_spki);
  device.spiffe_id = "spiffe://signet/device/" + hex;
  SIGNET_ASSIGN_OR_RETURN(*answer.mutable_device_certificate_der(),
                          openssl::IssueCertificate(device, ca_certificate_, *ca_key_));
  openssl::CertificateSpec terminal =
      Spec(openssl::CertificateProfile::kClient, "terminal " + hex, terminal_spki);
  terminal.spiffe_id = device.spiffe_id;
  SIGNET_ASSIGN_OR_RETURN(*answer.mutable_terminal_certificate_der(),
                          openssl::IssueCertificate(terminal, ca_certificate_, *ca_key_));
  answer.set_device_ca_certificate_der(ca_certificate_);
  answer.set_receipt_public_key_der(receipt_key_->PublicKeyDer());
  return SignAnswer(request, answer);
}

device::v1::EnrollmentResponse SoftwareHost::SignAnswer(
    const device::v1::EnrollmentRequest& request,
    const device::v1::EnrollmentAnswer& answer) const {
  device::v1::EnrollmentResponse response;
  response.set_content(answer.SerializeAsString());
  response.set_signature(SignAsDeviceCa(
      EnrollmentAnswerDigest(EnrollmentDigest(request.content()), response.content())));
  return response;
}

std::string SoftwareHost::SignAsDeviceCa(const std::string& digest) const {
  return Must(ca_key_->SignDigest(digest));
}

Secret SoftwareHost::WorkingKey(uint32_t counter, bool device_to_host) const {
  const Secret base =
      Must(dukpt::WalkTo(initial_key_, KeyType::kAes256, kDeviceId, counter, Derive));
  const KeyUsage usage = device_to_host ? KeyUsage::kDataEncryption : KeyUsage::kDataDecryption;
  return Must(Derive(base, dukpt::DerivationData(usage, KeyType::kAes256, kDeviceId, counter)));
}

absl::StatusOr<sealing::OpenedMessage> SoftwareHost::Open(const SealedMessage& message) {
  SIGNET_ASSIGN_OR_RETURN(const sealing::Header header, sealing::ParseHeader(message));
  if (header.ksn.bdk_id != kBdkId || header.ksn.device_id != kDeviceId) return sealing::Refused();
  const uint32_t counter = header.ksn.counter;
  const std::string bytes = message.SerializeAsString();
  if (seen_.emplace(std::pair(counter, header.type), bytes).first->second != bytes) {
    throw std::runtime_error("two messages of one type under counter " + std::to_string(counter));
  }
  const bool has_query = seen_.contains({counter, sealing::v1::MESSAGE_TYPE_QUERY});
  const bool has_payment = seen_.contains({counter, sealing::v1::MESSAGE_TYPE_PAYMENT_INSTRUCTION});
  if (has_query && has_payment) throw std::runtime_error("a counter of two exchanges");
  const auto key = Must(openssl::CreateMessageKey(WorkingKey(counter, true)));
  SIGNET_ASSIGN_OR_RETURN(sealing::OpenedMessage opened, sealing::Open(message, header, *key));
  if (sealing::IsSigned(header.type)) {
    SIGNET_RETURN_IF_ERROR(sealing::VerifySignature(message.header(), opened, *device_key_));
  }
  return opened;
}

SealedMessage SoftwareHost::Seal(const SealedMessage& request, sealing::v1::MessageType type,
                                 const std::string& body, const std::string& signature) {
  sealing::Header header = Must(sealing::ParseHeader(request));
  header.type = type;
  const auto key = Must(openssl::CreateMessageKey(WorkingKey(header.ksn.counter, false)));
  return Must(sealing::Seal(sealing::SerializeHeader(header), body, signature, *key));
}

std::string SoftwareHost::SignReceipt(const std::string& receipt) const {
  return Must(receipt_key_->SignDigest(ReceiptDigest(receipt)));
}

payments::v1::PaymentAuthorization SoftwareHost::Authorize(const SealedMessage& instruction) {
  const sealing::OpenedMessage opened = Must(Open(instruction));
  payments::v1::PaymentInstruction body;
  if (!body.ParseFromString(opened.body)) throw std::runtime_error("instruction");
  payments::v1::PaymentAuthorization authorization;
  authorization.set_instruction_hash(MessageDigest(instruction.header(), opened.body));
  authorization.set_payment_id(FormatPaymentId({kDeviceId, opened.header.ksn.counter}));
  *authorization.mutable_amount() = body.amount();
  authorization.set_payee(body.payee());
  authorization.set_payee_name(body.payee_name());
  authorization.set_authorized_at_unix_ms(kNowMs);
  authorization.set_expires_at_unix_ms(kNowMs + 60'000);
  return authorization;
}

payments::v1::Receipt SoftwareHost::ReceiptFor(const SealedMessage& confirmation) {
  const sealing::OpenedMessage opened = Must(Open(confirmation));
  const Payment& payment = payments_.at(opened.header.ksn.counter);
  payments::v1::Receipt receipt;
  receipt.set_payment_id(FormatPaymentId({kDeviceId, opened.header.ksn.counter}));
  receipt.set_instruction_hash(payment.instruction_hash);
  receipt.set_authorization_hash(AuthorizationDigest(payment.authorization_body));
  *receipt.mutable_amount() = payment.instruction.amount();
  receipt.set_payer("alice");
  receipt.set_payer_name("Alice");
  receipt.set_payee(payment.instruction.payee());
  receipt.set_payee_name(payment.instruction.payee_name());
  receipt.set_reference(payment.instruction.reference());
  receipt.set_completed_at_unix_ms(kNowMs + 1'000);
  return receipt;
}

absl::StatusOr<SealedMessage> SoftwareHost::Exchange(const SealedMessage& message) {
  SIGNET_ASSIGN_OR_RETURN(const sealing::OpenedMessage opened, Open(message));
  const uint32_t counter = opened.header.ksn.counter;
  const auto stale = absl::PermissionDeniedError("message refused");
  if (opened.header.type == sealing::v1::MESSAGE_TYPE_PAYMENT_CONFIRMATION) {
    return AnswerConfirmation(message, opened);
  }
  if (counter <= highest_counter_ && !payments_.contains(counter)) return stale;
  highest_counter_ = std::max(highest_counter_, counter);
  if (opened.header.type == sealing::v1::MESSAGE_TYPE_QUERY) return AnswerQuery(message, opened);
  return AnswerInstruction(message, opened);
}

SealedMessage SoftwareHost::AnswerInstruction(const SealedMessage& message,
                                              const sealing::OpenedMessage& opened) {
  const uint32_t counter = opened.header.ksn.counter;
  if (!payments_.contains(counter)) {
    Payment payment;
    payment.instruction_hash = MessageDigest(message.header(), opened.body);
    if (!payment.instruction.ParseFromString(opened.body)) throw std::runtime_error("instruction");
    payment.authorization_body = Authorize(message).SerializeAsString();
    if (std::exchange(decline_next_, false)) {
      payments::v1::Decline& decline = payment.decline.emplace();
      decline.set_request_hash(payment.instruction_hash);
      decline.set_payment_id(FormatPaymentId({kDeviceId, counter}));
      decline.set_reason(payments::v1::DECLINE_REASON_INSUFFICIENT_FUNDS);
      decline.set_declined_at_unix_ms(kNowMs);
      payment.state = payments::v1::PAYMENT_STATE_DECLINED;
    }
    payments_.emplace(counter, payment);
  }
  const Payment& payment = payments_.at(counter);
  if (payment.decline.has_value()) {
    return Seal(message, sealing::v1::MESSAGE_TYPE_DECLINE, payment.decline->SerializeAsString());
  }
  return Seal(message, sealing::v1::MESSAGE_TYPE_PAYMENT_AUTHORIZATION, payment.authorization_body);
}

absl::StatusOr<SealedMessage> SoftwareHost::AnswerConfirmation(
    const SealedMessage& message, const sealing::OpenedMessage& opened) {
  const auto found = payments_.find(opened.header.ksn.counter);
  if (found == payments_.end()) return absl::PermissionDeniedError("message refused");
  Payment& payment = found->second;
  payments::v1::PaymentConfirmation confirmation;
  if (!confirmation.ParseFromString(opened.body) ||
      confirmation.instruction_hash() != payment.instruction_hash ||
      confirmation.authorization_hash() != AuthorizationDigest(payment.authorization_body)) {
    return absl::PermissionDeniedError("message refused");
  }
  if (payment.state == payments::v1::PAYMENT_STATE_EXPIRED) {
    payments::v1::Decline decline;
    decline.set_request_hash(MessageDigest(message.header(), opened.body));
    decline.set_payment_id(FormatPaymentId({kDeviceId, opened.header.ksn.counter}));
    decline.set_reason(payments::v1::DECLINE_REASON_EXPIRED);
    return Seal(message, sealing::v1::MESSAGE_TYPE_DECLINE, decline.SerializeAsString());
  }
  if (payment.receipt_body.empty()) {
    payment.receipt_body = ReceiptFor(message).SerializeAsString();
    payment.receipt_signature = SignReceipt(payment.receipt_body);
    payment.state = payments::v1::PAYMENT_STATE_CONFIRMED;
    ++paid_;
  }
  return Seal(message, sealing::v1::MESSAGE_TYPE_RECEIPT, payment.receipt_body,
              payment.receipt_signature);
}

SealedMessage SoftwareHost::AnswerQuery(const SealedMessage& message,
                                        const sealing::OpenedMessage& opened) {
  payments::v1::Query query;
  if (!query.ParseFromString(opened.body)) throw std::runtime_error("query");
  payments::v1::QueryResult result;
  result.set_request_hash(MessageDigest(message.header(), opened.body));
  if (query.has_account()) result.mutable_account()->set_handle("alice");
  if (query.has_payee()) {
    result.mutable_payee()->set_handle(query.payee().payee());
    result.mutable_payee()->set_name("Name of " + query.payee().payee());
    result.mutable_payee()->set_currency_code("EUR");
  }
  if (query.has_receipt()) {
    return AnswerReceiptQuery(message, opened, query.receipt().payment_id());
  }
  if (query.has_payment()) {
    const Payment* const payment = Find(query.payment().payment_id());
    if (payment == nullptr) return NotFound(message, opened);
    result.mutable_payment()->set_payment_id(query.payment().payment_id());
    result.mutable_payment()->set_state(payment->state);
  }
  return Seal(message, sealing::v1::MESSAGE_TYPE_QUERY_RESULT, result.SerializeAsString());
}

SealedMessage SoftwareHost::AnswerReceiptQuery(const SealedMessage& message,
                                               const sealing::OpenedMessage& opened,
                                               const std::string& payment_id) {
  const Payment* const payment = Find(payment_id);
  if (payment == nullptr || payment->receipt_body.empty()) return NotFound(message, opened);
  return Seal(message, sealing::v1::MESSAGE_TYPE_RECEIPT, payment->receipt_body,
              SignReceipt(payment->receipt_body));
}

SealedMessage SoftwareHost::NotFound(const SealedMessage& message,
                                     const sealing::OpenedMessage& opened) {
  payments::v1::Decline decline;
  decline.set_request_hash(MessageDigest(message.header(), opened.body));
  decline.set_reason(payments::v1::DECLINE_REASON_NOT_FOUND);
  return Seal(message, sealing::v1::MESSAGE_TYPE_DECLINE, decline.SerializeAsString());
}

const SoftwareHost::Payment* SoftwareHost::Find(const std::string& payment_id) const {
  const PaymentId id = Must(ParsePaymentId(payment_id));
  const auto found = payments_.find(id.counter);
  return id.device_id == kDeviceId && found != payments_.end() ? &found->second : nullptr;
}

void SoftwareHost::ExpireOpenPayments() {
  for (auto& [counter, payment] : payments_) {
    if (payment.state == payments::v1::PAYMENT_STATE_AUTHORIZED) {
      payment.state = payments::v1::PAYMENT_STATE_EXPIRED;
    }
  }
}

}  // namespace signet::hsm_agent
