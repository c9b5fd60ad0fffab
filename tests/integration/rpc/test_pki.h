// A throwaway PKI in a folder of its own: CAs and certificates with keys in software.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "libs/openssl/p256.h"
#include "libs/rpc/tls.h"

namespace signet::testing {

// What a certificate is issued for. Valid from an hour ago until an hour from now unless said
// otherwise.
struct Subject {
  std::string spiffe_id;
  std::vector<std::string> dns_names = {};
  int64_t not_before_from_now_s = -3600;
  int64_t not_after_from_now_s = 3600;
};

class TestCa {
 public:
  // Writes NAME.pem, the CA's own certificate.
  TestCa(std::string folder, const std::string& name);
  const std::string& roots() const { return roots_; }
  // Writes NAME.pem and NAME.key. The trust roots of the result are this CA's.
  rpc::TlsFiles Issue(const std::string& name, const Subject& subject);

 private:
  const std::string folder_;
  std::unique_ptr<openssl::P256PrivateKey> key_;
  std::string certificate_der_;
  std::string roots_;
};

}  // namespace signet::testing
