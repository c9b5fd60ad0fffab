// Opening what the host answered to one exchange.
#pragma once

#include <initializer_list>
#include <string>

#include "absl/status/statusor.h"
#include "hsm_agent/module/key_ring.h"
#include "libs/dukpt/key_serial_number.h"
#include "libs/pkcs11/session.h"
#include "libs/sealing/envelope.h"
#include "signet/payments/v1/payment.pb.h"
#include "signet/sealing/v1/sealed_message.pb.h"

namespace signet::hsm_agent {

// Opens the answer with the exchange's response key in the module. UNAUTHENTICATED "message
// refused" unless it is of this exchange's KSN, of one of the types, and authentic.
absl::StatusOr<sealing::OpenedMessage> OpenAnswer(
    pkcs11::Session& session, const sealing::v1::SealedMessage& answer,
    const dukpt::KeySerialNumber& ksn, pkcs11::ObjectHandle response_key,
    std::initializer_list<sealing::v1::MessageType> types);

// The receipt that a message of type RECEIPT holds, once the module has verified its signature with
// the pinned key. UNAUTHENTICATED. What it is a receipt of has not been looked at.
absl::StatusOr<payments::v1::SignedReceipt> VerifiedReceipt(KeyRing& keys,
                                                            const sealing::OpenedMessage& opened);

// Parses an authentic body. UNAUTHENTICATED "message refused" where it is not that message.
template <typename Body>
absl::StatusOr<Body> ParseBody(const std::string& bytes) {
  Body body;
  if (!body.ParseFromString(bytes)) return sealing::Refused();
  return body;
}

}  // namespace signet::hsm_agent
