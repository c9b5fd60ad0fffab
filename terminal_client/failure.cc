#include "terminal_client/failure.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "libs/program/error_details.h"
#include "libs/program/program.h"

namespace signet::terminal {
namespace {

using serving::ExitCode;

constexpr char kReason[] = "reason";
constexpr char kPaymentId[] = "paymentId";
constexpr char kRequestId[] = "requestId";

ExitCode AgentExitCode(absl::StatusCode code, bool pin_blocked) {
  switch (code) {
    case absl::StatusCode::kFailedPrecondition:
      return pin_blocked ? ExitCode::kAuthentication : ExitCode::kNotFoundOrConflict;
    case absl::StatusCode::kNotFound:
    case absl::StatusCode::kAlreadyExists:
    case absl::StatusCode::kAborted:
      return ExitCode::kNotFoundOrConflict;
    case absl::StatusCode::kUnauthenticated:
    case absl::StatusCode::kPermissionDenied:
    case absl::StatusCode::kCancelled:  // the person refused
      return ExitCode::kAuthentication;
    case absl::StatusCode::kInvalidArgument:
      return ExitCode::kUsage;
    default:
      return ExitCode::kHardwareModule;
  }
}

struct Remedy {
  ExitCode code;
  const char* text;
};

Remedy GatewayRemedy(const absl::Status& error) {
  switch (error.code()) {
    case absl::StatusCode::kPermissionDenied:
    case absl::StatusCode::kUnauthenticated:
      return {ExitCode::kAuthentication,
              "if it stays so, ask the operator whether this device is still enrolled"};
    case absl::StatusCode::kResourceExhausted:
      return {ExitCode::kUnreachable, "try again later"};
    case absl::StatusCode::kUnavailable:
    case absl::StatusCode::kDeadlineExceeded:
      if (!RequestIdOf(error).empty()) return {ExitCode::kUnreachable, "try again later"};
      return {ExitCode::kUnreachable,
              "check --gateway, --server-ca and the network, then try again"};
    default:
      return {ExitCode::kInternal, "try again later; if it stays so, tell the operator"};
  }
}

}  // namespace

absl::Status Failure(ExitCode code, absl::StatusCode status, const std::string& message) {
  return serving::WithExitCode(absl::Status(status, message), code);
}

absl::Status UsageFailure(const std::string& message) {
  return Failure(ExitCode::kUsage, absl::StatusCode::kInvalidArgument, message);
}

absl::Status ExplainAgentError(const absl::Status& error, const std::string& socket,
                               bool pin_blocked) {
  std::string message(error.message());
  if (absl::IsUnavailable(error)) {
    message = absl::StrCat("the agent cannot be reached at ", socket, " (", message,
                           "); start signet-agent, or correct --agent-socket");
  } else if (absl::IsDeadlineExceeded(error)) {
    message =
        absl::StrCat("the agent at ", socket, " did not answer in time; is it waiting for a PIN?");
  }
  return Failure(AgentExitCode(error.code(), pin_blocked), error.code(), message);
}

bool MayTryAgain(const absl::Status& gateway_error) {
  switch (gateway_error.code()) {
    case absl::StatusCode::kPermissionDenied:
    case absl::StatusCode::kUnauthenticated:
    case absl::StatusCode::kInvalidArgument:
    case absl::StatusCode::kFailedPrecondition:
    case absl::StatusCode::kNotFound:
    case absl::StatusCode::kUnimplemented:
    case absl::StatusCode::kOutOfRange:
      return false;
    default:
      return true;
  }
}

absl::Status WithRequestId(absl::Status gateway_error, const std::string& request_id) {
  return serving::WithDetail(std::move(gateway_error), kRequestId, request_id);
}

std::string GatewayTrouble(const absl::Status& error, const std::string& gateway) {
  const std::string id = RequestIdOf(error);
  const std::string request = id.empty() ? "" : absl::StrCat(" (request ", id, ")");
  const std::string message(error.message());
  const std::string said = message.empty() ? request : absl::StrCat(": ", message, request);
  switch (error.code()) {
    case absl::StatusCode::kPermissionDenied:
    case absl::StatusCode::kUnauthenticated:
      return absl::StrCat(gateway, " refused", said);
    case absl::StatusCode::kResourceExhausted:
      return absl::StrCat(gateway, " is busy", id.empty() ? said : request);
    case absl::StatusCode::kUnavailable:
      if (id.empty()) return absl::StrCat(gateway, " cannot be reached", said);
      break;
    case absl::StatusCode::kDeadlineExceeded:
      if (id.empty()) return absl::StrCat(gateway, " did not answer in time");
      break;
    default:
      return absl::StrCat(gateway, " failed", said);
  }
  // The gateway's own words are for who sends the same message again.
  return absl::StrCat(gateway, " answers, but the payment service behind it does not", request);
}

absl::Status ExplainGatewayError(const absl::Status& error, const std::string& gateway,
                                 const std::string& known) {
  const auto [code, remedy] = GatewayRemedy(error);
  return Failure(code, error.code(),
                 absl::StrCat(GatewayTrouble(error, "the gateway at " + gateway),
                              known.empty() ? "" : "; ", known, "; ", remedy));
}

std::string DeclineText(payments::v1::DeclineReason reason) {
  switch (reason) {
    case payments::v1::DECLINE_REASON_INSUFFICIENT_FUNDS:
      return "insufficient funds";
    case payments::v1::DECLINE_REASON_LIMIT_EXCEEDED:
      return "the amount is over the limit of this account";
    case payments::v1::DECLINE_REASON_PAYEE_UNKNOWN:
      return "the payee is unknown";
    case payments::v1::DECLINE_REASON_CURRENCY_MISMATCH:
      return "the payer's or the payee's account is in another currency";
    case payments::v1::DECLINE_REASON_DEVICE_BLOCKED:
      return "this device is blocked; ask the operator (a revoked one must be enrolled anew)";
    case payments::v1::DECLINE_REASON_ACCOUNT_BLOCKED:
      return "the payer's account is blocked; ask the operator";
    case payments::v1::DECLINE_REASON_PAYEE_BLOCKED:
      return "the payee's account is blocked";
    case payments::v1::DECLINE_REASON_PAYEE_IS_PAYER:
      return "payer and payee are the same account";
    case payments::v1::DECLINE_REASON_PAYEE_NAME_MISMATCH:
      return "the payee's name has changed since it was shown; pay again";
    case payments::v1::DECLINE_REASON_INVALID_INSTRUCTION:
      return "the platform does not accept this amount or reference";
    case payments::v1::DECLINE_REASON_EXPIRED:
      return "it was confirmed too late and has expired; no money was moved";
    case payments::v1::DECLINE_REASON_NOT_FOUND:
      return "there is no such payment of this account";
    default:
      return absl::StrCat("reason ", static_cast<int>(reason));
  }
}

absl::Status Declined(const payments::v1::Decline& decline) {
  const std::string& payment = decline.payment_id();
  const absl::Status status =
      Failure(ExitCode::kDeclined, absl::StatusCode::kFailedPrecondition,
              absl::StrCat("declined", payment.empty() ? "" : absl::StrCat(" (", payment, ")"),
                           ": ", DeclineText(decline.reason())));
  return WithPaymentId(WithDeclineReason(status, decline.reason()), payment);
}

absl::Status WithDeclineReason(absl::Status status, payments::v1::DeclineReason reason) {
  if (reason == payments::v1::DECLINE_REASON_UNSPECIFIED) return status;
  return serving::WithDetail(std::move(status), kReason, payments::v1::DeclineReason_Name(reason));
}

absl::Status OutcomeUnknown(const std::string& payment_id, const absl::Status& cause) {
  return WithPaymentId(Failure(ExitCode::kOutcomeUnknown, cause.code(),
                               absl::StrCat("the outcome of payment ", payment_id, " is unknown (",
                                            std::string(cause.message()),
                                            "); do not pay again: run `signet resume`")),
                       payment_id);
}

absl::Status WithPaymentId(absl::Status status, const std::string& payment_id) {
  return serving::WithDetail(std::move(status), kPaymentId, payment_id);
}

std::string DeclineReasonOf(const absl::Status& status) {
  return serving::DetailOf(status, kReason);
}

std::string PaymentIdOf(const absl::Status& status) {
  return serving::DetailOf(status, kPaymentId);
}

std::string RequestIdOf(const absl::Status& status) {
  return serving::DetailOf(status, kRequestId);
}

}  // namespace signet::terminal
