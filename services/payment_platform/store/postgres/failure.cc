#include "services/payment_platform/store/postgres/failure.h"

#include "absl/strings/cord.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"

namespace signet::payment_platform {

namespace {

constexpr char kOutcomeUnknownUrl[] = "signet/outcome-unknown";  // a Doubt
constexpr char kNothingDoneUrl[] = "signet/nothing-done";        // run it again
constexpr char kLeavesServerUrl[] = "signet/leaves-server";      // a Need

enum class After { kStay, kLeave };

// The first row whose code the SQLSTATE begins with is its meaning.
struct Meaning {
  std::string_view sqlstate;
  absl::StatusCode code;
  const char* what;
  After after = After::kStay;
  Need need = Need::kConnection;
};
using absl::StatusCode;
constexpr char kTooLong[] = "the database took too long, nothing was changed: ";
constexpr char kRefusesWork[] = "the database refuses work, nothing was changed: ";
constexpr char kReadOnly[] = "the database server is read-only, nothing was changed: ";
constexpr char kShared[] =
    "something between the platform and Postgres shares sessions (PgBouncer: set pool_mode = "
    "session for this database), nothing was changed: ";
constexpr Meaning kMeanings[] = {
    {"08", StatusCode::kUnavailable, kRefusesWork, After::kLeave},
    {"23505", StatusCode::kAlreadyExists, ""},
    {"23", StatusCode::kFailedPrecondition, ""},
    {"25006", StatusCode::kUnavailable, kReadOnly, After::kLeave, Need::kWritable},
    {"25P03", StatusCode::kUnavailable, kTooLong},
    {"26000", StatusCode::kUnavailable, kShared, After::kLeave, Need::kSession},
    {"40", StatusCode::kAborted, ""},
    {"42501", StatusCode::kFailedPrecondition, "the database's user may not do this: "},
    {"42P05", StatusCode::kUnavailable, kShared, After::kLeave, Need::kSession},
    {"53", StatusCode::kUnavailable, kRefusesWork},
    {"55P03", StatusCode::kUnavailable, kTooLong},
    {"57014", StatusCode::kUnavailable, kTooLong},
    {"57P", StatusCode::kUnavailable, kRefusesWork, After::kLeave},
};
constexpr char kGrant[] =
    "; run `signet-platform migrate` as the owner of the tables, then "
    "deploy/postgres/restrict.sql (docs/operations.md, Postgres)";

template <typename Enum>
absl::Cord Number(Enum value) {
  return absl::Cord(absl::StrCat(static_cast<int>(value)));
}

template <typename Enum>
std::optional<Enum> NumberAt(const absl::Status& status, const char* url) {
  const auto payload = status.GetPayload(url);
  int value = 0;
  if (!payload.has_value() || !absl::SimpleAtoi(std::string(*payload), &value)) return {};
  return static_cast<Enum>(value);
}

}  // namespace

const char* NeedName(Need need) {
  switch (need) {
    case Need::kConnection:
      return "connection";
    case Need::kSession:
      return "session";
    case Need::kWritable:
      return "writable";
    case Need::kDurability:
      return "durability";
    case Need::kStandby:
      return "standby";
    case Need::kSchema:
      return "schema";
    case Need::kCommits:
      return "commits";
  }
  return "";
}

const char* DoubtName(Doubt doubt) {
  switch (doubt) {
    case Doubt::kConnectionLost:
      return "connection_lost";
    case Doubt::kNoAnswer:
      return "no_answer";
    case Doubt::kWarning:
      return "warning";
    case Doubt::kServer:
      return "server";
  }
  return "";
}

std::string FirstLine(std::string_view text) {
  return std::string(text.substr(0, text.find('\n')));
}

absl::Status FromSqlstate(std::string_view sqlstate, std::string_view message) {
  const std::string line = FirstLine(message);
  if (sqlstate == "40003") return OutcomeUnknown(Doubt::kServer, line);
  for (const Meaning& meaning : kMeanings) {
    if (sqlstate.substr(0, meaning.sqlstate.size()) != meaning.sqlstate) continue;
    const bool denied = sqlstate == "42501";
    absl::Status status(meaning.code, absl::StrCat(meaning.what, line, denied ? kGrant : ""));
    if (meaning.after == After::kStay) return status;
    status.SetPayload(kNothingDoneUrl, absl::Cord("1"));
    return Unfit(meaning.need, std::move(status));
  }
  return absl::InternalError(absl::StrCat("database error ", std::string(sqlstate), ": ", line));
}

absl::Status ConnectionLost(std::string_view why) {
  absl::Status status = absl::UnavailableError(
      absl::StrCat("the database connection was lost, nothing was done: ", FirstLine(why)));
  status.SetPayload(kNothingDoneUrl, absl::Cord("1"));
  return status;
}

absl::Status OutcomeUnknown(Doubt doubt, std::string_view why) {
  absl::Status status = absl::UnavailableError(
      absl::StrCat("the outcome is unknown (", FirstLine(why), "); send the same message again"));
  status.SetPayload(kOutcomeUnknownUrl, Number(doubt));
  return status;
}

absl::Status Unfit(Need need, absl::Status status) {
  status.SetPayload(kLeavesServerUrl, Number(need));
  return status;
}

bool IsOutcomeUnknown(const absl::Status& status) { return DoubtOf(status).has_value(); }

std::optional<Doubt> DoubtOf(const absl::Status& status) {
  return NumberAt<Doubt>(status, kOutcomeUnknownUrl);
}

bool IsRetryable(const absl::Status& status) {
  return absl::IsAborted(status) || status.GetPayload(kNothingDoneUrl).has_value();
}

bool LeavesServer(const absl::Status& status) {
  const auto doubt = DoubtOf(status);
  if (doubt.has_value()) return *doubt == Doubt::kNoAnswer || *doubt == Doubt::kWarning;
  return status.GetPayload(kLeavesServerUrl).has_value();
}

Need NeedOf(const absl::Status& status) {
  if (LeavesServer(status) && IsOutcomeUnknown(status)) return Need::kCommits;
  return NumberAt<Need>(status, kLeavesServerUrl).value_or(Need::kConnection);
}

}  // namespace signet::payment_platform
