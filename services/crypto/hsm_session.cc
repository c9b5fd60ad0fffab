#include "services/crypto/hsm_session.h"

#include "libs/base/status.h"
#include "libs/digests/digests.h"
#include "libs/dukpt/host_walk.h"
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

absl::StatusOr<ScopedObject> HsmSession::Derive(pkcs11::ObjectHandle base, const std::string& data,
                                                const KeyPolicy& policy) {
  SIGNET_ASSIGN_OR_RETURN(auto handle,
                          session_->DeriveAes(base, data, dukpt::KeyBytes(kKeyType), policy));
  ++objects_made_;
  return ScopedObject(*session_, handle);
}

absl::StatusOr<ScopedObject> HsmSession::DeriveWorkingKey(const dukpt::KeySerialNumber& ksn,
                                                          dukpt::KeyUsage key_usage,
                                                          Usage module_usage) {
  const KeyPolicy on_the_way = SessionKey(Usage::kDerive, Mechanism::kAesEcbEncryptData);
  SIGNET_ASSIGN_OR_RETURN(
      ScopedObject initial_key,
      Derive(keys_.bdk, dukpt::InitialKeyData(kKeyType, ksn.bdk_id, ksn.device_id), on_the_way));
  auto step = [&](const ScopedObject& parent, const std::string& data) {
    return Derive(parent.get(), data, on_the_way);
  };
  SIGNET_ASSIGN_OR_RETURN(
      ScopedObject derivation_key,
      dukpt::WalkTo(std::move(initial_key), kKeyType, ksn.device_id, ksn.counter, step));
  return Derive(derivation_key.get(),
                dukpt::DerivationData(key_usage, kKeyType, ksn.device_id, ksn.counter),
                SessionKey(module_usage, Mechanism::kAesGcm));
}

absl::StatusOr<sealing::OpenedMessage> HsmSession::OpenMessage(
    const sealing::v1::SealedMessage& message, const sealing::Header& header) {
  SIGNET_ASSIGN_OR_RETURN(
      ScopedObject key,
      DeriveWorkingKey(header.ksn, dukpt::KeyUsage::kDataEncryption, Usage::kDecrypt));
  pkcs11::ModuleMessageKey message_key(*session_, key.get());
  return sealing::Open(message, header, message_key);
}

absl::StatusOr<sealing::v1::SealedMessage> HsmSession::SealAnswer(const sealing::Header& header,
                                                                  std::string_view body,
                                                                  std::string_view signature) {
  SIGNET_ASSIGN_OR_RETURN(
      ScopedObject key,
      DeriveWorkingKey(header.ksn, dukpt::KeyUsage::kDataDecryption, Usage::kEncrypt));
  pkcs11::ModuleMessageKey message_key(*session_, key.get());
  return sealing::Seal(sealing::SerializeHeader(header), body, signature, message_key);
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
      ScopedObject initial_key,
      Derive(keys_.bdk, dukpt::InitialKeyData(kKeyType, keys_.bdk_id, device_id), leaving));
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
