#include "services/payment_platform/store/verify/ledger_replay.h"

#include <algorithm>
#include <utility>
#include <vector>

#include "signet/payments/v1/query.pb.h"

namespace signet::payment_platform {
namespace {

using payments::v1::PaymentState;

// Spreads consecutive counters and devices over the slices (Knuth's multiplicative hash).
uint64_t Mix(PaymentId id) {
  return (uint64_t{id.device_id} << 32 | id.counter) * 0x9E3779B97F4A7C15ULL >> 16;
}

std::string Name(PaymentId id) { return "payment " + FormatPaymentId(id); }

std::string StateName(int state) {
  return payments::v1::PaymentState_IsValid(state)
             ? payments::v1::PaymentState_Name(static_cast<PaymentState>(state))
             : std::to_string(state);
}

void Differ(Findings& findings, PaymentId id, const std::string& what, const std::string& stored,
            const std::string& journaled) {
  if (stored == journaled) return;
  findings.Add(Name(id) + ": its " + what + " is " + stored + ", the journal says " + journaled);
}

}  // namespace

bool Slice::Holds(PaymentId id) const { return Mix(id) % count == index; }

bool Slice::Holds(int64_t account_id) const {
  return static_cast<uint64_t>(account_id) % count == index;
}

size_t LedgerReplay::Hash::operator()(PaymentId id) const { return Mix(id); }

PaymentState ReplayedPayment::State() const {
  if (declined && !authorized && !confirmed && !expired) {
    return payments::v1::PAYMENT_STATE_DECLINED;
  }
  if (!authorized || declined || (confirmed && expired)) {
    return payments::v1::PAYMENT_STATE_UNSPECIFIED;
  }
  if (confirmed) return payments::v1::PAYMENT_STATE_CONFIRMED;
  return expired ? payments::v1::PAYMENT_STATE_EXPIRED : payments::v1::PAYMENT_STATE_AUTHORIZED;
}

void LedgerReplay::Apply(const platform::v1::JournalBatch& batch) {
  for (const platform::v1::JournalEvent& event : batch.events()) {
    switch (event.kind_case()) {
      case platform::v1::JournalEvent::kAccountOpened:
        Apply(event.account_opened());
        break;
      case platform::v1::JournalEvent::kPaymentAuthorized:
        Apply(event.payment_authorized());
        break;
      case platform::v1::JournalEvent::kPaymentDeclined:
        Apply(event.payment_declined());
        break;
      case platform::v1::JournalEvent::kPaymentConfirmed:
        Apply(event.payment_confirmed());
        break;
      case platform::v1::JournalEvent::kPaymentExpired:
        Apply(event.payment_expired());
        break;
      default:
        if (slice_.index != 0) break;
        findings_.Add(
            "the journal holds an event of a kind that this release does not know; verify with the "
            "release that wrote it");
    }
  }
}

void LedgerReplay::Match(const Payment& stored) {
  if (!slice_.Holds(stored.id)) return;
  const auto found = payments_.find(stored.id);
  if (found == payments_.end()) {
    findings_.Add(Name(stored.id) + " is stored, but the journal has no event of it");
    return;
  }
  const ReplayedPayment expected = std::move(found->second);
  payments_.erase(found);
  const PaymentState state = expected.State();
  if (state == payments::v1::PAYMENT_STATE_UNSPECIFIED) {
    findings_.Add(Name(stored.id) + ": its events in the journal contradict each other");
    return;
  }
  Differ(findings_, stored.id, "state", StateName(stored.state), StateName(state));
  if (stored.instruction.hash != expected.instruction_hash) {
    findings_.Add(Name(stored.id) + ": its instruction is not the one in the journal");
  }
  if (state == payments::v1::PAYMENT_STATE_DECLINED) {
    Differ(findings_, stored.id, "decline reason", std::to_string(stored.decline_reason),
           std::to_string(expected.decline_reason));
    return;
  }
  Differ(findings_, stored.id, "amount", std::to_string(stored.amount_minor),
         std::to_string(expected.amount_minor));
  Differ(findings_, stored.id, "currency", stored.currency_code, expected.currency_code);
  Differ(findings_, stored.id, "payer account", std::to_string(stored.payer_account_id),
         std::to_string(expected.payer_account_id));
  Differ(findings_, stored.id, "payee account", std::to_string(stored.payee_account_id),
         std::to_string(expected.payee_account_id));
  if (state == payments::v1::PAYMENT_STATE_CONFIRMED &&
      stored.confirmation.hash != expected.confirmation_hash) {
    findings_.Add(Name(stored.id) + ": its confirmation is not the one in the journal");
  }
}

void LedgerReplay::MatchAccount(int64_t account_id, const std::string& handle,
                                const std::string& currency_code) {
  if (!slice_.Holds(account_id)) return;
  const auto found = account_currencies_.find(account_id);
  if (found == account_currencies_.end()) {
    findings_.Add("account \"" + handle + "\" is stored, but the journal never opened it");
    return;
  }
  if (found->second != currency_code) {
    findings_.Add("account \"" + handle + "\": its currency is " + currency_code +
                  ", the journal says " + found->second);
  }
  account_currencies_.erase(found);
}

void LedgerReplay::ReportUnmatched() {
  std::vector<PaymentId> missing;
  for (const auto& [id, payment] : payments_) missing.push_back(id);
  std::sort(missing.begin(), missing.end());
  for (const PaymentId id : missing) {
    findings_.Add(Name(id) + " is in the journal, but it is not stored");
  }
  for (const auto& [id, currency] : account_currencies_) {
    findings_.Add("account number " + std::to_string(id) +
                  " was opened in the journal, but it is not stored");
  }
}

void LedgerReplay::Apply(const platform::v1::AccountOpened& event) {
  if (!slice_.Holds(event.account_id())) return;
  if (!account_currencies_.emplace(event.account_id(), event.currency_code()).second) {
    findings_.Add("account number " + std::to_string(event.account_id()) +
                  " was opened twice in the journal");
  }
}

void LedgerReplay::Apply(const platform::v1::PaymentAuthorized& event) {
  const PaymentId id{event.device_id(), event.counter()};
  ReplayedPayment* payment = Find(id);
  if (payment == nullptr) return;
  Once(payment->authorized, id, "authorized");
  payment->instruction_hash = event.instruction_hash();
  payment->payer_account_id = event.payer_account_id();
  payment->payee_account_id = event.payee_account_id();
  payment->currency_code = event.currency_code();
  payment->amount_minor = event.amount_minor();
}

void LedgerReplay::Apply(const platform::v1::PaymentDeclined& event) {
  const PaymentId id{event.device_id(), event.counter()};
  ReplayedPayment* payment = Find(id);
  if (payment == nullptr) return;
  Once(payment->declined, id, "declined");
  payment->instruction_hash = event.instruction_hash();
  payment->decline_reason = event.reason();
}

void LedgerReplay::Apply(const platform::v1::PaymentConfirmed& event) {
  const PaymentId id{event.device_id(), event.counter()};
  ReplayedPayment* payment = Find(id);
  if (payment == nullptr) return;
  Once(payment->confirmed, id, "confirmed");
  payment->confirmation_hash = event.confirmation_hash();
}

void LedgerReplay::Apply(const platform::v1::PaymentExpired& event) {
  const PaymentId id{event.device_id(), event.counter()};
  ReplayedPayment* payment = Find(id);
  if (payment != nullptr) Once(payment->expired, id, "expired");
}

ReplayedPayment* LedgerReplay::Find(PaymentId id) {
  return slice_.Holds(id) ? &payments_[id] : nullptr;
}

void LedgerReplay::Once(bool& happened, PaymentId id, const char* what) {
  if (happened) findings_.Add(Name(id) + " was " + what + " twice in the journal");
  happened = true;
}

}  // namespace signet::payment_platform
