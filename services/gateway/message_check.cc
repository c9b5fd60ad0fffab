#include "services/gateway/message_check.h"

#include "libs/base/big_endian.h"

namespace signet::gateway {
namespace {

// Key serial number (ANSI X9.24-3): BDK ID (4), device ID (4), counter (4).
constexpr size_t kKsnBytes = 12;
constexpr size_t kDeviceIdOffset = 4;

}  // namespace

MessageCheck CheckMessage(const sealing::v1::SealedMessage& message, uint32_t channel_device_id) {
  if (message.ByteSizeLong() > kMaxSealedMessageBytes) return {Verdict::kOversized};
  sealing::v1::MessageHeader header;
  if (!header.ParseFromString(message.header()) || header.ksn().size() != kKsnBytes) {
    return {Verdict::kBadHeader};
  }
  const uint32_t device_id = ReadBigEndian32(header.ksn(), kDeviceIdOffset);
  if (device_id != channel_device_id) return {Verdict::kWrongChannel};
  return {Verdict::kPass, header.type() == sealing::v1::MESSAGE_TYPE_PAYMENT_CONFIRMATION};
}

}  // namespace signet::gateway
