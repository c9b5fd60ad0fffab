#include "libs/rpc/trace.h"

#include <algorithm>
#include <cstdint>

#include "absl/random/random.h"
#include "absl/strings/str_cat.h"
#include "grpcpp/client_context.h"
#include "grpcpp/server_context.h"

namespace signet::rpc {
namespace {

constexpr size_t kTraceId = 3;  // where it begins
constexpr size_t kTraceIdDigits = 32;
constexpr size_t kSpanId = kTraceId + kTraceIdDigits + 1;
constexpr size_t kSpanIdDigits = 16;
constexpr size_t kFlags = kSpanId + kSpanIdDigits + 1;
constexpr size_t kLength = kFlags + 2;
static_assert(kLength == 55);

bool IsHex(std::string_view text) {
  return std::all_of(text.begin(), text.end(),
                     [](char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'); });
}

bool IsZero(std::string_view text) { return text.find_first_not_of('0') == std::string_view::npos; }

// Never zero. Guessing one gains nothing: they name lines of a log.
std::string RandomId() {
  thread_local absl::BitGen random;
  const uint64_t id = absl::Uniform<uint64_t>(absl::IntervalClosed, random, 1, UINT64_MAX);
  return absl::StrCat(absl::Hex(id, absl::kZeroPad16));
}

}  // namespace

bool IsTraceparent(std::string_view text) {
  if (text.size() != kLength || text.substr(0, kTraceId) != "00-" || text[kSpanId - 1] != '-' ||
      text[kFlags - 1] != '-') {
    return false;
  }
  const std::string_view trace = text.substr(kTraceId, kTraceIdDigits);
  const std::string_view span = text.substr(kSpanId, kSpanIdDigits);
  return IsHex(trace) && IsHex(span) && IsHex(text.substr(kFlags)) && !IsZero(trace) &&
         !IsZero(span);
}

std::string NextTraceparent(std::string_view of_caller) {
  if (!IsTraceparent(of_caller)) return "00-" + RandomId() + RandomId() + "-" + RandomId() + "-00";
  std::string next(of_caller);
  next.replace(kSpanId, kSpanIdDigits, RandomId());
  return next;
}

std::string_view TraceIdOf(std::string_view traceparent) {
  return IsTraceparent(traceparent) ? traceparent.substr(kTraceId, kTraceIdDigits)
                                    : std::string_view();
}

bool IsSampled(std::string_view traceparent) {
  if (!IsTraceparent(traceparent)) return false;
  const char low = traceparent.back();
  const int digit = low <= '9' ? low - '0' : low - 'a' + 10;
  return (digit & 1) != 0;
}

std::string_view TraceparentOf(const grpc::ServerContextBase& context) {
  const auto found = context.client_metadata().find(kTraceparentKey);
  if (found == context.client_metadata().end()) return {};
  return {found->second.data(), found->second.size()};
}

void SetTraceparent(grpc::ClientContext& context, std::string_view traceparent) {
  context.AddMetadata(kTraceparentKey, std::string(traceparent));
}

}  // namespace signet::rpc
