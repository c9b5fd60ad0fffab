#include "tests/integration/rpc/test_pki.h"

#include <ctime>
#include <stdexcept>
#include <utility>

#include "libs/openssl/certificate.h"
#include "tests/support/process.h"

namespace signet::testing {
namespace {

// Tests end where their own tools fail.
template <typename T>
T Value(absl::StatusOr<T> value) {
  if (!value.ok()) throw std::runtime_error(std::string(value.status().message()));
  return *std::move(value);
}

}  // namespace

TestCa::TestCa(std::string folder, const std::string& name)
    : folder_(std::move(folder)), key_(Value(openssl::P256PrivateKey::Generate())) {
  openssl::CertificateSpec spec;
  spec.profile = openssl::CertificateProfile::kCa;
  spec.common_name = name;
  spec.not_before_unix_s = std::time(nullptr) - 3600;
  spec.not_after_unix_s = std::time(nullptr) + 3600;
  spec.public_key_spki_der = key_->PublicKeyDer();
  certificate_der_ = Value(openssl::IssueCertificate(spec, "", *key_));
  roots_ = (folder_ + "/" + name + ".pem");
  WriteFile(roots_, openssl::ToPem("CERTIFICATE", certificate_der_));
}

rpc::TlsFiles TestCa::Issue(const std::string& name, const Subject& subject) {
  const auto key = Value(openssl::P256PrivateKey::Generate());
  openssl::CertificateSpec spec;
  spec.profile = openssl::CertificateProfile::kServer;
  spec.common_name = name;
  spec.spiffe_id = subject.spiffe_id;
  spec.dns_names = subject.dns_names;
  spec.not_before_unix_s = std::time(nullptr) + subject.not_before_from_now_s;
  spec.not_after_unix_s = std::time(nullptr) + subject.not_after_from_now_s;
  spec.public_key_spki_der = key->PublicKeyDer();
  rpc::TlsFiles files{(folder_ + "/" + name + ".pem"), (folder_ + "/" + name + ".key"), roots_};
  WriteFile(files.certificate, openssl::ToPem("CERTIFICATE", Value(openssl::IssueCertificate(
                                                                 spec, certificate_der_, *key_))));
  WriteFile(files.private_key, std::string(key->ToPem().reveal()));
  return files;
}

}  // namespace signet::testing
