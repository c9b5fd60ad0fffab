#include "services/crypto/exchange_rules.h"

namespace signet::crypto {

using grpc::StatusCode;
using sealing::v1::MessageType;

std::variant<sealing::Header, Refusal> CheckExchange(const v1::ExchangeRequest& request,
                                                     uint32_t bdk_id) {
  if (request.message().ByteSizeLong() > sealing::kMaxSealedMessageBytes) {
    return Refusal::kOversized;
  }
  auto header = sealing::ParseHeader(request.message());
  if (!header.ok()) return Refusal::kBadHeader;
  if (!sealing::IsFromDevice(header->type)) return Refusal::kWrongType;
  if (header->ksn.device_id != request.device_id()) return Refusal::kWrongChannel;
  if (header->ksn.bdk_id != bdk_id) return Refusal::kUnknownBdk;
  return *std::move(header);
}

bool IsAnswer(MessageType type) {
  switch (type) {
    case MessageType::MESSAGE_TYPE_QUERY_RESULT:
    case MessageType::MESSAGE_TYPE_PAYMENT_AUTHORIZATION:
    case MessageType::MESSAGE_TYPE_RECEIPT:
    case MessageType::MESSAGE_TYPE_DECLINE:
      return true;
    default:
      return false;
  }
}

std::variant<grpc::Status, Refusal> MeaningOfDeviceError(const grpc::Status& status) {
  switch (status.error_code()) {
    case StatusCode::NOT_FOUND:
    case StatusCode::PERMISSION_DENIED:
      return Refusal::kUnknownDevice;
    default:
      return PassOn(status.error_code());
  }
}

std::variant<grpc::Status, Refusal> MeaningOfProcessError(const grpc::Status& status) {
  switch (status.error_code()) {
    case StatusCode::PERMISSION_DENIED:
      return Refusal::kCounter;
    case StatusCode::NOT_FOUND:
      return Refusal::kUnknownDevice;
    case StatusCode::INVALID_ARGUMENT:
      return Refusal::kBadBody;
    default:
      return PassOn(status.error_code());
  }
}

grpc::Status PassOn(StatusCode code) {
  switch (code) {
    case StatusCode::RESOURCE_EXHAUSTED:
      return {code, "overloaded, nothing was done; try again later"};
    case StatusCode::UNAVAILABLE:
      return {code, "unavailable; send the same bytes again"};
    case StatusCode::DEADLINE_EXCEEDED:
      return {code, "not answered in time; send the same bytes again"};
    case StatusCode::CANCELLED:
      return {code, "cancelled"};
    default:
      return {StatusCode::INTERNAL, "internal error"};
  }
}

}  // namespace signet::crypto
