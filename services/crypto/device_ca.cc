#include "services/crypto/device_ca.h"

#include "absl/strings/str_cat.h"
#include "libs/base/status.h"
#include "libs/openssl/certificate.h"
#include "services/crypto/public_file.h"

namespace signet::crypto {

absl::StatusOr<std::string> LoadDeviceCa(const std::string& path,
                                         const std::string& public_key_der) {
  auto pem = ReadPublicFile(path);
  if (!pem.ok()) {
    return absl::NotFoundError(absl::StrCat("cannot read the device CA certificate ", path,
                                            "; run `signet-crypto init`, or correct --device-ca"));
  }
  const std::string where = absl::StrCat("device CA certificate ", path);
  auto der = openssl::FromPem("CERTIFICATE", *pem);
  if (!der.ok()) return Annotate(der.status(), where);
  auto info = openssl::ParseCertificate(*der);
  if (!info.ok()) return Annotate(info.status(), where);
  if (info->public_key_spki_der != public_key_der) {
    return absl::FailedPreconditionError(absl::StrCat(
        where, " is not for this token's device CA key; correct --device-ca or --token-label"));
  }
  return *der;
}

}  // namespace signet::crypto
