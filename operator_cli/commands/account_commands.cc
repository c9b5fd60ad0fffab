#include "operator_cli/commands/account_commands.h"
#include "operator_cli/output.h"

#include <functional>
#include <memory>
#include <utility>

#include "CLI/CLI.hpp"
#include "libs/base/ids.h"
#include "libs/base/money.h"
#include "libs/base/status.h"
#include "libs/program/exit_code.h"
#include "libs/program/program.h"
#include "operator_cli/operator_client.h"

namespace signet::operator_cli {
namespace {

using platform::v1::Account;
using platform::v1::CreateAccountRequest;
using platform::v1::CreateAccountResponse;
using platform::v1::GetAccountRequest;
using platform::v1::GetAccountResponse;
using platform::v1::SetAccountStateRequest;
using platform::v1::SetAccountStateResponse;

std::string Text(const payments::v1::Money& money) {
  return FormatMoney(Money{Printable(money.currency_code()), money.amount_minor()});
}

std::string Kind(platform::v1::AccountKind kind) {
  switch (kind) {
    case platform::v1::ACCOUNT_KIND_CUSTOMER:
      return "customer";
    case platform::v1::ACCOUNT_KIND_MERCHANT:
      return "merchant";
    case platform::v1::ACCOUNT_KIND_SYSTEM:
      return "system";
    default:
      return "unknown";
  }
}

void Print(const Account& account, cli::Output& output) {
  output.Result(account, {}, DescribeAccount(account));
}

absl::Status Create(const NewAccount& account, const Options& options, cli::Output& output) {
  const absl::StatusOr<CreateAccountRequest> request = BuildCreateAccount(account);
  if (!request.ok()) {
    return serving::WithExitCode(request.status(), serving::ExitCode::kUsage);
  }
  SIGNET_ASSIGN_OR_RETURN(const auto client, OperatorClient::Create(options));
  SIGNET_ASSIGN_OR_RETURN(
      const CreateAccountResponse response,
      (client->Change<CreateAccountRequest, CreateAccountResponse>(
          &OperatorMethods::CreateAccount, *request, "signetctl account show " + account.handle)));
  output.Done("account " + account.handle + " is open");
  Print(response.account(), output);
  return absl::OkStatus();
}

absl::Status Show(const std::string& handle, const Options& options, cli::Output& output) {
  const absl::Status valid = ValidateHandle(handle);
  if (!valid.ok()) return serving::WithExitCode(valid, serving::ExitCode::kUsage);
  SIGNET_ASSIGN_OR_RETURN(const auto client, OperatorClient::Create(options));
  GetAccountRequest request;
  request.set_handle(handle);
  SIGNET_ASSIGN_OR_RETURN(
      const GetAccountResponse response,
      (client->Read<GetAccountRequest, GetAccountResponse>(&OperatorMethods::GetAccount, request)));
  Print(response.account(), output);
  return absl::OkStatus();
}

absl::Status SetState(const std::string& handle, platform::v1::AccountState state,
                      const Options& options, cli::Output& output) {
  const absl::Status valid = ValidateHandle(handle);
  if (!valid.ok()) return serving::WithExitCode(valid, serving::ExitCode::kUsage);
  SIGNET_ASSIGN_OR_RETURN(const auto client, OperatorClient::Create(options));
  SetAccountStateRequest request;
  request.set_handle(handle);
  request.set_state(state);
  SIGNET_ASSIGN_OR_RETURN(
      const SetAccountStateResponse response,
      (client->Change<SetAccountStateRequest, SetAccountStateResponse>(
          &OperatorMethods::SetAccountState, request, "signetctl account show " + handle)));
  output.Done("account " + handle +
              (state == platform::v1::ACCOUNT_STATE_BLOCKED ? " is blocked" : " is active"));
  Print(response.account(), output);
  return absl::OkStatus();
}

// A command whose one argument is the account's handle.
void RegisterOfHandle(
    CLI::App& group, Command& chosen, const std::string& verb, const std::string& description,
    const std::function<absl::Status(const std::string&, const Options&, cli::Output&)>& act) {
  CLI::App* command = group.add_subcommand(verb, description);
  auto handle = std::make_shared<std::string>();
  command->add_option("HANDLE", *handle, "The account")->required();
  command->callback([handle, act, &chosen] {
    chosen = [handle, act](const Options& options, cli::Output& output) {
      return act(*handle, options, output);
    };
  });
}

void RegisterSetState(CLI::App& group, Command& chosen, const std::string& verb,
                      const std::string& description, platform::v1::AccountState state) {
  RegisterOfHandle(group, chosen, verb, description,
                   [state](const std::string& handle, const Options& options, cli::Output& output) {
                     return SetState(handle, state, options, output);
                   });
}

void RegisterCreate(CLI::App& group, Command& chosen) {
  CLI::App* command = group.add_subcommand("create", "Open an account");
  auto account = std::make_shared<NewAccount>();
  command->add_option("HANDLE", account->handle, "2 to 32 of a-z, 0-9 and inner hyphens")
      ->required();
  command->add_option("CURRENCY", account->currency_code, "ISO 4217, such as EUR")->required();
  command->add_option("--name", account->name, "The owner, as payers see it")->required();
  command->add_option("--kind", account->kind, "customer or merchant")
      ->required()
      ->check(CLI::IsMember({"customer", "merchant"}));
  command->add_option("--deposit", account->deposit, "Opening deposit, such as 100.00")
      ->capture_default_str();
  command
      ->add_option("--limit", account->limit, "The most that one payment may move, such as 500.00")
      ->required();
  command->callback([account, &chosen] {
    chosen = [account](const Options& options, cli::Output& output) {
      return Create(*account, options, output);
    };
  });
}

}  // namespace

absl::StatusOr<CreateAccountRequest> BuildCreateAccount(const NewAccount& account) {
  SIGNET_RETURN_IF_ERROR(ValidateHandle(account.handle));
  CreateAccountRequest request;
  request.set_handle(account.handle);
  request.set_name(account.name);
  request.set_kind(account.kind == "merchant" ? platform::v1::ACCOUNT_KIND_MERCHANT
                                              : platform::v1::ACCOUNT_KIND_CUSTOMER);
  request.set_currency_code(account.currency_code);
  const absl::StatusOr<Money> deposit = ParseMoney(account.deposit, account.currency_code);
  if (!deposit.ok()) return Annotate(deposit.status(), "--deposit");
  request.set_opening_deposit_minor(deposit->amount_minor);
  const absl::StatusOr<Money> limit = ParseMoney(account.limit, account.currency_code);
  if (!limit.ok()) return Annotate(limit.status(), "--limit");
  if (limit->amount_minor == 0) {
    return absl::InvalidArgumentError(
        "--limit is 0, so nothing could be paid; give an amount above zero");
  }
  request.set_payment_limit_minor(limit->amount_minor);
  return request;
}

cli::Fields DescribeAccount(const Account& account) {
  return {
      {"account", Printable(account.handle())},
      {"name", Printable(account.name())},
      {"kind", Kind(account.kind())},
      {"state", account.state() == platform::v1::ACCOUNT_STATE_BLOCKED ? "blocked" : "active"},
      {"posted", Text(account.posted())},
      {"reserved", Text(account.reserved())},
      {"available", Text(account.available())},
      {"payment limit", Text(account.payment_limit())},
      {"opened", cli::ShowTime(account.created_at_unix_ms())},
  };
}

void RegisterAccountCommands(CLI::App& app, Command& chosen) {
  CLI::App* group = app.add_subcommand("account", "Accounts");
  group->require_subcommand(0, 1);
  RegisterCreate(*group, chosen);
  RegisterOfHandle(*group, chosen, "show", "Show an account and its balances", Show);
  RegisterSetState(*group, chosen, "block", "Decline payments from it and to it until unblocked",
                   platform::v1::ACCOUNT_STATE_BLOCKED);
  RegisterSetState(*group, chosen, "unblock", "Let a blocked account pay and be paid again",
                   platform::v1::ACCOUNT_STATE_ACTIVE);
}

}  // namespace signet::operator_cli
