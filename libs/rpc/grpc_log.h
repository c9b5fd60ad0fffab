// Where gRPC's own messages go. By itself it writes free text to stderr, between our JSON lines and
// below the terminal's prompts.
#pragma once

#include <functional>
#include <string>

namespace signet::rpc {

// Its errors go to the sink, from any thread, for the rest of the process. The first call counts;
// every server and channel of ours makes one with an empty sink, which drops them: the same errors
// come back as statuses. GRPC_VERBOSITY in the environment leaves gRPC's own log as it is.
// For people only: callers write into these texts, so nothing may act on them.
void RouteGrpcErrors(std::function<void(const std::string& message)> sink);

}  // namespace signet::rpc
