// absl::Status and grpc::Status have the same codes.
#pragma once

#include "absl/status/status.h"
#include "grpcpp/support/status.h"

namespace signet::rpc {

grpc::Status ToGrpc(const absl::Status& status);
absl::Status FromGrpc(const grpc::Status& status);

}  // namespace signet::rpc
