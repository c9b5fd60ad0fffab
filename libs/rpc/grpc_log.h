// Where gRPC's own messages go. By itself it writes free text to stderr, between our JSON lines and
// below the terminal's prompts.
#pragma once

#include <functional>
#include <string>
#include <string_view>

namespace signet::rpc {

// Its errors go to the sink, from any thread, for the rest of the process. The first call counts;
// every server and channel of ours makes one with an empty sink, which drops them: the same errors
// come back as statuses. GRPC_VERBOSITY in the environment leaves gRPC's own log as it is.
void RouteGrpcErrors(std::function<void(const std::string& message)> sink);

// gRPC 1.51 closes a listener for good where accept(2) fails, above all for want of file
// descriptors, and says so in its log alone. A server of ours ends then, in order (SIGTERM to
// itself), so that whoever runs it starts it anew: deaf and ready would be worse. Whether the
// message says that.
bool IsListenerLost(std::string_view message);

}  // namespace signet::rpc
