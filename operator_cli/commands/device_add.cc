#include "operator_cli/commands/device_add.h"

#include <utility>

#include "libs/base/activation_code.h"
#include "libs/base/ids.h"
#include "libs/base/secret.h"
#include "libs/base/status.h"
#include "libs/openssl/ed25519.h"
#include "libs/openssl/random.h"
#include "libs/program/exit_code.h"
#include "libs/program/program.h"
#include "libs/program/standard_streams.h"
#include "operator_cli/code_file.h"
#include "operator_cli/commands/device_commands.h"
#include "operator_cli/operator_client.h"

namespace signet::operator_cli {
namespace {

using platform::v1::AddDeviceRequest;
using platform::v1::AddDeviceResponse;
using platform::v1::SetDeviceStateRequest;
using platform::v1::SetDeviceStateResponse;

constexpr size_t kCodeSeedBytes = 16;  // 128 bits: not to be guessed, and short enough to type

absl::StatusOr<AddDeviceResponse> Register(const NewDevice& device, const Secret& seed,
                                           const Options& options) {
  SIGNET_ASSIGN_OR_RETURN(const std::string public_key, openssl::ActivationPublicKey(seed));
  AddDeviceRequest request;
  request.set_account(device.account);
  request.set_name(device.name);
  request.set_activation_public_key(public_key);
  request.set_activation_ttl_seconds(device.ttl_s);
  SIGNET_ASSIGN_OR_RETURN(const auto client, OperatorClient::Create(options));
  return client->Change<AddDeviceRequest, AddDeviceResponse>(
      &OperatorMethods::AddDevice, request, "signetctl device list " + device.account);
}

void Print(const AddDeviceResponse& response, const std::string& code, cli::Output& output) {
  cli::Fields fields = DescribeDevice(response.device());
  if (!code.empty()) fields.emplace_back("activation code", code);
  fields.emplace_back("valid until", cli::ShowTime(response.activation_expires_at_unix_ms()));
  output.Result(response, code.empty() ? cli::Fields{} : cli::Fields{{"activationCode", code}},
                fields);
}

// The code was shown to nobody and is kept nowhere. A device that nobody can enroll is shut out.
absl::Status RevokeUnshown(const std::string& device_id, const Options& options) {
  SetDeviceStateRequest request;
  request.set_device_id(device_id);
  request.set_state(platform::v1::DEVICE_STATE_REVOKED);
  SIGNET_ASSIGN_OR_RETURN(const auto client, OperatorClient::Create(options));
  const auto revoked = client->Change<SetDeviceStateRequest, SetDeviceStateResponse>(
      &OperatorMethods::SetDeviceState, request, "signetctl device list");
  const std::string begun = "stdout did not take the activation code of device " + device_id;
  if (revoked.ok()) {
    return absl::DataLossError(begun +
                               ", which is shown only once, so the device was revoked again; "
                               "mend stdout, or give --code-file, then add it anew");
  }
  return serving::WithExitCode(
      absl::DataLossError(begun + ", and it could not be revoked again (" +
                          std::string(revoked.status().message()) +
                          "): run `signetctl device revoke " + device_id + "`, then add it anew"),
      serving::ExitCode::kOutputLost);
}

absl::Status AddWithShownCode(const NewDevice& device, const Secret& seed, const Secret& code,
                              const Options& options, cli::Output& output) {
  if (const absl::Status takes = serving::CheckStdout(); !takes.ok()) {
    return serving::WithExitCode(
        Annotate(takes, "nothing was registered, for the code is shown only once"),
        serving::ExitCode::kUsage);
  }
  SIGNET_ASSIGN_OR_RETURN(const AddDeviceResponse response, Register(device, seed, options));
  Print(response, std::string(code.reveal()), output);
  if (!serving::FlushStdout("").ok()) {
    return RevokeUnshown(response.device().device_id(), options);
  }
  output.Note("The code is shown this once and works once: hand it over in person.");
  return absl::OkStatus();
}

absl::Status AddWithCodeFile(const NewDevice& device, const Secret& seed, const Secret& code,
                             const Options& options, cli::Output& output) {
  absl::StatusOr<CodeFile> file = CodeFile::Create(device.code_file);
  if (!file.ok()) {
    return serving::WithExitCode(file.status(), serving::ExitCode::kNotFoundOrConflict);
  }
  SIGNET_RETURN_IF_ERROR(file->Write(code));
  const auto response = Register(device, seed, options);
  const std::string where = "The activation code is in " + device.code_file + ".";
  if (serving::ExitCodeOf(response.status()) == serving::ExitCode::kOutcomeUnknown) {
    file->Keep();
    output.Note("If the device is registered: " + where);
  }
  if (!response.ok()) return response.status();
  file->Keep();
  output.Done("device " + response->device().device_id() +
              " is registered; its activation code is in " + device.code_file);
  Print(*response, "", output);
  output.Note(where);
  return absl::OkStatus();
}

}  // namespace

absl::Status AddDevice(const NewDevice& device, const Options& options, cli::Output& output) {
  const absl::Status valid = ValidateHandle(device.account);
  if (!valid.ok()) return serving::WithExitCode(valid, serving::ExitCode::kUsage);
  const Secret seed = openssl::RandomSecret(kCodeSeedBytes);
  std::string text = FormatActivationCode(seed);
  const Secret code = Secret::TakeFrom(text);
  return device.code_file.empty() ? AddWithShownCode(device, seed, code, options, output)
                                  : AddWithCodeFile(device, seed, code, options, output);
}

}  // namespace signet::operator_cli
