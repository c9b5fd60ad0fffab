#include "services/payment_platform/store/ledger_loader.h"

#include <string>
#include <utility>

#include "services/payment_platform/domain/needs.h"
#include "services/payment_platform/store/array.h"
#include "services/payment_platform/store/ledger_sql.h"

namespace signet::payment_platform {

namespace {

std::string Bytes(const pqxx::field& field) {
  return field.is_null() ? std::string() : pqxx::binarystring(field).str();
}

template <typename Integers>
std::string IntegerArray(const Integers& integers) {
  ArrayLiteral array;
  for (const auto value : integers) array.AddInteger(static_cast<int64_t>(value));
  return array.text();
}

std::string TextArray(const std::set<std::string>& texts) {
  ArrayLiteral array;
  for (const std::string& text : texts) array.AddText(text);
  return array.text();
}

Device DeviceFrom(const pqxx::row& row) {
  Device device;
  device.id = static_cast<uint32_t>(row["device_id"].as<int64_t>());
  device.account_id = row["account_id"].as<int64_t>();
  device.state = static_cast<DeviceState>(row["state"].as<int>());
  device.highest_counter = static_cast<uint32_t>(row["highest_counter"].as<int64_t>());
  return device;
}

Account AccountFrom(const pqxx::row& row) {
  Account account;
  account.id = row["account_id"].as<int64_t>();
  account.handle = row["handle"].as<std::string>();
  account.name = row["name"].as<std::string>();
  account.kind = static_cast<AccountKind>(row["kind"].as<int>());
  account.state = static_cast<AccountState>(row["state"].as<int>());
  account.currency_code = row["currency_code"].as<std::string>();
  account.posted_minor = row["posted_minor"].as<int64_t>();
  account.reserved_minor = row["reserved_minor"].as<int64_t>();
  if (!row["floor_minor"].is_null()) account.floor_minor = row["floor_minor"].as<int64_t>();
  account.payment_limit_minor = row["payment_limit_minor"].as<int64_t>();
  return account;
}

Answer AnswerFrom(const pqxx::field& type, const pqxx::field& body) {
  return {static_cast<sealing::v1::MessageType>(type.as<int>()), Bytes(body)};
}

Payment PaymentFrom(const pqxx::row& row) {
  Payment payment;
  payment.id = {static_cast<uint32_t>(row["device_id"].as<int64_t>()),
                static_cast<uint32_t>(row["counter"].as<int64_t>())};
  payment.state = static_cast<payments::v1::PaymentState>(row["state"].as<int>());
  payment.decline_reason =
      static_cast<payments::v1::DeclineReason>(row["decline_reason"].as<int>());
  payment.payer_account_id = row["payer_account_id"].as<int64_t>();
  payment.payee_account_id = row["payee_account_id"].as<int64_t>(0);
  payment.currency_code = row["currency_code"].as<std::string>();
  payment.amount_minor = row["amount_minor"].as<int64_t>();
  payment.payee_handle = row["payee_handle"].as<std::string>();
  payment.payee_name = row["payee_name"].as<std::string>();
  payment.reference = row["reference"].as<std::string>();
  payment.instruction.hash = Bytes(row["instruction_hash"]);
  payment.answer = AnswerFrom(row["answer_type"], row["answer_body"]);
  payment.confirmation.hash = Bytes(row["confirmation_hash"]);
  payment.outcome = AnswerFrom(row["outcome_type"], row["outcome_body"]);
  payment.created_at_unix_ms = row["created_at_unix_ms"].as<int64_t>();
  payment.expires_at_unix_ms = row["expires_at_unix_ms"].as<int64_t>();
  payment.completed_at_unix_ms = row["completed_at_unix_ms"].as<int64_t>();
  return payment;
}

void PrepareAccounts(pqxx::transaction_base& transaction, const Needs& needs, int64_t now_ms,
                     WorkingSet& ledger) {
  if (!needs.system_currencies.empty()) {
    ArrayLiteral handles;
    ArrayLiteral currencies;
    for (const std::string& currency : needs.system_currencies) {
      handles.AddText(SystemAccountHandle(currency));
      currencies.AddText(currency);
    }
    Execute(transaction, ledger_sql::kMakeSystemAccounts, handles.text(), currencies.text(),
            now_ms);
  }
  if (needs.new_accounts == 0) return;
  std::vector<int64_t> ids;
  for (const pqxx::row& row : Execute(transaction, ledger_sql::kTakeAccountIds,
                                      static_cast<int64_t>(needs.new_accounts))) {
    ids.push_back(row[0].as<int64_t>());
  }
  ledger.LoadFreeAccountIds(std::move(ids));
}

void LoadDevicesAndPayments(pqxx::transaction_base& transaction, const Needs& needs,
                            WorkingSet& ledger) {
  if (!needs.locked_devices.empty()) {
    for (const pqxx::row& row :
         Execute(transaction, ledger_sql::kLockDevices, IntegerArray(needs.locked_devices))) {
      ledger.Load(DeviceFrom(row));
    }
  }
  if (needs.payments.empty()) return;
  ArrayLiteral devices;
  ArrayLiteral counters;
  for (const PaymentId id : needs.payments) {
    devices.AddInteger(static_cast<int64_t>(id.device_id));
    counters.AddInteger(static_cast<int64_t>(id.counter));
  }
  for (const pqxx::row& row :
       Execute(transaction, ledger_sql::kReadPayments, devices.text(), counters.text())) {
    ledger.Load(PaymentFrom(row));
  }
}

void LoadAccounts(pqxx::transaction_base& transaction, const AccountNeeds& needs,
                  WorkingSet& ledger) {
  const auto load = [&](const Statement& statement, const std::set<int64_t>& ids,
                        const std::set<std::string>& handles) {
    if (ids.empty() && handles.empty()) return;
    for (const pqxx::row& row :
         Execute(transaction, statement, IntegerArray(ids), TextArray(handles))) {
      ledger.Load(AccountFrom(row));
    }
  };
  load(ledger_sql::kReadAccounts, needs.read_ids, needs.read_handles);
  load(ledger_sql::kLockAccounts, needs.locked_ids,
       needs.locked_handles);  // replaces what was read
}

}  // namespace

WorkingSet LoadBatch(pqxx::transaction_base& transaction, const std::vector<Command>& commands,
                     int64_t now_ms) {
  WorkingSet ledger;
  const Needs needs = NeedsOf(commands);
  PrepareAccounts(transaction, needs, now_ms, ledger);
  LoadDevicesAndPayments(transaction, needs, ledger);
  LoadAccounts(transaction, AccountNeedsOf(commands, ledger), ledger);
  return ledger;
}

}  // namespace signet::payment_platform
