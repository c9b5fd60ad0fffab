#include "operator_cli/commands/device_commands.h"
#include "operator_cli/output.h"

#include <memory>
#include <utility>
#include <vector>

#include "CLI/CLI.hpp"
#include "absl/strings/numbers.h"
#include "libs/program/exit_code.h"
#include "libs/program/program.h"
#include "operator_cli/commands/device_add.h"
#include "operator_cli/commands/device_list.h"
#include "operator_cli/commands/device_state.h"

namespace signet::operator_cli {
namespace {

using platform::v1::DeviceState;

void RegisterAdd(CLI::App& group, Command& chosen) {
  CLI::App* command = group.add_subcommand("add", "Register a device and make its activation code");
  auto device = std::make_shared<NewDevice>();
  auto ttl = std::make_shared<std::string>("24h");
  command->add_option("ACCOUNT", device->account, "The account it will pay from")->required();
  command->add_option("--name", device->name, "What its owner calls it")->required();
  command->add_option("--ttl", *ttl, "How long the code is valid: 30m, 24h, 7d")
      ->capture_default_str();
  command->add_option("--code-file", device->code_file,
                      "Write the code to this new file (mode 0600) instead of stdout");
  command->callback([device, ttl, &chosen] {
    chosen = [device, ttl](const Options& options, cli::Output& output) -> absl::Status {
      const absl::StatusOr<int64_t> seconds = ParseTtl(*ttl);
      if (!seconds.ok()) {
        return serving::WithExitCode(seconds.status(), serving::ExitCode::kUsage);
      }
      device->ttl_s = *seconds;
      return AddDevice(*device, options, output);
    };
  });
}

void RegisterList(CLI::App& group, Command& chosen) {
  CLI::App* command = group.add_subcommand("list", "List devices");
  auto account = std::make_shared<std::string>();
  command->add_option("ACCOUNT", *account, "Of this account only");
  command->callback([account, &chosen] {
    chosen = [account](const Options& options, cli::Output& output) {
      return ListDevices(*account, options, output);
    };
  });
}

void RegisterStateChange(CLI::App& group, Command& chosen, const std::string& verb,
                         const std::string& description, DeviceState state) {
  CLI::App* command = group.add_subcommand(verb, description);
  auto change = std::make_shared<StateChange>();
  change->state = state;
  command->add_option("DEVICE", change->device_id, "The device, 8 hex digits")->required();
  if (state == platform::v1::DEVICE_STATE_REVOKED) {
    // Said on the command line, never by an environment or a file.
    command->add_flag("--yes", change->confirmed, "Do not ask")->configurable(false);
  } else {
    change->confirmed = true;
  }
  command->callback([change, &chosen] {
    chosen = [change](const Options& options, cli::Output& output) {
      return ChangeDeviceState(*change, options, output);
    };
  });
}

}  // namespace

absl::StatusOr<int64_t> ParseTtl(const std::string& text) {
  constexpr int64_t kMinute = 60;
  constexpr int64_t kHour = 60 * kMinute;
  constexpr int64_t kDay = 24 * kHour;
  const char* const remedy = "; give 1 minute to 7 days, such as 30m, 24h or 7d";
  int64_t unit = 0;
  if (!text.empty()) {
    switch (text.back()) {
      case 's':
        unit = 1;
        break;
      case 'm':
        unit = kMinute;
        break;
      case 'h':
        unit = kHour;
        break;
      case 'd':
        unit = kDay;
        break;
      default:
        break;
    }
  }
  int64_t count = 0;
  if (unit == 0 || !absl::SimpleAtoi(text.substr(0, text.size() - 1), &count)) {
    return absl::InvalidArgumentError("--ttl \"" + text + "\" is not a duration" + remedy);
  }
  if (count < 0 || count > 7 * kDay || count * unit < kMinute || count * unit > 7 * kDay) {
    return absl::InvalidArgumentError("--ttl " + text + " is out of range" + remedy);
  }
  return count * unit;
}

std::string DeviceStateName(DeviceState state) {
  switch (state) {
    case platform::v1::DEVICE_STATE_PENDING:
      return "pending";
    case platform::v1::DEVICE_STATE_ACTIVE:
      return "active";
    case platform::v1::DEVICE_STATE_SUSPENDED:
      return "suspended";
    case platform::v1::DEVICE_STATE_REVOKED:
      return "revoked";
    default:
      return "unknown";
  }
}

cli::Fields DescribeDevice(const platform::v1::Device& device) {
  return {
      {"device", Printable(device.device_id())},
      {"account", Printable(device.account())},
      {"name", Printable(device.name())},
      {"state", DeviceStateName(device.state())},
      {"counter", std::to_string(device.highest_counter())},
      {"added", cli::ShowTime(device.created_at_unix_ms())},
      {"enrolled", cli::ShowTime(device.enrolled_at_unix_ms())},
  };
}

void RegisterDeviceCommands(CLI::App& app, Command& chosen) {
  CLI::App* group = app.add_subcommand("device", "Devices and their enrollment");
  group->require_subcommand(0, 1);
  RegisterAdd(*group, chosen);
  RegisterList(*group, chosen);
  RegisterStateChange(*group, chosen, "suspend", "Decline its payments until it is resumed",
                      platform::v1::DEVICE_STATE_SUSPENDED);
  RegisterStateChange(*group, chosen, "resume", "Let a suspended device pay again",
                      platform::v1::DEVICE_STATE_ACTIVE);
  RegisterStateChange(*group, chosen, "revoke", "Shut a device out for ever",
                      platform::v1::DEVICE_STATE_REVOKED);
}

}  // namespace signet::operator_cli
