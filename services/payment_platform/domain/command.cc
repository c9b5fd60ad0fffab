#include "services/payment_platform/domain/command.h"

namespace signet::payment_platform {

const char* RejectionLabel(Rejection rejection) {
  switch (rejection) {
    case Rejection::kNone:
      return "none";
    case Rejection::kUnknownDevice:
      return "unknown_device";
    case Rejection::kStaleCounter:
      return "stale_counter";
    case Rejection::kConflictingCounter:
      return "conflicting_counter";
    case Rejection::kUnknownPayment:
      return "unknown_payment";
    case Rejection::kMalformed:
      return "malformed";
  }
  return "none";
}

Outcome Refused(Rejection rejection) {
  Outcome outcome;
  outcome.rejection = rejection;
  outcome.status = rejection == Rejection::kMalformed
                       ? absl::InvalidArgumentError("the message's body is malformed")
                       : absl::PermissionDeniedError(std::string("message refused: ") +
                                                     RejectionLabel(rejection));
  return outcome;
}

Outcome Replayed(const Answer& stored) {
  Outcome outcome;
  outcome.answer = stored;
  outcome.replayed = true;
  return outcome;
}

}  // namespace signet::payment_platform
