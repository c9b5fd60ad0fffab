// Opening what the host answered to one exchange.
#pragma once

#include <initializer_list>
#include <string>

#include "absl/status/statusor.h"
#include "hsm_agent/register_store.h"
#include "libs/dukpt/key_serial_number.h"
#include "libs/pkcs11/session.h"
#include "libs/sealing/envelope.h"
#include "signet/sealing/v1/sealed_message.pb.h"

namespace signet::hsm_agent {

// Opens the answer with the exchange's response key in the module. UNAUTHENTICATED "message
// refused" unless it is of this exchange's KSN, of one of the types, and authentic.
absl::StatusOr<sealing::OpenedMessage> OpenAnswer(
    pkcs11::Session& session, const sealing::v1::SealedMessage& answer,
    const dukpt::KeySerialNumber& ksn, pkcs11::ObjectHandle response_key,
    std::initializer_list<sealing::v1::MessageType> types);

// Parses an authentic body. UNAUTHENTICATED "message refused" where it is not that message.
template <typename Body>
absl::StatusOr<Body> ParseBody(const std::string& bytes) {
  Body body;
  if (!body.ParseFromString(bytes)) return sealing::Refused();
  return body;
}

}  // namespace signet::hsm_agent
