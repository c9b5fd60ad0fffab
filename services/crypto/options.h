// The command line of signet-crypto.
#pragma once

#include <string>

#include "absl/status/statusor.h"
#include "services/crypto/hsm/key_ceremony.h"
#include "services/crypto/server.h"

namespace CLI {
class App;
}

namespace signet::crypto {

struct Options {
  CeremonyOptions ceremony;
  ServerOptions server;
  std::string bdk_id_hex;  // of whichever command is run
};

// Adds the commands `init` and `run`.
struct Commands {
  CLI::App* init = nullptr;
  CLI::App* run = nullptr;
};
Commands RegisterOptions(CLI::App& app, Options& options);

// Eight hex digits.
absl::StatusOr<uint32_t> ParseBdkId(const std::string& hex);

}  // namespace signet::crypto
