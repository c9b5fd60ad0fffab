#include "operator_cli/commands/device_add.h"

#include <optional>
#include <utility>

#include "libs/base/activation_code.h"
#include "libs/base/ids.h"
#include "libs/base/secret.h"
#include "libs/base/status.h"
#include "libs/openssl/ed25519.h"
#include "libs/openssl/random.h"
#include "libs/program/exit_code.h"
#include "libs/program/program.h"
#include "operator_cli/code_file.h"
#include "operator_cli/commands/device_commands.h"
#include "operator_cli/operator_client.h"

namespace signet::operator_cli {
namespace {

using platform::v1::AddDeviceRequest;
using platform::v1::AddDeviceResponse;

constexpr size_t kCodeSeedBytes = 16;  // 128 bits: not to be guessed, and short enough to type

absl::StatusOr<std::optional<CodeFile>> OpenCodeFile(const std::string& path) {
  if (path.empty()) return std::optional<CodeFile>();
  absl::StatusOr<CodeFile> file = CodeFile::Create(path);
  if (!file.ok()) {
    return serving::WithExitCode(file.status(), serving::ExitCode::kNotFoundOrConflict);
  }
  return std::optional<CodeFile>(*std::move(file));
}

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

}  // namespace

absl::Status AddDevice(const NewDevice& device, const Options& options, cli::Output& output) {
  const absl::Status valid = ValidateHandle(device.account);
  if (!valid.ok()) return serving::WithExitCode(valid, serving::ExitCode::kUsage);
  SIGNET_ASSIGN_OR_RETURN(std::optional<CodeFile> file, OpenCodeFile(device.code_file));
  const Secret seed = openssl::RandomSecret(kCodeSeedBytes);
  std::string text = FormatActivationCode(seed);
  const Secret code = Secret::TakeFrom(text);
  SIGNET_ASSIGN_OR_RETURN(const AddDeviceResponse response, Register(device, seed, options));

  if (file.has_value()) {
    SIGNET_RETURN_IF_ERROR(file->Write(code));
    Print(response, "", output);
    output.Note("The activation code is in " + device.code_file + ".");
    return absl::OkStatus();
  }
  Print(response, std::string(code.reveal()), output);
  output.Note("The code is shown this once and works once: hand it over in person.");
  return absl::OkStatus();
}

}  // namespace signet::operator_cli
