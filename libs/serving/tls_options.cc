#include "libs/serving/tls_options.h"

#include "CLI/CLI.hpp"

namespace signet::rpc {

void RegisterTlsOptions(CLI::App& app, TlsFiles& files) {
  app.add_option("--tls-certificate", files.certificate,
                 "own certificate chain (PEM); read again when it is renamed into place")
      ->required();
  app.add_option("--tls-key", files.private_key, "own private key (PEM, PKCS#8)")->required();
  app.add_option("--tls-roots", files.trust_roots, "CA of the services (PEM)")->required();
}

}  // namespace signet::rpc
