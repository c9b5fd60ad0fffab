#include "terminal_client/enrollment/enrollment_flow.h"

#include <unistd.h>

#include <optional>
#include <utility>

#include "absl/strings/str_cat.h"
#include "libs/base/status.h"
#include "libs/files/private_folder.h"
#include "libs/openssl/certificate.h"
#include "libs/openssl/ed25519.h"
#include "libs/program/program.h"
#include "terminal_client/connections.h"
#include "terminal_client/failure.h"
#include "terminal_client/private_files.h"

namespace signet::terminal {
namespace {

using serving::ExitCode;
using std::chrono::steady_clock;

class EnrollmentRun {
 public:
  EnrollmentRun(const EnrollmentParts& parts, PendingEnrollment& pending, cli::Output& output)
      : parts_(parts), pending_(pending), output_(output) {}

  absl::Status Obtain();
  absl::StatusOr<std::string> Complete();

 private:
  absl::Status Begin();
  bool IsForGivenCode(const device::v1::EnrollmentRequest& request) const;
  absl::StatusOr<device::v1::EnrollmentResponse> Send();
  absl::Status ExplainSendError(const absl::Status& error) const;
  absl::StatusOr<device::v1::CompleteEnrollmentResponse> CompleteInModule(
      const device::v1::EnrollmentResponse& response);
  absl::Status Check(const device::v1::EnrollmentResponse& response) const;
  void Done(const std::string& what) {
    const auto now = steady_clock::now();
    output_.Step(what, now - since_);
    since_ = now;
  }

  const EnrollmentParts& parts_;
  PendingEnrollment& pending_;
  cli::Output& output_;
  steady_clock::time_point since_ = steady_clock::now();
};

// Has the agent make the request, signed with the code.
absl::Status EnrollmentRun::Begin() {
  ActivationCode code;
  if (parts_.given_code != nullptr) {
    code = *parts_.given_code;
  } else {
    SIGNET_ASSIGN_OR_RETURN(code, parts_.ask_code());
    since_ = steady_clock::now();
  }
  device::v1::BeginEnrollmentRequest request;
  request.set_activation_code(std::string(code.text.reveal()));
  request.set_terminal_csr_der(pending_.csr_der());
  const auto begun = parts_.agent.BeginEnrollment(request);
  WipeString(*request.mutable_activation_code());
  if (!begun.ok()) return begun.status();
  SIGNET_RETURN_IF_ERROR(pending_.SaveRequest(begun->enrollment()));
  Done("the hardware module made its keys");
  return absl::OkStatus();
}

bool EnrollmentRun::IsForGivenCode(const device::v1::EnrollmentRequest& request) const {
  if (parts_.given_code == nullptr) return true;
  device::v1::EnrollmentContent content;
  const auto key = openssl::ActivationPublicKey(parts_.given_code->seed);
  return key.ok() && content.ParseFromString(request.content()) &&
         content.activation_public_key() == *key;
}

absl::StatusOr<device::v1::EnrollmentResponse> EnrollmentRun::Send() {
  int attempts = 0;
  return TryAgain(parts_.retry, [&] {
    if (attempts++ > 0) output_.Note("no answer yet; sending the same request again");
    return parts_.gateway.Enroll(*pending_.request());
  });
}

// Leaves the platform's answer in the pending enrollment.
absl::Status EnrollmentRun::Obtain() {
  if (pending_.response().has_value()) return absl::OkStatus();
  bool from_earlier_run = pending_.request().has_value();
  if (from_earlier_run && !IsForGivenCode(*pending_.request())) from_earlier_run = false;
  if (!from_earlier_run) SIGNET_RETURN_IF_ERROR(Begin());
  auto response = Send();
  if (!response.ok() && from_earlier_run && !MayTryAgain(response.status())) {
    output_.Note("the enrollment begun earlier is refused; beginning a new one");
    SIGNET_RETURN_IF_ERROR(pending_.StartOver());
    SIGNET_RETURN_IF_ERROR(Begin());
    response = Send();
  }
  if (!response.ok()) {
    if (!MayTryAgain(response.status())) SIGNET_RETURN_IF_ERROR(pending_.StartOver());
    return ExplainSendError(response.status());
  }
  SIGNET_RETURN_IF_ERROR(Check(*response));
  SIGNET_RETURN_IF_ERROR(pending_.SaveResponse(*response));
  Done("the platform enrolled the device");
  return absl::OkStatus();
}

absl::Status EnrollmentRun::ExplainSendError(const absl::Status& error) const {
  const std::string trouble =
      GatewayTrouble(error, "the enrollment gateway at " + parts_.gateway.address());
  if (MayTryAgain(error)) {
    const bool answered = !RequestIdOf(error).empty();
    return Failure(
        ExitCode::kUnreachable, error.code(),
        absl::StrCat(trouble, "; ",
                     answered ? "later" : "check --enrollment-gateway and --server-ca, then",
                     " run `signet enroll` again with the same code: it goes on from here"));
  }
  return Failure(ExitCode::kAuthentication, error.code(),
                 absl::StrCat(trouble,
                              "; the activation code is wrong, expired or used; ask the operator "
                              "for a new one"));
}

// The certificate must be for this terminal's own key, and by the CA that comes with it. Whether
// the answer is the operator's is the agent's to say: it knows the operator's device CA.
absl::Status EnrollmentRun::Check(const device::v1::EnrollmentResponse& response) const {
  device::v1::EnrollmentAnswer answer;
  const bool parsed = answer.ParseFromString(response.content());
  const auto certificate = openssl::ParseCertificate(answer.terminal_certificate_der());
  absl::Status problem =
      parsed ? certificate.status() : absl::UnauthenticatedError("it cannot be read");
  if (problem.ok() && certificate->public_key_spki_der != pending_.key_spki_der()) {
    problem = absl::UnauthenticatedError("the certificate is for another key");
  }
  if (problem.ok()) {
    problem = openssl::VerifyCertificate(answer.terminal_certificate_der(),
                                         answer.device_ca_certificate_der(),
                                         parts_.clock.NowUnixMs() / 1000);
  }
  if (problem.ok()) return problem;
  return Failure(
      ExitCode::kAuthentication, problem.code(),
      absl::StrCat("the enrollment's answer cannot be used: ", std::string(problem.message())));
}

// What the agent found authentic and pinned.
absl::StatusOr<device::v1::CompleteEnrollmentResponse> EnrollmentRun::CompleteInModule(
    const device::v1::EnrollmentResponse& response) {
  auto completed = parts_.agent.CompleteEnrollment(response);
  if (completed.ok()) return completed;
  // Completed, though nobody lived to see it? Then the agent says it again.
  if (const auto module = parts_.agent.DescribeModule(); module.ok() && module->enrolled()) {
    if (auto again = parts_.agent.CompleteEnrollment(response); again.ok()) return again;
  }
  // A wrong PIN or a module that is away can be mended; an answer that does not fit cannot. One
  // that is refused as not authentic looks like a wrong PIN from here: the same request gets
  // another.
  switch (serving::ExitCodeOf(completed.status())) {
    case ExitCode::kNotFoundOrConflict:
    case ExitCode::kUsage:
      SIGNET_RETURN_IF_ERROR(pending_.StartOver());
      break;
    case ExitCode::kAuthentication:
      SIGNET_RETURN_IF_ERROR(pending_.ForgetResponse());
      break;
    default:
      break;
  }
  return completed;
}

absl::StatusOr<std::string> EnrollmentRun::Complete() {
  const device::v1::EnrollmentResponse response = *pending_.response();
  SIGNET_RETURN_IF_ERROR(Check(response));
  SIGNET_ASSIGN_OR_RETURN(const auto completed, CompleteInModule(response));
  Done("the hardware module unwrapped its initial key and loaded its registers");
  SIGNET_RETURN_IF_ERROR(parts_.state.SaveIdentity(
      {pending_.key_pem(), completed.terminal_certificate_der(),
       completed.device_ca_certificate_der(), completed.receipt_public_key_der()}));
  SIGNET_RETURN_IF_ERROR(pending_.Remove());
  return completed.device_id();
}

}  // namespace

absl::StatusOr<std::string> EnrollTerminal(const EnrollmentParts& parts, cli::Output& output) {
  SIGNET_RETURN_IF_ERROR(EnsurePrivateFolder(parts.state.path()));
  SIGNET_ASSIGN_OR_RETURN(const FolderLock turn,
                          TakeTurn(parts.state.path(), parts.patience, output));
  if (parts.state.IsEnrolled()) {
    return Failure(ExitCode::kNotFoundOrConflict, absl::StatusCode::kAlreadyExists,
                   absl::StrCat("this terminal is enrolled already (", parts.state.path(),
                                "/terminal.pem); use another --state-dir for another device"));
  }
  SIGNET_ASSIGN_OR_RETURN(PendingEnrollment pending,
                          PendingEnrollment::Open(parts.state.enrollment_path()));
  EnrollmentRun run(parts, pending, output);
  SIGNET_RETURN_IF_ERROR(run.Obtain());
  return run.Complete();
}

absl::Status CheckReadable(const std::string& code_file) {
  if (access(code_file.c_str(), R_OK) == 0) return absl::OkStatus();
  return absl::NotFoundError("there is no activation code in " + code_file +
                             "; the operator writes it with `signetctl device add --code-file`");
}

absl::StatusOr<std::string> Enroll(const std::string& code_file, const Patience& patience,
                                   const Options& options, cli::Output& output) {
  SIGNET_ASSIGN_OR_RETURN(const StateDir state, OpenStateDir(options));
  SIGNET_ASSIGN_OR_RETURN(const auto agent, AgentClient::Connect(options.agent_socket));
  SIGNET_ASSIGN_OR_RETURN(const auto gateway, EnrollmentGatewayClient::Connect(options));
  std::optional<ActivationCode> code;
  if (!code_file.empty()) {
    SIGNET_ASSIGN_OR_RETURN(code, ReadActivationCodeFile(code_file));
  }
  const SystemClock clock;
  const EnrollmentParts parts{*agent,
                              *gateway,
                              state,
                              clock,
                              DefaultRetry(),
                              patience,
                              code.has_value() ? &*code : nullptr,
                              AskForActivationCode};
  return EnrollTerminal(parts, output);
}

}  // namespace signet::terminal
