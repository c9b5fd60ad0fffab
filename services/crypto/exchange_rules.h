// What decides about an exchange without any key: checks of the request, and what the platform's
// answer means. Pure; thread-safe.
#pragma once

#include <cstdint>
#include <variant>

#include "grpcpp/support/status.h"
#include "libs/sealing/envelope.h"
#include "services/crypto/refusal.h"
#include "signet/crypto/v1/crypto.pb.h"

namespace signet::crypto {

// All that can be checked before any key is derived. bdk_id: the one this service holds.
std::variant<sealing::Header, Refusal> CheckExchange(const v1::ExchangeRequest& request,
                                                     uint32_t bdk_id);

// Whether the platform may answer with this type.
bool IsAnswer(sealing::v1::MessageType type);

// What the platform's error to GetDevice or Process means for the device: a refusal, or the status
// to pass on. Nothing of the platform's own text goes out.
std::variant<grpc::Status, Refusal> MeaningOfDeviceError(const grpc::Status& status);
std::variant<grpc::Status, Refusal> MeaningOfProcessError(const grpc::Status& status);
// For errors that are not about the message: same code where the caller can act on it, else
// INTERNAL.
grpc::Status PassOn(grpc::StatusCode code);

}  // namespace signet::crypto
