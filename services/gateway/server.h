// The gateway's object graph: two listeners in front of one channel to the crypto service.
#pragma once

#include "absl/status/status.h"
#include "services/gateway/options.h"

namespace signet::gateway {

// Serves until SIGTERM or SIGINT; then ends what is under way and returns.
absl::Status RunGateway(const GatewayOptions& options);
// The files that the options name are there and fit for use.
absl::Status CheckFiles(const GatewayOptions& options);

}  // namespace signet::gateway
