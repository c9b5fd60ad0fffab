#include "services/gateway/upstream_status.h"

namespace signet::gateway {

grpc::Status MessageRefused() { return {grpc::StatusCode::PERMISSION_DENIED, "message refused"}; }

grpc::Status Busy() {
  return {grpc::StatusCode::RESOURCE_EXHAUSTED, "too many requests; try again later"};
}

grpc::Status ForCaller(const grpc::Status& upstream) {
  switch (upstream.error_code()) {
    case grpc::StatusCode::OK:
      return grpc::Status::OK;
    case grpc::StatusCode::PERMISSION_DENIED:
      return MessageRefused();
    case grpc::StatusCode::RESOURCE_EXHAUSTED:
      return Busy();
    case grpc::StatusCode::UNAVAILABLE:
      return {grpc::StatusCode::UNAVAILABLE,
              "the payment service cannot be reached; the outcome may be unknown, send the same "
              "message again"};
    case grpc::StatusCode::DEADLINE_EXCEEDED:
      return {grpc::StatusCode::DEADLINE_EXCEEDED,
              "no answer in time; the outcome may be unknown, send the same message again"};
    case grpc::StatusCode::CANCELLED:
      return {grpc::StatusCode::CANCELLED, "cancelled by the caller"};
    default:
      return {grpc::StatusCode::INTERNAL, "internal error"};
  }
}

}  // namespace signet::gateway
