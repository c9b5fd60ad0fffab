// The options that name a service's TLS files: --tls-certificate, --tls-key, --tls-roots.
#pragma once

#include "libs/rpc/tls.h"

namespace CLI {
class App;
}

namespace signet::rpc {

// The files must outlive the parsing.
void RegisterTlsOptions(CLI::App& app, TlsFiles& files);

}  // namespace signet::rpc
