// The payments and accounts that a journal's events amount to. Pure.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <string>
#include <unordered_map>

#include "libs/base/ids.h"
#include "services/payment_platform/domain/payment.h"
#include "services/payment_platform/store/verify/findings.h"
#include "signet/platform/v1/journal.pb.h"

namespace signet::payment_platform {

// One of `count` parts of all payments and accounts: what is replayed at a time.
struct Slice {
  uint64_t index = 0;
  uint64_t count = 1;
  bool Holds(PaymentId id) const;
  bool Holds(int64_t account_id) const;
};

// A payment as the journal's events leave it.
struct ReplayedPayment {
  bool authorized = false;
  bool declined = false;
  bool confirmed = false;
  bool expired = false;
  int32_t decline_reason = 0;
  std::string instruction_hash;
  std::string confirmation_hash;
  int64_t payer_account_id = 0;
  int64_t payee_account_id = 0;
  std::string currency_code;
  int64_t amount_minor = 0;

  // UNSPECIFIED where its events contradict each other.
  payments::v1::PaymentState State() const;
};

class LedgerReplay {
 public:
  LedgerReplay(Slice slice, Findings& findings) : slice_(slice), findings_(findings) {}

  // In any order of chains: an authorization and its confirmation may stand in different ones.
  void Apply(const platform::v1::JournalBatch& batch);

  // Compares a stored payment or account with what the events left, and takes it out. Those of
  // other slices are passed over.
  void Match(const Payment& stored);
  void MatchAccount(int64_t account_id, const std::string& handle,
                    const std::string& currency_code);
  // When all that is stored was matched: whatever the journal has beyond that is missing.
  void ReportUnmatched();

 private:
  struct Hash {
    size_t operator()(PaymentId id) const;
  };
  void Apply(const platform::v1::AccountOpened& event);
  void Apply(const platform::v1::PaymentAuthorized& event);
  void Apply(const platform::v1::PaymentDeclined& event);
  void Apply(const platform::v1::PaymentConfirmed& event);
  void Apply(const platform::v1::PaymentExpired& event);
  // Null in another slice.
  ReplayedPayment* Find(PaymentId id);
  void Once(bool& happened, PaymentId id, const char* what);

  const Slice slice_;
  Findings& findings_;
  std::unordered_map<PaymentId, ReplayedPayment, Hash> payments_;
  std::unordered_map<int64_t, std::string> account_currencies_;
};

}  // namespace signet::payment_platform
