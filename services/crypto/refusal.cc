#include "services/crypto/refusal.h"

#include "libs/base/ids.h"
#include "libs/program/log.h"

namespace signet::crypto {
namespace {

constexpr std::array<const char*, kRefusals> kNames = {
    "oversized",     "bad_header",     "wrong_type",      "wrong_channel",
    "unknown_bdk",   "unknown_device", "bad_certificate", "bad_tag",
    "bad_signature", "counter",        "bad_body"};

}  // namespace

const char* RefusalName(Refusal refusal) { return kNames[static_cast<size_t>(refusal)]; }

RefusalLog::RefusalLog(serving::Metrics& metrics) {
  for (size_t i = 0; i < kRefusals; ++i) {
    counters_[i] = &metrics.AddCounter("signet_messages_rejected_total",
                                       "Messages refused before or by authentication, by reason",
                                       {{"reason", kNames[i]}});
  }
}

grpc::Status RefusalLog::Refuse(Refusal refusal, uint32_t device_id) {
  counters_[static_cast<size_t>(refusal)]->Increment();
  serving::LogWarning("message_refused", {{"reason", std::string(RefusalName(refusal))},
                                          {"device_id", FormatDeviceId(device_id)}});
  return {grpc::StatusCode::PERMISSION_DENIED, "message refused"};
}

}  // namespace signet::crypto
