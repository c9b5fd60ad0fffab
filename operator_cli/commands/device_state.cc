#include "operator_cli/commands/device_state.h"

#include <iostream>

#include "libs/base/ids.h"
#include "libs/base/status.h"
#include "libs/program/exit_code.h"
#include "libs/program/program.h"
#include "operator_cli/commands/confirmation.h"
#include "operator_cli/commands/device_commands.h"
#include "operator_cli/operator_client.h"

namespace signet::operator_cli {

using platform::v1::SetDeviceStateRequest;
using platform::v1::SetDeviceStateResponse;

absl::Status ChangeDeviceState(const StateChange& change, const Options& options,
                               cli::Output& output) {
  const absl::StatusOr<uint32_t> id = ParseDeviceId(change.device_id);
  if (!id.ok()) return serving::WithExitCode(id.status(), serving::ExitCode::kUsage);
  const std::string device_id = FormatDeviceId(*id);
  if (!change.confirmed) {
    SIGNET_RETURN_IF_ERROR(Confirm("Revoking device " + device_id + " cannot be undone.", device_id,
                                   HasTerminal(), std::cin, std::cerr));
  }
  SetDeviceStateRequest request;
  request.set_device_id(device_id);
  request.set_state(change.state);
  SIGNET_ASSIGN_OR_RETURN(const auto client, OperatorClient::Create(options));
  SIGNET_ASSIGN_OR_RETURN(const SetDeviceStateResponse response,
                          (client->Change<SetDeviceStateRequest, SetDeviceStateResponse>(
                              &OperatorMethods::SetDeviceState, request, "signetctl device list")));
  output.Done("device " + device_id + " is " + DeviceStateName(response.device().state()));
  output.Result(response.device(), {}, DescribeDevice(response.device()));
  return absl::OkStatus();
}

}  // namespace signet::operator_cli
