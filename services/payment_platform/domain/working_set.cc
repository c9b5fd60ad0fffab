#include "services/payment_platform/domain/working_set.h"

#include <utility>

namespace signet::payment_platform {

bool Changes::empty() const {
  return devices.empty() && new_payments.empty() && updated_payments.empty() &&
         opened_accounts.empty() && accounts.empty() && entries.empty() && audit.empty() &&
         journal.events().empty();
}

void WorkingSet::Load(Device device) { devices_[device.id] = device; }

void WorkingSet::Load(Account account) {
  account_ids_[account.handle] = account.id;
  const int64_t id = account.id;
  accounts_[id] = std::move(account);
}

void WorkingSet::Load(Payment payment) {
  const PaymentId id = payment.id;
  payments_[id] = std::move(payment);
}

const Device* WorkingSet::FindDevice(uint32_t id) const {
  const auto found = devices_.find(id);
  return found == devices_.end() ? nullptr : &found->second;
}

const Account* WorkingSet::FindAccount(int64_t id) const {
  const auto found = accounts_.find(id);
  return found == accounts_.end() ? nullptr : &found->second;
}

const Account* WorkingSet::FindAccount(const std::string& handle) const {
  const auto found = account_ids_.find(handle);
  return found == account_ids_.end() ? nullptr : FindAccount(found->second);
}

const Payment* WorkingSet::FindPayment(PaymentId id) const {
  const auto found = payments_.find(id);
  return found == payments_.end() ? nullptr : &found->second;
}

void WorkingSet::RaiseCounter(PaymentId id) {
  devices_.at(id.device_id).highest_counter = id.counter;
  changes_.devices.insert(id.device_id);
}

void WorkingSet::Add(Payment payment) {
  changes_.new_payments.insert(payment.id);
  Load(std::move(payment));
}

void WorkingSet::Update(const Payment& payment) {
  if (!changes_.new_payments.contains(payment.id)) changes_.updated_payments.insert(payment.id);
  payments_.at(payment.id) = payment;
}

void WorkingSet::AddReserved(int64_t account_id, int64_t delta_minor) {
  accounts_.at(account_id).reserved_minor += delta_minor;
  changes_.accounts[account_id].reserved_minor += delta_minor;
}

bool WorkingSet::Post(int64_t from_account_id, int64_t to_account_id, int64_t amount_minor,
                      std::optional<PaymentId> payment) {
  Account& from = accounts_.at(from_account_id);
  Account& to = accounts_.at(to_account_id);
  int64_t from_after = 0;
  int64_t to_after = 0;
  if (__builtin_sub_overflow(from.posted_minor, amount_minor, &from_after)) return false;
  if (__builtin_add_overflow(to.posted_minor, amount_minor, &to_after)) return false;
  from.posted_minor = from_after;
  to.posted_minor = to_after;
  changes_.accounts[from_account_id].posted_minor -= amount_minor;
  changes_.accounts[to_account_id].posted_minor += amount_minor;
  changes_.entries.push_back({from_account_id, -amount_minor, from_after, payment});
  changes_.entries.push_back({to_account_id, amount_minor, to_after, payment});
  return true;
}

int64_t WorkingSet::Open(Account account) {
  if (free_account_ids_.empty()) return 0;
  const int64_t id = free_account_ids_.back();
  free_account_ids_.pop_back();
  account.id = id;
  changes_.opened_accounts.push_back(id);
  Load(std::move(account));
  return id;
}

platform::v1::JournalEvent& WorkingSet::AddEvent(int64_t now_ms) {
  platform::v1::JournalEvent& event = *changes_.journal.add_events();
  event.set_at_unix_ms(now_ms);
  return event;
}

}  // namespace signet::payment_platform
