// Decides a batch of commands in memory, in their order: answers for the callers, changes for the
// database. A batch does what its commands would do one by one. Pure: the time is passed in.
#pragma once

#include <cstdint>
#include <vector>

#include "services/payment_platform/domain/command.h"
#include "services/payment_platform/domain/working_set.h"

namespace signet::payment_platform {

struct Rules {
  // How long an authorization waits for its confirmation.
  int64_t authorization_lifetime_ms = 120'000;
};

struct Decision {
  const Rules& rules;
  int64_t now_ms;
  WorkingSet& ledger;  // holds all that NeedsOf and AccountNeedsOf name
};

std::vector<Outcome> Decide(const std::vector<Command>& commands, const Rules& rules,
                            int64_t now_ms, WorkingSet& ledger);

// One command each. A message's counter has been checked by Decide.
Outcome Authorize(const Message& instruction, const Decision& decision);
Outcome Confirm(const Message& confirmation, const Decision& decision);
Outcome AnswerQuery(const Message& query, const Decision& decision);
Outcome Expire(const ExpirePayment& command, const Decision& decision);
Outcome Open(const OpenAccount& command, const Decision& decision);

// An authorization ends at this moment: from then on it can only expire.
inline bool IsDue(const Payment& payment, int64_t now_ms) {
  return now_ms >= payment.expires_at_unix_ms;
}
// Releases an authorized payment's reservation: it is expired, for ever.
void ReleaseExpired(Payment& payment, payments::v1::DeclineReason reason, const Decision& decision);

}  // namespace signet::payment_platform
