// Registers a device. The activation code is made here; the platform gets its public key only.
#pragma once

#include <cstdint>
#include <string>

#include "absl/status/status.h"
#include "libs/cli/output.h"
#include "operator_cli/options.h"

namespace signet::operator_cli {

struct NewDevice {
  std::string account;
  std::string name;
  int64_t ttl_s = 0;
  std::string code_file;  // empty: the code goes to stdout, once
};
absl::Status AddDevice(const NewDevice& device, const Options& options, cli::Output& output);

}  // namespace signet::operator_cli
