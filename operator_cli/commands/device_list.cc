#include "operator_cli/commands/device_list.h"
#include "operator_cli/output.h"

#include <vector>

#include "libs/base/status.h"
#include "operator_cli/commands/device_commands.h"
#include "operator_cli/operator_client.h"

namespace signet::operator_cli {
namespace {

using platform::v1::Device;
using platform::v1::ListDevicesRequest;
using platform::v1::ListDevicesResponse;

constexpr uint32_t kPageSize = 200;

void PrintPage(const ListDevicesResponse& page, bool first, cli::Output& output) {
  std::vector<cli::Row> rows;
  for (const Device& device : page.devices()) {
    output.Json(device);
    rows.push_back({Printable(device.device_id()), Printable(device.account()),
                    DeviceStateName(device.state()), std::to_string(device.highest_counter()),
                    cli::ShowTime(device.enrolled_at_unix_ms()), Printable(device.name())});
  }
  output.Table({"DEVICE", "ACCOUNT", "STATE", "COUNTER", "ENROLLED", "NAME"}, rows, first);
}

}  // namespace

absl::Status ListDevices(const std::string& account, const Options& options, cli::Output& output) {
  SIGNET_ASSIGN_OR_RETURN(const auto client, OperatorClient::Create(options));
  ListDevicesRequest request;
  request.set_account(account);
  request.set_page_size(kPageSize);
  bool first = true;
  size_t total = 0;
  do {
    SIGNET_ASSIGN_OR_RETURN(const ListDevicesResponse page,
                            (client->Read<ListDevicesRequest, ListDevicesResponse>(
                                &OperatorMethods::ListDevices, request)));
    if (page.devices_size() > 0) PrintPage(page, first, output);
    first = false;
    total += static_cast<size_t>(page.devices_size());
    request.set_page_token(page.next_page_token());
  } while (!request.page_token().empty());
  if (total == 0) output.Note("No devices yet: `signetctl device add ACCOUNT --name NAME`.");
  return absl::OkStatus();
}

}  // namespace signet::operator_cli
