// What a caller from outside learns of an error further in. Pure.
#pragma once

#include "grpcpp/support/status.h"

namespace signet::gateway {

// The one answer to everything that is not authentic.
grpc::Status MessageRefused();
// Too much at once, of this caller or of all.
grpc::Status Busy();
// The crypto service's status without its details: refused, busy, unreachable, out of time,
// cancelled; anything else is INTERNAL.
grpc::Status ForCaller(const grpc::Status& upstream);

}  // namespace signet::gateway
