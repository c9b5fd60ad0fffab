#include "services/payment_platform/domain/decide.h"

#include <bit>

namespace signet::payment_platform {

namespace {

// ANSI X9.24-3: at most 16 one bits.
bool IsCounter(uint32_t counter) {
  return counter != 0 && counter <= kLastCounter && std::popcount(counter) <= 16;
}

Outcome DecideOne(const Message& message, const Decision& decision) {
  if (!IsCounter(message.id.counter)) return Refused(Rejection::kMalformed);
  switch (message.type) {
    case sealing::v1::MESSAGE_TYPE_QUERY:
      return AnswerQuery(message, decision);
    case sealing::v1::MESSAGE_TYPE_PAYMENT_INSTRUCTION:
      return Authorize(message, decision);
    case sealing::v1::MESSAGE_TYPE_PAYMENT_CONFIRMATION:
      return Confirm(message, decision);
    default:
      return Refused(Rejection::kMalformed);
  }
}
Outcome DecideOne(const ExpirePayment& command, const Decision& decision) {
  return Expire(command, decision);
}
Outcome DecideOne(const OpenAccount& command, const Decision& decision) {
  return Open(command, decision);
}

}  // namespace

std::vector<Outcome> Decide(const std::vector<Command>& commands, const Rules& rules,
                            int64_t now_ms, WorkingSet& ledger) {
  const Decision decision{rules, now_ms, ledger};
  std::vector<Outcome> outcomes;
  outcomes.reserve(commands.size());
  for (const Command& command : commands) {
    outcomes.push_back(
        std::visit([&](const auto& one) { return DecideOne(one, decision); }, command));
  }
  return outcomes;
}

}  // namespace signet::payment_platform
