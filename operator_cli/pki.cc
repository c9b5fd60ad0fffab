#include "operator_cli/pki.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdint>
#include <cstring>
#include <filesystem>
#include <memory>
#include <string_view>
#include <system_error>
#include <utility>

#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "libs/base/hex.h"
#include "libs/base/ids.h"
#include "libs/base/secret.h"
#include "libs/base/status.h"
#include "libs/files/durable_file.h"
#include "libs/openssl/certificate.h"
#include "libs/openssl/p256.h"
#include "libs/openssl/random.h"

namespace signet::operator_cli {
namespace {

constexpr int64_t kDay_s = 86'400;
constexpr int64_t kCaLifetime_s = 3652 * kDay_s;  // 10 years, two leap days among them
// A machine whose clock is a little behind accepts the certificate at once.
constexpr int64_t kBackdated_s = 300;
constexpr size_t kFileMax = 65'536;
constexpr mode_t kSecretMode = 0600;
constexpr mode_t kPublicMode = 0644;
constexpr char kCertificateLabel[] = "CERTIFICATE";

absl::Status SystemFailure(const std::string& what, const std::string& path) {
  const int error = errno;
  const std::string message = absl::StrCat("cannot ", what, " ", path, ": ", strerror(error));
  if (error == ENOENT) return absl::NotFoundError(message);
  if (error == EEXIST) return absl::AlreadyExistsError(message);
  if (error == EACCES || error == EPERM) return absl::PermissionDeniedError(message);
  return absl::InternalError(message);
}

// A file descriptor, closed at the end.
class File {
 public:
  explicit File(int descriptor) : descriptor_(descriptor) {}
  File(const File&) = delete;
  File& operator=(const File&) = delete;
  ~File() {
    if (descriptor_ >= 0) close(descriptor_);
  }
  int get() const { return descriptor_; }

 private:
  int descriptor_;
};

absl::StatusOr<Secret> ReadFile(const std::string& path, bool is_secret) {
  const File file(open(path.c_str(), O_RDONLY | O_CLOEXEC));
  struct stat info {};
  if (file.get() < 0 || fstat(file.get(), &info) != 0) return SystemFailure("read", path);
  if (!S_ISREG(info.st_mode) || info.st_size > static_cast<off_t>(kFileMax)) {
    return absl::InvalidArgumentError(absl::StrCat(path, " is not a file of at most 64 KiB"));
  }
  if (is_secret && (info.st_mode & (S_IRWXG | S_IRWXO)) != 0) {
    return absl::FailedPreconditionError(
        absl::StrCat(path, " holds a private key that others can read; run: chmod 600 ", path));
  }
  std::string bytes(static_cast<size_t>(info.st_size), '\0');
  const ssize_t got = read(file.get(), bytes.data(), bytes.size());
  if (got < 0) return SystemFailure("read", path);
  bytes.resize(static_cast<size_t>(got));
  return Secret::TakeFrom(bytes);
}

absl::Status MakeFolder(const std::string& dir) {
  std::error_code error;
  if (std::filesystem::is_directory(dir, error)) return absl::OkStatus();
  std::filesystem::create_directories(dir, error);
  if (error) {
    return absl::InternalError(absl::StrCat("cannot make the folder ", dir, ": ", error.message()));
  }
  if (chmod(dir.c_str(), S_IRWXU) != 0) return SystemFailure("protect", dir);
  return absl::OkStatus();
}

struct Ca {
  std::unique_ptr<openssl::P256PrivateKey> key;
  std::string certificate_der;
  std::string certificate_pem;
  int64_t not_after_unix_s = 0;
};

absl::StatusOr<Ca> LoadCa(const std::string& dir) {
  const std::string remedy = "make a CA with `signetctl pki init`, or name its folder";
  const std::string key_path = absl::StrCat(dir, "/ca.key");
  const std::string certificate_path = absl::StrCat(dir, "/ca.pem");
  const auto key_pem = ReadFile(key_path, true);
  const auto certificate_pem = ReadFile(certificate_path, false);
  for (const auto* file : {&key_pem, &certificate_pem}) {
    if (absl::IsNotFound(file->status())) {
      return absl::NotFoundError(absl::StrCat(file->status().message(), "; ", remedy));
    }
    SIGNET_RETURN_IF_ERROR(file->status());
  }
  Ca ca;
  auto key = openssl::P256PrivateKey::FromPem(key_pem->reveal());
  if (!key.ok()) return Annotate(key.status(), key_path);
  auto der = openssl::FromPem(kCertificateLabel, certificate_pem->reveal());
  if (!der.ok()) return Annotate(der.status(), certificate_path);
  const auto info = openssl::ParseCertificate(*der);
  if (!info.ok()) return Annotate(info.status(), certificate_path);
  if (info->public_key_spki_der != (*key)->PublicKeyDer()) {
    return absl::FailedPreconditionError(
        absl::StrCat(key_path, " is not the key of ", certificate_path, "; restore the pair"));
  }
  ca.key = *std::move(key);
  ca.certificate_der = *std::move(der);
  ca.certificate_pem = openssl::ToPem(kCertificateLabel, ca.certificate_der);
  ca.not_after_unix_s = info->not_after_unix_s;
  return ca;
}

bool IsServer(const std::string& identity) {
  return identity == "gateway" || identity == "crypto" || identity == "platform";
}

absl::Status CheckIdentity(const std::string& identity, bool has_addresses) {
  if (IsServer(identity)) return absl::OkStatus();
  const size_t slash = identity.find('/');
  const std::string role = identity.substr(0, slash);
  if (slash == std::string::npos || (role != "operator" && role != "auditor")) {
    return absl::InvalidArgumentError(absl::StrCat(
        "\"", identity,
        "\" is no identity: use gateway, crypto, platform, operator/<name> or auditor/<name>"));
  }
  SIGNET_RETURN_IF_ERROR(Annotate(ValidateHandle(identity.substr(slash + 1)), role + "'s name"));
  if (!has_addresses) return absl::OkStatus();
  return absl::InvalidArgumentError(
      absl::StrCat("the certificate of an ", role, " has no DNS names or addresses"));
}

// The folder's files may only be replaced by the same identity's: whoever uses them would be
// refused everywhere.
absl::Status CheckSameIdentity(const std::string& dir, const std::string& spiffe_id) {
  const std::string path = absl::StrCat(dir, "/tls.pem");
  const auto pem = ReadFile(path, false);
  const auto der = pem.ok() ? openssl::FromPem(kCertificateLabel, pem->reveal())
                            : absl::StatusOr<std::string>(pem.status());
  if (!der.ok()) return absl::OkStatus();  // none
  const auto info = openssl::ParseCertificate(*der);
  if (info.ok() && info->spiffe_id == spiffe_id) return absl::OkStatus();
  const std::string whose =
      info.ok() && !info->spiffe_id.empty() ? info->spiffe_id : "somebody else";
  return absl::AlreadyExistsError(absl::StrCat(path, " is the certificate of ", whose, ", not of ",
                                               spiffe_id, "; name another folder with --out"));
}

openssl::CertificateSpec SpecOf(const std::string& identity,
                                const std::vector<std::string>& dns_names,
                                const std::vector<std::string>& ip_addresses) {
  openssl::CertificateSpec spec;
  spec.profile = openssl::CertificateProfile::kClient;
  spec.common_name = identity;
  spec.spiffe_id = absl::StrCat("spiffe://signet/", identity);
  if (!IsServer(identity)) return spec;
  spec.profile = openssl::CertificateProfile::kServer;
  spec.common_name = absl::StrCat("signet-", identity);
  spec.dns_names = {spec.common_name, "localhost"};
  spec.ip_addresses = {"127.0.0.1"};
  spec.dns_names.insert(spec.dns_names.end(), dns_names.begin(), dns_names.end());
  spec.ip_addresses.insert(spec.ip_addresses.end(), ip_addresses.begin(), ip_addresses.end());
  return spec;
}

}  // namespace

absl::Status InitPki(const std::string& dir, Clock& clock) {
  SIGNET_RETURN_IF_ERROR(MakeFolder(dir));
  const std::string occupied = absl::StrCat(
      dir,
      " already holds a CA; keep it, or name another folder: certificates of a replaced CA "
      "stop working everywhere at once");
  struct stat info {};
  for (const char* name : {"/ca.key", "/ca.pem"}) {
    if (lstat(absl::StrCat(dir, name).c_str(), &info) == 0) {
      return absl::AlreadyExistsError(occupied);
    }
  }
  SIGNET_ASSIGN_OR_RETURN(const auto key, openssl::P256PrivateKey::Generate());
  const int64_t now_s = clock.NowUnixMs() / 1000;
  openssl::CertificateSpec spec;
  spec.profile = openssl::CertificateProfile::kCa;
  spec.common_name = "Signet service CA";
  spec.not_before_unix_s = now_s - kBackdated_s;
  spec.not_after_unix_s = now_s + kCaLifetime_s;
  spec.public_key_spki_der = key->PublicKeyDer();
  SIGNET_ASSIGN_OR_RETURN(const std::string certificate, openssl::IssueCertificate(spec, "", *key));
  absl::Status status =
      WriteDurably(dir + "/ca.key", key->ToPem().reveal(), kSecretMode, Existing::kKeep);
  if (status.ok()) {
    status = WriteDurably(dir + "/ca.pem", openssl::ToPem(kCertificateLabel, certificate),
                          kPublicMode, Existing::kKeep);
  }
  // Another `pki init` may have been faster.
  return absl::IsAlreadyExists(status) ? absl::AlreadyExistsError(occupied) : status;
}

absl::Status IssueServiceCertificate(const std::string& dir, const std::string& identity,
                                     const std::string& out_dir,
                                     const std::vector<std::string>& dns_names,
                                     const std::vector<std::string>& ip_addresses, int days,
                                     Clock& clock) {
  SIGNET_RETURN_IF_ERROR(CheckIdentity(identity, !dns_names.empty() || !ip_addresses.empty()));
  SIGNET_ASSIGN_OR_RETURN(const Ca ca, LoadCa(dir));
  const int64_t now_s = clock.NowUnixMs() / 1000;
  openssl::CertificateSpec spec = SpecOf(identity, dns_names, ip_addresses);
  SIGNET_RETURN_IF_ERROR(CheckSameIdentity(out_dir, spec.spiffe_id));
  spec.not_before_unix_s = now_s - kBackdated_s;
  spec.not_after_unix_s = now_s + days * kDay_s;
  if (days < 1 || spec.not_after_unix_s > ca.not_after_unix_s) {
    return absl::InvalidArgumentError(
        absl::StrCat("a certificate of ", days, " days: give at least 1, and at most the CA's own ",
                     (ca.not_after_unix_s - now_s) / kDay_s, " days"));
  }
  SIGNET_ASSIGN_OR_RETURN(const auto key, openssl::P256PrivateKey::Generate());
  spec.public_key_spki_der = key->PublicKeyDer();
  SIGNET_ASSIGN_OR_RETURN(const std::string certificate,
                          openssl::IssueCertificate(spec, ca.certificate_der, *ca.key));
  SIGNET_RETURN_IF_ERROR(MakeFolder(out_dir));
  SIGNET_RETURN_IF_ERROR(
      WriteDurably(out_dir + "/ca.pem", ca.certificate_pem, kPublicMode, Existing::kReplace));
  SIGNET_RETURN_IF_ERROR(
      WriteDurably(out_dir + "/tls.key", key->ToPem().reveal(), kSecretMode, Existing::kReplace));
  return WriteDurably(out_dir + "/tls.pem", openssl::ToPem(kCertificateLabel, certificate),
                      kPublicMode, Existing::kReplace);
}

}  // namespace signet::operator_cli
