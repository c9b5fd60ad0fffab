#include "operator_cli/commands/status_command.h"
#include "operator_cli/output.h"

#include <map>

#include "CLI/CLI.hpp"
#include "libs/base/status.h"
#include "operator_cli/operator_client.h"

namespace signet::operator_cli {
namespace {

using platform::v1::GetStatusRequest;
using platform::v1::GetStatusResponse;

absl::Status ShowStatus(const Options& options, cli::Output& output) {
  SIGNET_ASSIGN_OR_RETURN(const auto client, OperatorClient::Create(options));
  SIGNET_ASSIGN_OR_RETURN(const GetStatusResponse status,
                          (client->Read<GetStatusRequest, GetStatusResponse>(
                              &OperatorMethods::GetStatus, GetStatusRequest())));
  output.Result(status, {}, DescribeStatus(status));
  return absl::OkStatus();
}

}  // namespace

cli::Fields DescribeStatus(const GetStatusResponse& status) {
  cli::Fields fields = {
      {"version", Printable(status.version())},
      {"schema version", std::to_string(status.schema_version())},
      {"database time", cli::ShowTime(status.database_time_unix_ms())},
      {"accounts", std::to_string(status.accounts())},
  };
  const std::map<std::string, uint64_t> devices(status.devices_by_state().begin(),
                                                status.devices_by_state().end());
  for (const auto& [state, count] : devices) {
    fields.emplace_back("devices " + Printable(state), std::to_string(count));
  }
  fields.emplace_back("payments open", std::to_string(status.open_payments()));
  return fields;
}

void RegisterStatusCommand(CLI::App& app, Command& chosen) {
  CLI::App* command = app.add_subcommand("status", "Show the platform's version and totals");
  command->callback([&chosen] { chosen = ShowStatus; });
}

}  // namespace signet::operator_cli
