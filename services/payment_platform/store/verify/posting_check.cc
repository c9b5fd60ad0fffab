#include "services/payment_platform/store/verify/posting_check.h"

#include <map>

namespace signet::payment_platform {
namespace {

class PostingCheck {
 public:
  PostingCheck(const std::string& where, Findings& findings) : where_(where), findings_(findings) {}

  void Run(const platform::v1::JournalBatch& batch, const std::vector<StoredPosting>& postings) {
    for (const StoredPosting& posting : postings) Collect(posting);
    for (const platform::v1::JournalEvent& event : batch.events()) {
      if (event.has_payment_confirmed()) {
        CheckPayment({event.payment_confirmed().device_id(), event.payment_confirmed().counter()});
      } else if (event.has_account_opened() && event.account_opened().deposit_minor() != 0) {
        CheckDeposit(event.account_opened());
      }
    }
    for (const auto& [id, lines] : payments_) {
      findings_.Add(where_ + ": it has postings of payment " + FormatPaymentId(id) +
                    ", but does not confirm it");
    }
    for (const StoredPosting& posting : deposits_) {
      findings_.Add(where_ + ", line " + std::to_string(posting.line) + ": " + Text(posting) +
                    " belongs to no event");
    }
  }

 private:
  static std::string Text(const StoredPosting& posting) {
    return "the posting of " + std::to_string(posting.amount_minor) + " to account number " +
           std::to_string(posting.account_id);
  }

  void Collect(const StoredPosting& posting) {
    if (posting.payment.has_value()) {
      payments_[posting.payment->id].push_back(posting);
    } else {
      deposits_.push_back(posting);
    }
  }

  void CheckPayment(PaymentId id) {
    const auto found = payments_.find(id);
    const size_t lines = found == payments_.end() ? 0 : found->second.size();
    if (lines != 2) {
      findings_.Add(where_ + ": payment " + FormatPaymentId(id) + " is confirmed with " +
                    std::to_string(lines) + " postings instead of 2");
    } else {
      CheckLine(found->second[0], true);
      CheckLine(found->second[1], false);
    }
    if (found != payments_.end()) payments_.erase(found);
  }

  // The payer's line stands before the payee's. (A payment that is not stored is another's
  // finding.)
  void CheckLine(const StoredPosting& posting, bool is_payer) {
    const PostedPayment& payment = *posting.payment;
    if (!payment.stored) return;
    const int64_t account = is_payer ? payment.payer_account_id : payment.payee_account_id;
    const int64_t amount = is_payer ? -payment.amount_minor : payment.amount_minor;
    if (posting.account_id == account && posting.amount_minor == amount) return;
    findings_.Add(where_ + ", line " + std::to_string(posting.line) + ": " + Text(posting) +
                  " should be " + std::to_string(amount) + " to account number " +
                  std::to_string(account) + " by payment " + FormatPaymentId(payment.id));
  }

  void CheckDeposit(const platform::v1::AccountOpened& event) {
    Take(event.system_account_id(), -event.deposit_minor(), event.account_id());
    Take(event.account_id(), event.deposit_minor(), event.account_id());
  }

  void Take(int64_t account_id, int64_t amount_minor, int64_t opened_account_id) {
    for (auto it = deposits_.begin(); it != deposits_.end(); ++it) {
      if (it->account_id != account_id || it->amount_minor != amount_minor) continue;
      deposits_.erase(it);
      return;
    }
    findings_.Add(where_ + ": the posting of " + std::to_string(amount_minor) +
                  " to account number " + std::to_string(account_id) +
                  " is missing, for the opening deposit of account number " +
                  std::to_string(opened_account_id));
  }

  const std::string& where_;
  Findings& findings_;
  std::map<PaymentId, std::vector<StoredPosting>> payments_;
  std::vector<StoredPosting> deposits_;
};

}  // namespace

void CheckPostings(const std::string& where, const platform::v1::JournalBatch& batch,
                   const std::vector<StoredPosting>& postings, Findings& findings) {
  PostingCheck(where, findings).Run(batch, postings);
}

}  // namespace signet::payment_platform
