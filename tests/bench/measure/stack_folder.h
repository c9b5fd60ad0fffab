// A running stack, as tools/dev/stack.sh lays it out: where it listens, whose certificates are
// there to be used, which processes it is made of.
#pragma once

#include <sys/types.h>

#include <map>
#include <string>

#include "absl/status/statusor.h"
#include "libs/rpc/tls.h"

namespace signet::bench {

struct StackFolder {
  std::string path;
  std::string gateway, crypto, platform;  // HOST:PORT
  std::map<std::string, pid_t> services;  // "gateway", "crypto", "platform"
  pid_t postgres = 0;                     // the postmaster

  // FAILED_PRECONDITION where no stack runs there.
  static absl::StatusOr<StackFolder> Load(const std::string& path);

  // The certificate of a service or an operator, to call as it does: "gateway", "crypto", "dev".
  rpc::TlsFiles CallAs(const std::string& who) const;
  std::string database() const;  // libpq's connection string
  std::string service_ca() const { return path + "/pki/ca.pem"; }
};

// A PEM file's text. NOT_FOUND.
absl::StatusOr<std::string> ReadTextFile(const std::string& path);

}  // namespace signet::bench
