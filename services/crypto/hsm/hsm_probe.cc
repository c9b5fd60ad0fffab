#include "services/crypto/hsm/hsm_probe.h"

#include <string>
#include <string_view>

#include "libs/base/hex.h"
#include "libs/base/status.h"
#include "libs/openssl/rsa.h"
#include "libs/pkcs11/fault.h"

namespace signet::crypto {
namespace {

using pkcs11::Fault;
using pkcs11::Mechanism;
using pkcs11::Usage;

// No derivation data of X9.24 begins with a zero (its version is 1): no device has this key.
constexpr size_t kDerivationBytes = 32;
constexpr size_t kNonceBytes = 12;
constexpr char kText[] = "known text";
// 32 bytes of text, the size of a digest, and the digest of nothing that anybody knows.
constexpr std::string_view kDigest = "signet: proof, no digest of text";
// Of a key pair whose private half was thrown away.
constexpr char kWrappingModulus[] =
    "acbfea968e1db5a7ec20b32b9061bd52dfad1d6625140220f99314c766ad716ebe071f02"
    "72e2878137a4109a9b29fd9a26ecf46da4ac43ee2569442fb8540441d4e8456241a865f0"
    "adc7f1b9b1392ca3f16adeebcfba04f11a849ce2bab35b356c26f28fb3fb7cb12f854686"
    "39b599a5c8ad0fd2f0d44ac697c138b52a94ad047719385e5970b42e1999416a05b462ef"
    "7828e98d6f62b5499744044b68f526944df0cfbf5a8198ceb5ffa252360ab7701596fc06"
    "a1a5d5e9ae2117c6479ad48814cc178361f00b647f8a6e39a99de724a5318597719d1c6c"
    "1a774c7fc10f5935710697312b064f58581b466522779310282e9871eeeb61b7428b9baf"
    "104a21a59a383c1715a56a6ef5dc75afd213e5f9a5ee86c6141b2f5c47fbe974f36c702b"
    "50af62cf1cc1da1e1f478e496a76ec361394e3fa3ac2ef0ce469cabd8d1276377c492e01"
    "6d38c2665be7c1b5537f4be176fe966de6c64189d12900212f57475024b18405e7018765"
    "b9eb90a2d61e88d04e146062be4a50b7c80fde345660e559";
constexpr char kExponent[] = "\x01\x00\x01";
constexpr uint32_t kNoDevice = 0;

// All that went in was made here: whatever the module says, it is its own fault.
absl::Status OfModule(const absl::Status& status) {
  if (status.ok() || pkcs11::IsModuleTrouble(status)) return status;
  return pkcs11::WithFault(status, Fault::kModule);
}

}  // namespace

absl::Status HsmProbe::Payments() {
  SIGNET_ASSIGN_OR_RETURN(
      const auto handle,
      session_.DeriveAes(keys_.bdk, std::string(kDerivationBytes, '\0'), kDerivationBytes,
                         {.usages = {Usage::kEncrypt, Usage::kDecrypt},
                          .allowed_mechanisms = {Mechanism::kAesGcm}}));
  ++objects_made_;
  const pkcs11::ScopedObject key(session_, handle);
  const std::string nonce(kNonceBytes, '\0');
  SIGNET_ASSIGN_OR_RETURN(const auto sealed, session_.EncryptGcm(handle, nonce, "", kText));
  SIGNET_ASSIGN_OR_RETURN(const auto opened, session_.DecryptGcm(handle, nonce, "", sealed));
  if (opened != kText) return absl::InternalError("a known message opens as something else");
  return session_.SignEcdsa(keys_.receipt_key, kDigest, nullptr).status();
}

absl::Status HsmProbe::Enrollments() {
  SIGNET_RETURN_IF_ERROR(session_.SignEcdsa(keys_.device_ca_key, kDigest, nullptr).status());
  openssl::RsaPublicKey wrapping_key;
  SIGNET_ASSIGN_OR_RETURN(wrapping_key.modulus, FromHex(kWrappingModulus));
  wrapping_key.public_exponent.assign(kExponent, sizeof(kExponent) - 1);
  return work_.WrapInitialKey(kNoDevice, wrapping_key).status();
}

absl::Status HsmProbe::ProvePayments() {
  absl::MutexLock lock(&mutex_);
  return OfModule(Payments());
}

absl::Status HsmProbe::ProveAll() {
  absl::MutexLock lock(&mutex_);
  SIGNET_RETURN_IF_ERROR(OfModule(Payments()));
  return OfModule(Enrollments());
}

uint64_t HsmProbe::objects_made() {
  absl::MutexLock lock(&mutex_);
  return objects_made_ + work_.objects_made();
}

}  // namespace signet::crypto
