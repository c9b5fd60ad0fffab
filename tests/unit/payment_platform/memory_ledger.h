// The ledger's tables in memory: loads for a batch only what the rules ask for, as the database
// does, and applies what they decide.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "services/payment_platform/domain/decide.h"
#include "services/payment_platform/domain/working_set.h"

namespace signet::payment_platform {

class MemoryLedger {
 public:
  int64_t AddAccount(const std::string& handle, const std::string& name,
                     const std::string& currency_code, int64_t posted_minor);
  void AddDevice(uint32_t id, int64_t account_id);

  std::vector<Outcome> Execute(const std::vector<Command>& commands);
  Outcome Execute(const Command& command) { return Execute(std::vector<Command>{command}).front(); }

  Account& account(const std::string& handle) { return accounts.at(Find(handle)); }
  Payment& payment(PaymentId id) { return payments.at(id); }
  // Zero, always.
  int64_t SumOfEntries() const;
  int64_t SumOfPosted() const;
  // What authorized payments hold of an account.
  int64_t OpenReservations(int64_t account_id) const;

  Rules rules;
  int64_t now_ms = 1'700'000'000'000;
  std::map<int64_t, Account> accounts;
  std::map<uint32_t, Device> devices;
  std::map<PaymentId, Payment> payments;
  std::vector<Entry> entries;
  std::vector<AuditRecord> audit;
  std::vector<platform::v1::JournalEvent> events;

 private:
  int64_t Find(const std::string& handle) const;  // 0: none
  WorkingSet Load(const std::vector<Command>& commands);
  void LoadAccounts(const std::vector<Command>& commands, WorkingSet& ledger);
  void Apply(const WorkingSet& ledger);

  std::set<int64_t> locked_;  // accounts of the batch
};

}  // namespace signet::payment_platform
