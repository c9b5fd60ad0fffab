// Signing and verifying.
#include "absl/strings/str_cat.h"
#include "libs/base/status.h"
#include "libs/pkcs11/error.h"
#include "libs/pkcs11/p256_encoding.h"
#include "libs/pkcs11/session.h"

namespace signet::pkcs11 {
namespace {

constexpr size_t kCmacBytes = 16;  // NIST SP 800-38B

absl::Status CheckDigest(std::string_view digest) {
  if (digest.size() == kSha256Bytes) return absl::OkStatus();
  return absl::InvalidArgumentError(
      absl::StrCat("a digest to sign has ", kSha256Bytes, " bytes, not ", digest.size()));
}

// Ends a signature that was begun, so that the session can be used again. C_Sign ends the
// operation whatever it returns, as long as the buffer is large enough (v2.40, 5.11).
void AbandonSignature(const Connection& connection, std::string_view digest) {
  std::string unused(kP256SignatureBytes, '\0');
  CK_ULONG size = Length(unused);
  connection.functions->C_Sign(connection.session, InBytes(digest), Length(digest),
                               OutBytes(unused), &size);
}

absl::Status LoginForOneUse(const Connection& connection, const Secret& pin) {
  const CK_RV rv = connection.functions->C_Login(connection.session, CKU_CONTEXT_SPECIFIC,
                                                 InBytes(pin.reveal()), Length(pin.reveal()));
  if (rv == CKR_OPERATION_NOT_INITIALIZED || rv == CKR_USER_TYPE_INVALID) {
    return absl::FailedPreconditionError(absl::StrCat(
        "C_Login: ", CkrName(rv),
        ": a PIN was given for one use of a key that does not ask for it; the key was not used"));
  }
  if (rv == CKR_PIN_LEN_RANGE || rv == CKR_PIN_INVALID) return Check(CKR_PIN_INCORRECT, "C_Login");
  return Check(rv, "C_Login");
}

}  // namespace

absl::StatusOr<std::string> Session::SignEcdsa(ObjectHandle key, std::string_view digest,
                                               const Secret* pin) {
  SIGNET_RETURN_IF_ERROR(CheckDigest(digest));
  const Connection connection{module_->functions, handle_};
  CK_MECHANISM mechanism{CKM_ECDSA, nullptr, 0};
  SIGNET_RETURN_IF_ERROR(
      Check(module_->functions->C_SignInit(handle_, &mechanism, key), "C_SignInit"));
  if (pin != nullptr) {
    const absl::Status status = LoginForOneUse(connection, *pin);
    if (!status.ok()) {
      AbandonSignature(connection, digest);
      return status;
    }
  }
  std::string signature(kP256SignatureBytes, '\0');
  CK_ULONG size = Length(signature);
  SIGNET_RETURN_IF_ERROR(Check(module_->functions->C_Sign(handle_, InBytes(digest), Length(digest),
                                                          OutBytes(signature), &size),
                               "C_Sign"));
  if (size != kP256SignatureBytes) {
    return Broken("C_Sign", "a signature of an unexpected length");
  }
  return signature;
}

absl::Status Session::VerifyEcdsa(ObjectHandle key, std::string_view digest,
                                  std::string_view signature) {
  SIGNET_RETURN_IF_ERROR(CheckDigest(digest));
  if (signature.size() != kP256SignatureBytes) return Refused();
  CK_MECHANISM mechanism{CKM_ECDSA, nullptr, 0};
  SIGNET_RETURN_IF_ERROR(
      Check(module_->functions->C_VerifyInit(handle_, &mechanism, key), "C_VerifyInit"));
  const CK_RV rv = module_->functions->C_Verify(handle_, InBytes(digest), Length(digest),
                                                InBytes(signature), Length(signature));
  if (rv == CKR_SIGNATURE_INVALID || rv == CKR_SIGNATURE_LEN_RANGE) return Refused();
  return Check(rv, "C_Verify");
}

absl::StatusOr<std::string> Session::SignCmac(ObjectHandle key, std::string_view data) {
  CK_MECHANISM mechanism{CKM_AES_CMAC, nullptr, 0};
  SIGNET_RETURN_IF_ERROR(
      Check(module_->functions->C_SignInit(handle_, &mechanism, key), "C_SignInit"));
  std::string mac(kCmacBytes, '\0');
  CK_ULONG size = Length(mac);
  SIGNET_RETURN_IF_ERROR(
      Check(module_->functions->C_Sign(handle_, InBytes(data), Length(data), OutBytes(mac), &size),
            "C_Sign"));
  if (size != kCmacBytes) return Broken("C_Sign", "a CMAC of an unexpected length");
  return mac;
}

}  // namespace signet::pkcs11
