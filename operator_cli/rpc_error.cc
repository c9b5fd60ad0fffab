#include "operator_cli/rpc_error.h"

#include "libs/program/exit_code.h"
#include "libs/program/program.h"

namespace signet::operator_cli {
namespace {

using serving::ExitCode;
using serving::WithExitCode;

absl::Status Explain(const absl::Status& error, const std::string& what, ExitCode code) {
  return WithExitCode(absl::Status(error.code(), what), code);
}

absl::Status ExplainUnreachable(const absl::Status& error, const CallFacts& facts,
                                const std::string& said) {
  const std::string platform = "the platform at " + facts.platform;
  if (!facts.connected) {
    return Explain(error,
                   platform + " cannot be reached; nothing was sent (" + said +
                       "); check --platform, --tls-roots and that signet-platform is running",
                   ExitCode::kUnreachable);
  }
  const bool in_trouble = absl::IsUnavailable(error);
  const std::string what = platform +
                           (in_trouble ? " was reached, but cannot work now ("
                                       : " was reached, but did not answer in time (") +
                           said + ")";
  if (facts.changes_data) {
    return Explain(error,
                   "outcome unknown: " + what + "; look it up with `" + facts.how_to_look_up +
                       "` before you try again",
                   ExitCode::kOutcomeUnknown);
  }
  return Explain(
      error,
      what + (in_trouble ? "; see its /readyz and Postgres" : "; give it longer with --timeout"),
      ExitCode::kUnreachable);
}

}  // namespace

absl::Status ExplainCallError(const absl::Status& error, const CallFacts& facts) {
  const std::string said(error.message());
  switch (error.code()) {
    case absl::StatusCode::kUnavailable:
    case absl::StatusCode::kDeadlineExceeded:
    case absl::StatusCode::kCancelled:
      return ExplainUnreachable(error, facts, said);
    case absl::StatusCode::kUnauthenticated:
    case absl::StatusCode::kPermissionDenied:
      return Explain(error,
                     "the platform does not accept this operator (" + said +
                         "); use a certificate that `signetctl pki issue operator/NAME` made",
                     ExitCode::kAuthentication);
    case absl::StatusCode::kNotFound:
    case absl::StatusCode::kAlreadyExists:
    case absl::StatusCode::kFailedPrecondition:
    case absl::StatusCode::kAborted:
      return Explain(error, said, ExitCode::kNotFoundOrConflict);
    case absl::StatusCode::kInvalidArgument:
    case absl::StatusCode::kOutOfRange:
      return Explain(error, said, ExitCode::kUsage);
    case absl::StatusCode::kResourceExhausted:
      return Explain(error, "the platform is busy and did nothing (" + said + "); try again later",
                     ExitCode::kUnreachable);
    default:
      return Explain(error, "the platform failed (" + said + "); its log says more",
                     ExitCode::kInternal);
  }
}

}  // namespace signet::operator_cli
