#include <map>

#include "CLI/CLI.hpp"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_join.h"
#include "libs/base/status.h"
#include "terminal_client/agent_client.h"
#include "terminal_client/commands/command.h"
#include "terminal_client/text.h"

namespace signet::terminal {
namespace {

cli::Fields Record(const device::v1::DescribeModuleResponse& module) {
  const std::string next =
      module.next_counter() == 0
          ? (module.logged_in() ? "-" : "not known before the module is logged in")
          : absl::StrFormat("%08x", module.next_counter());
  return {
      {"manufacturer", Printable(module.manufacturer())},
      {"model", Printable(module.model())},
      {"serial", Printable(module.serial())},
      {"firmware", Printable(module.firmware())},
      {"label", Printable(module.label())},
      {"library", Printable(module.library())},
      {"device", module.enrolled() ? module.device_id() : "not enrolled"},
      {"next counter", next},
      {"PIN tries left", absl::StrCat(module.pin_tries_left())},
      {"PIN",
       module.pin_notes().empty() ? "-" : Printable(absl::StrJoin(module.pin_notes(), ", "))},
      {"logged in", module.logged_in() ? "yes" : "no"},
      {"mechanisms", Printable(absl::StrJoin(module.mechanisms(), ", "))},
  };
}

// Keys that differ only in their ID (the registers) share a row.
std::vector<cli::Row> KeyRows(const device::v1::DescribeModuleResponse& module) {
  std::vector<cli::Row> rows;
  std::map<cli::Row, size_t> count;
  for (const device::v1::ModuleKey& key : module.keys()) {
    const cli::Row row = {Printable(key.label()),
                          Printable(absl::StrCat(key.object_class(), " ", key.key_type())),
                          Printable(absl::StrJoin(key.usages(), ", ")),
                          Printable(absl::StrJoin(key.attributes(), ", "))};
    if (++count[row] == 1) rows.push_back(row);
  }
  for (auto& row : rows) {
    const size_t same = count[row];
    if (same > 1) row.front() += absl::StrCat(" (", same, ")");
  }
  return rows;
}

absl::Status DescribeModule(const Options& options, cli::Output& output) {
  SIGNET_ASSIGN_OR_RETURN(const auto agent, AgentClient::Connect(options.agent_socket));
  SIGNET_ASSIGN_OR_RETURN(const auto module, agent->DescribeModule());
  output.Result(module, {}, Record(module));
  if (const std::vector<cli::Row> rows = KeyRows(module); !rows.empty()) {
    output.Line("");
    output.Table({"KEY", "KIND", "MAY", "IS"}, rows);
  }
  return absl::OkStatus();
}

}  // namespace

void RegisterModule(CLI::App& app, Command& chosen) {
  app.add_subcommand("module", "Show the hardware module and its keys")->callback([&chosen] {
    chosen = DescribeModule;
  });
}

}  // namespace signet::terminal
