// W3C Trace Context (Recommendation of 2021-11-23), as far as it goes with a call: the traceparent
// "00-<trace id, 32 hex>-<span id, 16 hex>-<flags, 2 hex>". The trace ID is what our logs call
// trace_id and what a caller is told with an error. Pure but for the random IDs.
#pragma once

#include <string>
#include <string_view>

namespace grpc {
class ClientContext;
class ServerContextBase;
}  // namespace grpc

namespace signet::rpc {

inline constexpr char kTraceparentKey[] = "traceparent";      // of metadata
inline constexpr char kRequestIdKey[] = "signet-request-id";  // of an error's trailing metadata

// Of the version and form above (2.1 to 3.2.2), and no ID is zero.
bool IsTraceparent(std::string_view text);
// What goes with the next call: the same trace and flags, a span of its own. A new trace that is
// not sampled where the caller named none, or wrongly.
std::string NextTraceparent(std::string_view of_caller);
// "" where it is none.
std::string_view TraceIdOf(std::string_view traceparent);
// The caller asks that this trace be recorded (3.2.2.5.1).
bool IsSampled(std::string_view traceparent);

// "" where the caller sent none. Valid as long as the context.
std::string_view TraceparentOf(const grpc::ServerContextBase& context);
void SetTraceparent(grpc::ClientContext& context, std::string_view traceparent);

}  // namespace signet::rpc
