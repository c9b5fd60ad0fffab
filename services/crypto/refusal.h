// Why a message was refused: logged and counted here, never told to whoever sent it.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

#include "grpcpp/support/status.h"
#include "libs/serving/metrics.h"

namespace signet::crypto {

enum class Refusal {
  kOversized,
  kBadHeader,     // malformed, or an unknown version or suite
  kWrongType,     // an answer's type
  kWrongChannel,  // the KSN names another device than the channel's certificate
  kUnknownBdk,
  kUnknownDevice,
  kBadCertificate,  // the registry's certificate is not the device CA's, not this device's, expired
  kBadTag,
  kBadSignature,
  kCounter,  // the platform: stale, or used with another message
  kBadBody,  // authentic, but malformed
};
inline constexpr size_t kRefusals = 11;
const char* RefusalName(Refusal refusal);  // the metric's label: "bad_tag"

// Thread-safe.
class RefusalLog {
 public:
  explicit RefusalLog(serving::Metrics& metrics);
  // Counts and logs the reason; returns the one answer: PERMISSION_DENIED "message refused".
  grpc::Status Refuse(Refusal refusal, uint32_t device_id);

 private:
  std::array<serving::Counter*, kRefusals> counters_;
};

}  // namespace signet::crypto
