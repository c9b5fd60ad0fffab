// Are a batch's postings what its events call for? Pure.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "libs/base/ids.h"
#include "services/payment_platform/store/verify/findings.h"
#include "signet/platform/v1/journal.pb.h"

namespace signet::payment_platform {

// What the payment of a posting says that it moves, as stored.
struct PostedPayment {
  PaymentId id;
  bool stored = false;
  int64_t payer_account_id = 0;
  int64_t payee_account_id = 0;
  int64_t amount_minor = 0;
};

struct StoredPosting {
  int line = 0;
  int64_t account_id = 0;
  int64_t amount_minor = 0;
  std::optional<PostedPayment> payment;  // none: an opening deposit
};

// Where the batch stands, "chain 1, batch 7", begins each finding.
void CheckPostings(const std::string& where, const platform::v1::JournalBatch& batch,
                   const std::vector<StoredPosting>& postings, Findings& findings);

}  // namespace signet::payment_platform
