#include "libs/rpc/status_mapping.h"

#include <string>

namespace signet::rpc {

grpc::Status ToGrpc(const absl::Status& status) {
  if (status.ok()) return grpc::Status::OK;
  return {static_cast<grpc::StatusCode>(static_cast<int>(status.code())),
          std::string(status.message())};
}

absl::Status FromGrpc(const grpc::Status& status) {
  if (status.ok()) return absl::OkStatus();
  return {static_cast<absl::StatusCode>(static_cast<int>(status.error_code())),
          status.error_message()};
}

}  // namespace signet::rpc
