#include "libs/rpc/tls_files.h"

#include <cerrno>
#include <cstring>
#include <ctime>
#include <fstream>
#include <iterator>
#include <sstream>
#include <utility>
#include <vector>

#include "libs/base/clock.h"
#include "libs/base/secret.h"
#include "libs/base/status.h"
#include "libs/openssl/certificate_validity.h"

namespace signet::rpc {
namespace {

constexpr size_t kMaxFileBytes = 256 * 1024;

absl::StatusOr<std::string> ReadPem(const std::string& path, const std::string& what) {
  if (path.empty()) {
    return absl::FailedPreconditionError("no " + what + " file was given; name it");
  }
  errno = 0;
  std::ifstream file(path, std::ios::binary);
  std::string text(kMaxFileBytes + 1, '\0');
  file.read(text.data(), static_cast<std::streamsize>(text.size()));
  if (!file.is_open() || file.bad() || (file.gcount() == 0 && errno != 0)) {
    const std::string why = "cannot read the " + what + " file " + path + ": " +
                            std::strerror(errno == 0 ? EIO : errno) +
                            "; check its path, owner and mode";
    return errno == ENOENT ? absl::NotFoundError(why) : absl::FailedPreconditionError(why);
  }
  text.resize(static_cast<size_t>(file.gcount()));
  if (text.size() > kMaxFileBytes || text.find("-----BEGIN ") == std::string::npos) {
    WipeString(text);
    return absl::FailedPreconditionError("the " + what + " file " + path +
                                         " is not PEM (no -----BEGIN line, or over 256 KiB); "
                                         "give the file that `signetctl pki issue` wrote");
  }
  return text;
}

std::string Date(int64_t unix_s) {
  const auto seconds = static_cast<std::time_t>(unix_s);
  std::tm utc{};
  gmtime_r(&seconds, &utc);
  char text[sizeof "2000-01-01T00:00:00Z-and-later"];
  return {text, std::strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%SZ", &utc)};
}

absl::Status InFile(const absl::Status& status, const std::string& what, const std::string& path) {
  return absl::FailedPreconditionError("the " + what + " file " + path + ": " +
                                       std::string(status.message()));
}

}  // namespace

absl::Status CheckIdentityFiles(const std::string& certificate_path, const std::string& key_path,
                                int64_t now_unix_ms) {
  SIGNET_ASSIGN_OR_RETURN(const std::string certificate, ReadPem(certificate_path, "certificate"));
  SIGNET_ASSIGN_OR_RETURN(std::string key_text, ReadPem(key_path, "private key"));
  const Secret key = Secret::TakeFrom(key_text);

  const absl::StatusOr<openssl::Validity> validity = openssl::CertificateValidity(certificate);
  if (!validity.ok()) return InFile(validity.status(), "certificate", certificate_path);
  const int64_t now_unix_s = now_unix_ms / 1000;
  if (now_unix_s > validity->not_after_unix_s) {
    return absl::FailedPreconditionError("the certificate in " + certificate_path + " expired on " +
                                         Date(validity->not_after_unix_s) +
                                         "; issue a new one with `signetctl pki issue`");
  }
  if (now_unix_s < validity->not_before_unix_s) {
    return absl::FailedPreconditionError(
        "the certificate in " + certificate_path + " is not valid before " +
        Date(validity->not_before_unix_s) + "; check this machine's clock");
  }
  const absl::StatusOr<bool> fits = openssl::PrivateKeyFits(certificate, key);
  if (!fits.ok()) return InFile(fits.status(), "private key", key_path);
  if (!*fits) {
    return absl::FailedPreconditionError(
        "the private key in " + key_path + " does not belong to the certificate in " +
        certificate_path + "; give the two files that were made together");
  }
  return absl::OkStatus();
}

absl::Status CheckTrustRoots(const std::string& roots_path) {
  SIGNET_ASSIGN_OR_RETURN(const std::string roots, ReadPem(roots_path, "trust roots"));
  const absl::Status status = openssl::CheckCertificates(roots);
  if (!status.ok()) return InFile(status, "trust roots", roots_path);
  return absl::OkStatus();
}

absl::Status CheckTlsFiles(const TlsFiles& files) {
  SIGNET_RETURN_IF_ERROR(
      CheckIdentityFiles(files.certificate, files.private_key, SystemClock().NowUnixMs()));
  return CheckTrustRoots(files.trust_roots);
}

absl::Status CheckServiceFiles(const TlsFiles& files, Role own) {
  SIGNET_RETURN_IF_ERROR(CheckTlsFiles(files));
  SIGNET_ASSIGN_OR_RETURN(const std::string certificate, ReadPem(files.certificate, "certificate"));
  SIGNET_ASSIGN_OR_RETURN(const std::vector<std::string> ids,
                          openssl::CertificateUris(certificate));
  const std::string needed = SpiffeId({own, "", 0});
  if (ids.size() == 1 && ids.front() == needed) return absl::OkStatus();
  std::string found;
  for (const std::string& id : ids) found += (found.empty() ? "" : " and ") + id;
  return absl::FailedPreconditionError("the certificate in " + files.certificate + " is of " +
                                       (found.empty() ? "nobody (it has no SPIFFE ID)" : found) +
                                       ", and this program needs that of " + needed +
                                       "; give the file that `signetctl pki issue " +
                                       needed.substr(needed.rfind('/') + 1) + "` wrote");
}

absl::StatusOr<int64_t> CertificateNotAfterUnixS(const std::string& certificate_path) {
  SIGNET_ASSIGN_OR_RETURN(const std::string certificate, ReadPem(certificate_path, "certificate"));
  SIGNET_ASSIGN_OR_RETURN(const openssl::Validity validity,
                          openssl::CertificateValidity(certificate));
  return validity.not_after_unix_s;
}

}  // namespace signet::rpc
