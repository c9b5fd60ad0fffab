#include "services/payment_platform/store/ledger/doubtful_commit.h"

#include <thread>

namespace signet::payment_platform {

namespace {

constexpr std::chrono::milliseconds kPause{100};

// The lock may also be held by another writer that took the chain over; then the old session is
// gone as well. The transaction is over when its session leaves pg_stat_activity.
constexpr Statement kHasEnded{
    "ledger_old_session_has_ended",
    "SELECT pg_try_advisory_xact_lock(1936158275, $1::integer) OR NOT EXISTS ("
    "SELECT FROM pg_stat_activity WHERE pid = $2::integer"
    " AND (extract(epoch FROM backend_start) * 1000000)::bigint = $3::bigint)"};
constexpr Statement kLink{"ledger_link",
                          "SELECT hash FROM journal WHERE chain = $1 AND sequence = $2"};
absl::Status Look(Pipeline& pipeline, const ChainClaim& old_session, const ChainHead& link,
                  Finding& finding) {
  const Rows ended = pipeline.Execute(kHasEnded, Parameters()
                                                     .Integer(old_session.chain)
                                                     .Integer(old_session.backend_pid)
                                                     .Bigint(old_session.started_unix_us));
  if (ended.Integer(0, 0) == 0) return absl::UnavailableError("the old session still commits");
  const Rows found =
      pipeline.Execute(kLink, Parameters().Integer(link.chain).Bigint(link.sequence));
  const bool committed = found.size() == 1 && found.Bytes(0, 0) == link.hash;
  finding = committed ? Finding::kCommitted : Finding::kNotCommitted;
  if (committed) pipeline.Queue(kLeastWrite);
  return absl::OkStatus();
}

}  // namespace

Finding FindOut(Connection& connection, const ChainClaim& old_session, const ChainHead& link,
                std::chrono::milliseconds patience) {
  const auto end = std::chrono::steady_clock::now() + patience;
  for (;;) {
    Finding finding = Finding::kUnknown;
    const absl::Status looked = connection.RunPipelined(
        [&](Pipeline& pipeline) { return Look(pipeline, old_session, link, finding); });
    if (looked.ok()) return finding;
    if (std::chrono::steady_clock::now() >= end) return Finding::kUnknown;
    std::this_thread::sleep_for(kPause);
  }
}

}  // namespace signet::payment_platform
