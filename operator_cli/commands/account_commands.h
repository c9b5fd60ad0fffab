// signetctl account create|show|block|unblock
#pragma once

#include "absl/status/statusor.h"
#include "operator_cli/commands/command.h"
#include "signet/platform/v1/operator.pb.h"

namespace CLI {
class App;
}

namespace signet::operator_cli {

// Adds the commands; the one that the command line names is put into chosen.
void RegisterAccountCommands(CLI::App& app, Command& chosen);

struct NewAccount {
  std::string handle;
  std::string currency_code;
  std::string name;
  std::string kind;  // "customer" or "merchant"
  std::string deposit = "0";
  std::string limit;
};
// INVALID_ARGUMENT names the cause and the remedy.
absl::StatusOr<platform::v1::CreateAccountRequest> BuildCreateAccount(const NewAccount& account);

// The account as a record of text.
cli::Fields DescribeAccount(const platform::v1::Account& account);

}  // namespace signet::operator_cli
