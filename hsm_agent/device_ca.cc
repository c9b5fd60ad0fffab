#include "hsm_agent/device_ca.h"

#include <fstream>

#include "absl/strings/str_cat.h"
#include "libs/openssl/certificate.h"

namespace signet::hsm_agent {
namespace {

constexpr size_t kMaxFileBytes = 64 * 1024;

}  // namespace

absl::StatusOr<std::string> ReadDeviceCa(const std::string& path) {
  if (path.empty()) return std::string();
  std::ifstream file(path, std::ios::binary);
  std::string pem(kMaxFileBytes, '\0');
  file.read(pem.data(), static_cast<std::streamsize>(pem.size()));
  pem.resize(static_cast<size_t>(file.gcount()));
  absl::StatusOr<std::string> der = openssl::FromPem("CERTIFICATE", pem);
  if (!der.ok() || !openssl::ParseCertificate(*der).ok()) {
    return absl::InvalidArgumentError(absl::StrCat(
        "--device-ca ", path,
        " is not a certificate (PEM) that can be read; give the file that the operator's "
        "`signet-crypto init` wrote"));
  }
  return der;
}

}  // namespace signet::hsm_agent
