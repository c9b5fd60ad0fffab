#include "services/crypto/hsm/hsm_session.h"

#include "libs/base/status.h"
#include "libs/digests/digests.h"
#include "libs/dukpt/derivation.h"
#include "libs/pkcs11/module_keys.h"

namespace signet::crypto {
namespace {

using dukpt::KeyType;
using pkcs11::KeyPolicy;
using pkcs11::Mechanism;
using pkcs11::ScopedObject;
using pkcs11::Usage;

constexpr KeyType kKeyType = KeyType::kAes256;
// X9.24-1-2017, Annex A: a check value of an AES key is the leftmost 5 bytes of its CMAC of zeros.
constexpr size_t kCheckValueBytes = 5;

KeyPolicy SessionKey(Usage usage, Mechanism mechanism) {
  KeyPolicy policy;
  policy.usages = {usage};
  policy.allowed_mechanisms = {mechanism};
  return policy;
}

}  // namespace

absl::StatusOr<sealing::OpenedMessage> HsmSession::OpenMessage(
    const sealing::v1::SealedMessage& message, const sealing::Header& header) {
  SIGNET_ASSIGN_OR_RETURN(const auto key, transaction_keys_.Request(header.ksn));
  pkcs11::ModuleMessageKey message_key(*session_, key);
  auto opened = sealing::Open(message, header, message_key);
  if (!opened.ok()) ++objects_made_;  // by which the module was put to the proof (DecryptGcm)
  return opened;
}

absl::StatusOr<sealing::v1::SealedMessage> HsmSession::SealAnswer(const sealing::Header& header,
                                                                  std::string_view body,
                                                                  std::string_view signature) {
  SIGNET_ASSIGN_OR_RETURN(const auto key, transaction_keys_.Response(header.ksn));
  pkcs11::ModuleMessageKey message_key(*session_, key);
  auto sealed = sealing::Seal(sealing::SerializeHeader(header), body, signature, message_key);
  if (header.type != sealing::v1::MESSAGE_TYPE_PAYMENT_AUTHORIZATION) {
    transaction_keys_.EndExchange(header.ksn);
  }
  return sealed;
}

absl::StatusOr<std::string> HsmSession::SignReceipt(std::string_view receipt_body) {
  return pkcs11::ModuleSigningKey(*session_, keys_.receipt_key, nullptr)
      .SignDigest(ReceiptDigest(receipt_body));
}

absl::StatusOr<WrappedInitialKey> HsmSession::WrapInitialKey(
    uint32_t device_id, const openssl::RsaPublicKey& transport_key) {
  KeyPolicy leaving = SessionKey(Usage::kSign, Mechanism::kAesCmac);
  leaving.extractable = true;
  SIGNET_ASSIGN_OR_RETURN(
      const auto derived,
      session_->DeriveAes(keys_.bdk, dukpt::InitialKeyData(kKeyType, keys_.bdk_id, device_id),
                          dukpt::KeyBytes(kKeyType), leaving));
  ++objects_made_;
  const ScopedObject initial_key(*session_, derived);
  SIGNET_ASSIGN_OR_RETURN(
      auto wrapping_handle,
      session_->ImportRsaPublicKey(transport_key.modulus, transport_key.public_exponent,
                                   SessionKey(Usage::kWrap, Mechanism::kRsaOaep)));
  ++objects_made_;
  const ScopedObject wrapping_key(*session_, wrapping_handle);

  WrappedInitialKey result;
  SIGNET_ASSIGN_OR_RETURN(result.wrapped,
                          session_->WrapOaep(wrapping_key.get(), initial_key.get()));
  SIGNET_ASSIGN_OR_RETURN(result.check_value,
                          session_->SignCmac(initial_key.get(), std::string(16, '\0')));
  result.check_value.resize(kCheckValueBytes);
  return result;
}

absl::StatusOr<std::string> HsmSession::IssueCertificate(const openssl::CertificateSpec& spec,
                                                         std::string_view device_ca_der) {
  pkcs11::ModuleSigningKey ca_key(*session_, keys_.device_ca_key, nullptr);
  return openssl::IssueCertificate(spec, device_ca_der, ca_key);
}

absl::StatusOr<std::string> HsmSession::SignEnrollmentAnswer(std::string_view request_hash,
                                                             std::string_view content) {
  return pkcs11::ModuleSigningKey(*session_, keys_.device_ca_key, nullptr)
      .SignDigest(EnrollmentAnswerDigest(request_hash, content));
}

}  // namespace signet::crypto
