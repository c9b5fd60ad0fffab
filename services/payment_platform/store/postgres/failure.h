// What a failure of the database means to whoever asked: one table from SQLSTATE (PostgreSQL,
// appendix A) to status, for libpq's results and for pqxx's exceptions alike. Pure.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "absl/status/status.h"

namespace signet::payment_platform {

// What must hold for a payment to be booked, in the order in which it is looked at.
enum class Need {
  kConnection,  // a server answers
  kSession,     // the session is ours alone: no pooler shares it
  kWritable,    // not a standby, not read-only
  kDurability,  // what is committed survives a crash
  kStandby,     // … and the loss of the server
  kSchema,      // the tables are there, and may be written
  kCommits,     // commits come back
};
inline constexpr Need kNeeds[] = {Need::kConnection, Need::kSession, Need::kWritable,
                                  Need::kDurability, Need::kStandby, Need::kSchema,
                                  Need::kCommits};
// "connection", …, as metrics say it.
const char* NeedName(Need need);

// Why a commit's outcome is unknown.
enum class Doubt {
  kConnectionLost,  // before its answer
  kNoAnswer,        // within its deadline
  kWarning,         // the server does not vouch for it: the wait for its standby was cancelled
  kServer,          // it says so itself (40003)
};
inline constexpr Doubt kDoubts[] = {Doubt::kConnectionLost, Doubt::kNoAnswer, Doubt::kWarning,
                                    Doubt::kServer};
const char* DoubtName(Doubt doubt);

// message: the server's words; only the first line is told, the rest may show a row's contents.
//   ABORTED             serialization failure, deadlock: nothing was changed, run it again
//   UNAVAILABLE         a timeout, or the server refuses work: nothing was changed
//   UNAVAILABLE + IsOutcomeUnknown()
//   ALREADY_EXISTS      a unique constraint
//   FAILED_PRECONDITION another constraint; the user may not do this
//   INTERNAL            anything else
absl::Status FromSqlstate(std::string_view sqlstate, std::string_view message);

// UNAVAILABLE, and retryable: the connection was lost before the commit.
absl::Status ConnectionLost(std::string_view why);
// UNAVAILABLE, IsOutcomeUnknown.
absl::Status OutcomeUnknown(Doubt doubt, std::string_view why);
// The server is left, for want of this.
absl::Status Unfit(Need need, absl::Status status);

// A commit may have been done or not: never run it again blindly, find out what happened.
bool IsOutcomeUnknown(const absl::Status& status);
std::optional<Doubt> DoubtOf(const absl::Status& status);
// Nothing was changed and the same work may succeed now: ABORTED, or a connection that was found
// dead, or a server that was left, before the commit.
bool IsRetryable(const absl::Status& status);
// Every connection to this server is to be closed, and a server that can do the work looked for.
bool LeavesServer(const absl::Status& status);
// kConnection where the status says nothing of it.
Need NeedOf(const absl::Status& status);

std::string FirstLine(std::string_view text);

}  // namespace signet::payment_platform
