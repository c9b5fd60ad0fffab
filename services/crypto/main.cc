// signet-crypto: opens and seals devices' messages with keys that never leave the server's HSM.
#include "CLI/CLI.hpp"
#include "libs/base/clock.h"
#include "libs/base/status.h"
#include "libs/program/program.h"
#include "libs/program/standard_streams.h"
#include "libs/rpc/tls_files.h"
#include "libs/serving/lifecycle.h"
#include "services/crypto/hsm/key_ceremony.h"
#include "services/crypto/hsm/token_login.h"
#include "services/crypto/options.h"
#include "services/crypto/server.h"

namespace signet::crypto {
namespace {

absl::Status Init(Options& options) {
  SIGNET_ASSIGN_OR_RETURN(options.ceremony.bdk_id, ParseBdkId(options.bdk_id_hex));
  SIGNET_ASSIGN_OR_RETURN(auto made, HoldKeyCeremony(options.ceremony, SystemClock()));
  if (!made.empty()) return serving::TellDone(made);
  return serving::TellDone({"token \"" + options.ceremony.token.token_label +
                            "\" is set up already; nothing was changed"});
}

absl::Status Run(Options& options) {
  SIGNET_ASSIGN_OR_RETURN(options.server.hsm.bdk_id, ParseBdkId(options.bdk_id_hex));
  return RunServer(options.server);
}

absl::Status CheckToken(const TokenOptions& token) {
  SIGNET_RETURN_IF_ERROR(pkcs11::Module::Check(token.library_path));
  return ReadPinFile(token.pin_file).status();
}

absl::Status CheckInit(const CeremonyOptions& options) {
  SIGNET_RETURN_IF_ERROR(CheckToken(options.token));
  return Annotate(ReadPinFile(options.so_pin_file).status(), "--so-pin-file");
}

absl::Status CheckRun(const ServerOptions& options) {
  SIGNET_RETURN_IF_ERROR(CheckToken(options.hsm.token));
  SIGNET_RETURN_IF_ERROR(rpc::CheckServiceFiles(options.tls, rpc::Role::kCrypto));
  return rpc::CheckTrustRoots(options.device_ca_file);
}

}  // namespace
}  // namespace signet::crypto

int main(int argc, char** argv) {
  signet::serving::BlockShutdownSignals();
  CLI::App app("Signet's crypto service: opens and seals messages in the hardware module",
               "signet-crypto");
  signet::crypto::Options options;
  const auto commands = signet::crypto::RegisterOptions(app, options);
  return signet::serving::RunProgram(
      app, argc, argv,
      [&] {
        return commands.init->parsed() ? signet::crypto::Init(options)
                                       : signet::crypto::Run(options);
      },
      [&] {
        return commands.init->parsed() ? signet::crypto::CheckInit(options.ceremony)
                                       : signet::crypto::CheckRun(options.server);
      });
}
