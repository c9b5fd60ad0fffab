// A new account and its opening deposit.
#include <utility>

#include "libs/base/money.h"
#include "services/payment_platform/domain/decide.h"
#include "services/payment_platform/domain/text.h"

namespace signet::payment_platform {

absl::Status Validate(const OpenAccount& command) {
  if (absl::Status handle = ValidateHandle(command.handle); !handle.ok()) return handle;
  if (IsSystemHandle(command.handle)) {
    return absl::InvalidArgumentError("handles that begin with \"system-\" are the platform's own");
  }
  if (!IsName(command.name)) {
    return absl::InvalidArgumentError(
        "an account's name has 1 to 100 bytes and no control characters");
  }
  if (command.kind != AccountKind::kCustomer && command.kind != AccountKind::kMerchant) {
    return absl::InvalidArgumentError("an account's kind is customer or merchant");
  }
  if (absl::StatusOr<int> digits = MinorUnitDigits(command.currency_code); !digits.ok()) {
    return digits.status();
  }
  if (command.deposit_minor < 0) {
    return absl::InvalidArgumentError("the opening deposit is negative");
  }
  if (command.payment_limit_minor <= 0) {
    return absl::InvalidArgumentError(
        "an account needs a payment limit above zero, in its own currency: give the most that one "
        "payment may move (`signetctl account create … --limit AMOUNT`)");
  }
  return absl::OkStatus();
}

namespace {

Account NewAccount(const OpenAccount& command) {
  Account account;
  account.handle = command.handle;
  account.name = command.name;
  account.kind = command.kind;
  account.currency_code = command.currency_code;
  account.floor_minor = 0;
  account.payment_limit_minor = command.payment_limit_minor;
  return account;
}

absl::Status OpenAndDeposit(const OpenAccount& command, const Decision& decision) {
  const Account* system = decision.ledger.FindAccount(SystemAccountHandle(command.currency_code));
  const int64_t system_id = command.deposit_minor > 0 && system != nullptr ? system->id : 0;
  if (command.deposit_minor > 0 && system == nullptr) {
    return absl::InternalError("the currency's system account is not loaded");
  }
  // Before anything is changed: all the money that ever entered stays countable in an int64.
  if (command.deposit_minor > 0 && !CheckedAdd(system->posted_minor, -command.deposit_minor).ok()) {
    return absl::OutOfRangeError("the currency's system account cannot cover such a deposit");
  }
  const int64_t id = decision.ledger.Open(NewAccount(command));
  if (id == 0) return absl::InternalError("no account number was reserved");
  if (command.deposit_minor > 0 &&
      !decision.ledger.Post(system_id, id, command.deposit_minor, std::nullopt)) {
    return absl::InternalError("the deposit overflows a new account");
  }
  auto& event = *decision.ledger.AddEvent(decision.now_ms).mutable_account_opened();
  event.set_account_id(id);
  event.set_currency_code(command.currency_code);
  event.set_deposit_minor(command.deposit_minor);
  event.set_system_account_id(system_id);
  decision.ledger.AddAudit({command.operator_name, "account.create", command.handle});
  return absl::OkStatus();
}

}  // namespace

Outcome Open(const OpenAccount& command, const Decision& decision) {
  Outcome outcome;
  outcome.status = Validate(command);
  if (!outcome.status.ok()) return outcome;
  if (decision.ledger.FindAccount(command.handle) != nullptr) {
    outcome.status = absl::AlreadyExistsError("the account \"" + command.handle +
                                              "\" exists; choose another handle");
    return outcome;
  }
  outcome.status = OpenAndDeposit(command, decision);
  return outcome;
}

}  // namespace signet::payment_platform
