// What the ledger is asked to do, and what it answers. Pure.
#pragma once

#include <cstdint>
#include <string>
#include <variant>

#include "absl/status/status.h"
#include "libs/base/ids.h"
#include "services/payment_platform/domain/account.h"
#include "services/payment_platform/domain/payment.h"
#include "signet/sealing/v1/sealed_message.pb.h"

namespace signet::payment_platform {

// A device's message, whose key, signature and channel have been verified.
struct Message {
  PaymentId id;  // device and counter
  sealing::v1::MessageType type = sealing::v1::MESSAGE_TYPE_UNSPECIFIED;
  std::string header;
  std::string body;
  std::string signature;
};

// Releases an authorized payment that was not confirmed in time. Nothing happens where it has been
// completed, or is not due.
struct ExpirePayment {
  PaymentId id;
};

// Opens an account and posts its opening deposit from the currency's system account.
struct OpenAccount {
  std::string handle;
  std::string name;
  AccountKind kind = AccountKind::kCustomer;
  std::string currency_code;
  int64_t deposit_minor = 0;        // not negative
  int64_t payment_limit_minor = 0;  // above zero
  std::string operator_name;        // for the audit
};

// INVALID_ARGUMENT names the rule that a field breaks.
absl::Status Validate(const OpenAccount& command);

using Command = std::variant<Message, ExpirePayment, OpenAccount>;

// Why a message was refused, for the metric.
enum class Rejection {
  kNone,
  kUnknownDevice,
  kStaleCounter,        // not above the highest, and no payment has it
  kConflictingCounter,  // a payment has it, but of another message
  kUnknownPayment,      // a confirmation of what was never instructed
  kMalformed,
};
const char* RejectionLabel(Rejection rejection);

struct Outcome {
  // OK: answered. PERMISSION_DENIED, INVALID_ARGUMENT: refused, see rejection. ALREADY_EXISTS: the
  // handle is taken. UNAVAILABLE: not done, or unknown.
  absl::Status status;
  Rejection rejection = Rejection::kNone;
  // A message's answer. Empty for other commands.
  Answer answer;
  bool replayed = false;  // the stored answer of an earlier message
  // What became of a payment by this command; UNSPECIFIED where nothing did.
  payments::v1::PaymentState payment_state = payments::v1::PAYMENT_STATE_UNSPECIFIED;
  payments::v1::DeclineReason decline_reason = payments::v1::DECLINE_REASON_UNSPECIFIED;
  // What a payment moved that was confirmed by this command.
  std::string currency_code;
  int64_t moved_minor = 0;
};

Outcome Refused(Rejection rejection);
// The stored answer once more.
Outcome Replayed(const Answer& stored);

}  // namespace signet::payment_platform
