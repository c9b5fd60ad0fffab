// Many calls over one bidirectional stream. A message waits until it carries as many calls (or
// answers) as are out, so that an idle stream adds no delay and a busy one shares the cost of a
// message (some 50 us of CPU with TLS) among many calls.
//
// A service that is called so declares
//   rpc Method(stream XBatch) returns (stream XAnswers);
//   XBatch   { repeated XRequest calls = 1; }     XRequest  has call_id, timeout_ms
//   XAnswers { repeated XResponse answers = 1; }  XResponse has call_id, status_code,
//   status_message
// The three ends of it: CallStreamClient, CallStreamServer and the calls' own CallObserver.
#pragma once

#include <chrono>
#include <cstddef>
#include <type_traits>
#include <utility>

#include "grpcpp/support/status.h"

namespace signet::rpc {

template <typename Batch>
using RequestOf = std::decay_t<decltype(std::declval<const Batch&>().calls(0))>;
template <typename Answers>
using ResponseOf = std::decay_t<decltype(std::declval<const Answers&>().answers(0))>;

// A call's message is at most 16 KiB and some framing: a full batch fits the 4 MiB of
// kCallStreamMessageBytes.
inline constexpr int kMaxCallsInOneMessage = 128;
inline constexpr int kCallStreamMessageBytes = 4 * 1024 * 1024;
static_assert(kMaxCallsInOneMessage * 24 * 1024 < kCallStreamMessageBytes);

// Of one stream, at the serving end; then it ends, unread.
inline constexpr size_t kMaxUnansweredCalls = 16 * 1024;

// Whether a message leaves with what has gathered: alone at once, with others out once it carries
// as many as they are. None waits for more than CallDeadlines::kTick, so that a call that hangs
// holds up no others.
constexpr bool HasCompany(size_t gathered, size_t out) { return gathered >= out; }

// A stream takes new calls for this long; then another one is opened, maybe to another server.
inline constexpr std::chrono::seconds kCallStreamAge{60};
// And may take this long to end. No call on it has a longer timeout.
inline constexpr std::chrono::seconds kCallStreamGrace{60};

// In the trailing metadata of a stream that a server ends in order, or refuses because it stops:
// what it has not answered it has not read. So the calling end sends it to another server.
inline constexpr char kUnansweredIsUnreadKey[] = "signet-unanswered-is-unread";
inline constexpr int kMaxSends = 3;  // of one call

template <typename Response>
grpc::Status StatusOf(const Response& response) {
  return {static_cast<grpc::StatusCode>(response.status_code()), response.status_message()};
}

}  // namespace signet::rpc
