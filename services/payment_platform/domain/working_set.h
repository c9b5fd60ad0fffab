// What one batch works on, in memory: the devices, accounts and payments it needs, as loaded under
// their locks, and a record of every change, to be written as one transaction. Pure.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "libs/base/ids.h"
#include "services/payment_platform/domain/account.h"
#include "services/payment_platform/domain/device.h"
#include "services/payment_platform/domain/payment.h"
#include "signet/platform/v1/journal.pb.h"

namespace signet::payment_platform {

struct AccountDelta {
  int64_t posted_minor = 0;
  int64_t reserved_minor = 0;
};

// One posting of a double entry.
struct Entry {
  int64_t account_id = 0;
  int64_t amount_minor = 0;          // not zero
  int64_t posted_after_minor = 0;    // the account's running balance
  std::optional<PaymentId> payment;  // none: an opening deposit
};

struct AuditRecord {
  std::string operator_name;
  std::string action;
  std::string subject;
};

// What a batch changes. Values stand in the working set; these are their keys, in a fixed order.
struct Changes {
  std::set<uint32_t> devices;  // whose highest counter rose
  std::set<PaymentId> new_payments;
  std::set<PaymentId> updated_payments;      // without the new ones
  std::vector<int64_t> opened_accounts;      // to be inserted with zero balances
  std::map<int64_t, AccountDelta> accounts;  // balances
  std::vector<Entry> entries;
  std::vector<AuditRecord> audit;
  platform::v1::JournalBatch journal;

  bool empty() const;
};

class WorkingSet {
 public:
  // Loading.
  void Load(Device device);
  void Load(Account account);  // again: replaces it
  void Load(Payment payment);
  void LoadFreeAccountIds(std::vector<int64_t> ids) { free_account_ids_ = std::move(ids); }

  // Null where there is none. Valid until the next change.
  const Device* FindDevice(uint32_t id) const;
  const Account* FindAccount(int64_t id) const;
  const Account* FindAccount(const std::string& handle) const;
  const Payment* FindPayment(PaymentId id) const;

  // The device's highest counter becomes this one.
  void RaiseCounter(PaymentId id);
  void Add(Payment payment);
  // The payment exists.
  void Update(const Payment& payment);
  void AddReserved(int64_t account_id, int64_t delta_minor);
  // Moves money between two accounts: two entries and their running balances. False, and nothing is
  // done, where a balance would leave int64. amount_minor > 0.
  [[nodiscard]] bool Post(int64_t from_account_id, int64_t to_account_id, int64_t amount_minor,
                          std::optional<PaymentId> payment);
  // Takes a free account ID; the account's balances are zero. None left: 0.
  int64_t Open(Account account);
  platform::v1::JournalEvent& AddEvent(int64_t now_ms);
  void AddAudit(AuditRecord record) { changes_.audit.push_back(std::move(record)); }

  const Changes& changes() const { return changes_; }

 private:
  std::map<uint32_t, Device> devices_;
  std::map<int64_t, Account> accounts_;
  std::map<std::string, int64_t> account_ids_;  // by handle
  std::map<PaymentId, Payment> payments_;
  std::vector<int64_t> free_account_ids_;
  Changes changes_;
};

}  // namespace signet::payment_platform
