#include "tests/unit/payment_platform/memory_ledger.h"

#include <gtest/gtest.h>

#include "services/payment_platform/domain/needs.h"

namespace signet::payment_platform {

int64_t MemoryLedger::AddAccount(const std::string& handle, const std::string& name,
                                 const std::string& currency_code, int64_t posted_minor) {
  Account account;
  account.id = static_cast<int64_t>(accounts.size()) + 1;
  account.handle = handle;
  account.name = name;
  account.currency_code = currency_code;
  account.posted_minor = posted_minor;
  account.floor_minor = 0;
  account.payment_limit_minor = 50'000;
  accounts[account.id] = account;
  return account.id;
}

void MemoryLedger::AddDevice(uint32_t id, int64_t account_id) {
  devices[id] = Device{id, account_id, DeviceState::kActive, 0};
}

int64_t MemoryLedger::Find(const std::string& handle) const {
  for (const auto& [id, account] : accounts) {
    if (account.handle == handle) return id;
  }
  return 0;
}

WorkingSet MemoryLedger::Load(const std::vector<Command>& commands) {
  const Needs needs = NeedsOf(commands);
  for (const std::string& currency : needs.system_currencies) {
    if (Find(SystemAccountHandle(currency)) != 0) continue;
    const int64_t id = AddAccount(SystemAccountHandle(currency), "Signet", currency, 0);
    accounts.at(id).kind = AccountKind::kSystem;
    accounts.at(id).floor_minor.reset();
  }
  WorkingSet ledger;
  std::vector<int64_t> free;
  for (size_t i = 0; i < needs.new_accounts; ++i) {
    free.push_back(static_cast<int64_t>(accounts.size() + needs.new_accounts - i));
  }
  ledger.LoadFreeAccountIds(free);
  for (const uint32_t id : needs.locked_devices) {
    if (devices.contains(id)) ledger.Load(devices.at(id));
  }
  for (const PaymentId id : needs.payments) {
    if (payments.contains(id)) ledger.Load(payments.at(id));
  }
  LoadAccounts(commands, ledger);
  return ledger;
}

void MemoryLedger::LoadAccounts(const std::vector<Command>& commands, WorkingSet& ledger) {
  const AccountNeeds needs = AccountNeedsOf(commands, ledger);
  locked_ = needs.locked_ids;
  for (const std::string& handle : needs.locked_handles) {
    if (Find(handle) != 0) locked_.insert(Find(handle));
  }
  std::set<int64_t> ids = needs.read_ids;
  for (const std::string& handle : needs.read_handles) {
    if (Find(handle) != 0) ids.insert(Find(handle));
  }
  ids.insert(locked_.begin(), locked_.end());
  for (const int64_t id : ids) ledger.Load(accounts.at(id));
}

std::vector<Outcome> MemoryLedger::Execute(const std::vector<Command>& commands) {
  WorkingSet ledger = Load(commands);
  std::vector<Outcome> outcomes = Decide(commands, rules, now_ms, ledger);
  Apply(ledger);
  return outcomes;
}

void MemoryLedger::Apply(const WorkingSet& ledger) {
  const Changes& changes = ledger.changes();
  for (const uint32_t id : changes.devices) devices[id] = *ledger.FindDevice(id);
  for (const PaymentId id : changes.new_payments) {
    EXPECT_TRUE(payments.emplace(id, *ledger.FindPayment(id)).second) << "inserted twice";
  }
  for (const PaymentId id : changes.updated_payments) payments.at(id) = *ledger.FindPayment(id);
  for (const int64_t id : changes.opened_accounts) {
    Account account = *ledger.FindAccount(id);
    account.posted_minor = 0;
    EXPECT_TRUE(accounts.emplace(id, account).second);
    locked_.insert(id);
  }
  for (const auto& [id, delta] : changes.accounts) {
    EXPECT_TRUE(locked_.contains(id)) << "account " << id << " changed without its lock";
    Account& account = accounts.at(id);
    account.posted_minor += delta.posted_minor;
    account.reserved_minor += delta.reserved_minor;
    EXPECT_EQ(account.posted_minor, ledger.FindAccount(id)->posted_minor);
    EXPECT_EQ(account.reserved_minor, ledger.FindAccount(id)->reserved_minor);
  }
  entries.insert(entries.end(), changes.entries.begin(), changes.entries.end());
  audit.insert(audit.end(), changes.audit.begin(), changes.audit.end());
  events.insert(events.end(), changes.journal.events().begin(), changes.journal.events().end());
}

int64_t MemoryLedger::SumOfEntries() const {
  int64_t sum = 0;
  for (const Entry& entry : entries) sum += entry.amount_minor;
  return sum;
}

int64_t MemoryLedger::SumOfPosted() const {
  int64_t sum = 0;
  for (const auto& [id, account] : accounts) sum += account.posted_minor;
  return sum;
}

int64_t MemoryLedger::OpenReservations(int64_t account_id) const {
  int64_t sum = 0;
  for (const auto& [id, payment] : payments) {
    if (payment.payer_account_id == account_id &&
        payment.state == payments::v1::PAYMENT_STATE_AUTHORIZED) {
      sum += payment.amount_minor;
    }
  }
  return sum;
}

}  // namespace signet::payment_platform
