// What a failure means to the person: the cause, the remedy, and the program's exit code. Pure.
#pragma once

#include <string>

#include "absl/status/status.h"
#include "libs/program/exit_code.h"
#include "signet/payments/v1/payment.pb.h"

namespace signet::terminal {

// An error with an exit code of its own.
absl::Status Failure(serving::ExitCode code, absl::StatusCode status, const std::string& message);
absl::Status UsageFailure(const std::string& message);

// An error that the agent answered with, or the want of an agent. pin_blocked: the module says that
// no PIN try is left.
absl::Status ExplainAgentError(const absl::Status& error, const std::string& socket,
                               bool pin_blocked);

// Whether the gateway may have worked on what was sent although it gave this error, or was never
// reached: sending the same bytes again is right. Otherwise it has refused them.
bool MayTryAgain(const absl::Status& gateway_error);
// With the ID by which the operator finds the call in the services' logs. Only the gateway's own
// answers have one, so that it tells them from a gateway which was not reached.
absl::Status WithRequestId(absl::Status gateway_error, const std::string& request_id);
// What went wrong on the way to the platform, without a remedy: "the gateway at HOST:PORT cannot be
// reached: …". gateway: "the gateway at HOST:PORT".
std::string GatewayTrouble(const absl::Status& error, const std::string& gateway);
// An error of the gateway to something that moves no money: the trouble, what is known (said where
// it is not empty, such as "nothing was paid"), and the remedy. gateway: HOST:PORT.
absl::Status ExplainGatewayError(const absl::Status& error, const std::string& gateway,
                                 const std::string& known);

// The platform's sealed no. ID, reason and exit code 3 stay readable in the Status.
absl::Status Declined(const payments::v1::Decline& decline);
// "insufficient funds", …
std::string DeclineText(payments::v1::DeclineReason reason);
// Why a payment moved no money, for programs that read the error.
absl::Status WithDeclineReason(absl::Status status, payments::v1::DeclineReason reason);
// The payment may or may not have been made: exit code 6 and `signet resume`.
absl::Status OutcomeUnknown(const std::string& payment_id, const absl::Status& cause);
// What a payment with this ID met: attached to the error for programs.
absl::Status WithPaymentId(absl::Status status, const std::string& payment_id);

// Empty where the error has none. "DECLINE_REASON_INSUFFICIENT_FUNDS"; "00000001-0000002a"; 32 hex.
std::string DeclineReasonOf(const absl::Status& status);
std::string PaymentIdOf(const absl::Status& status);
std::string RequestIdOf(const absl::Status& status);

}  // namespace signet::terminal
