#include "services/payment_platform/store/postgres/connection.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "services/payment_platform/store/postgres/session_check.h"

namespace signet::payment_platform {

namespace {

constexpr Statement kBegin = {"begin", "BEGIN"};  // READ COMMITTED
constexpr char kBeginReadOnly[] = "BEGIN ISOLATION LEVEL REPEATABLE READ, READ ONLY";

std::string NameOf(const ServerParameters& server) {
  const auto host = server.find(server.contains("host") ? "host" : "hostaddr");
  if (host == server.end()) return "the server";
  const auto port = server.find("port");
  return port == server.end() ? host->second : absl::StrCat(host->second, ":", port->second);
}

// Of two servers' failures, that of the one that came nearer; it tells of the other as well.
absl::Status Nearer(const absl::Status& one, const absl::Status& other) {
  const bool first = NeedOf(one) >= NeedOf(other);
  const absl::Status& nearer = first ? one : other;
  absl::Status both(nearer.code(),
                    absl::StrCat(nearer.message(), "; ", (first ? other : one).message()));
  return LeavesServer(nearer) ? Unfit(NeedOf(nearer), std::move(both)) : both;
}

}  // namespace

absl::Status CheckConnectionString(const std::string& connection_string) {
  return ServersOf(connection_string).status();
}

Connection::Connection(ConnectionOptions options, SessionFn session)
    : options_(std::move(options)), on_open_(std::move(session)) {}

Connection::~Connection() = default;

void Connection::Close() { session_.reset(); }

absl::Status Connection::OpenAt(uint64_t choice) {
  const ServerParameters& server = options_.servers->server(choice);
  absl::StatusOr<std::unique_ptr<Session>> session = Session::Connect(server);
  if (!session.ok()) return session.status();
  if (absl::Status owned = CheckOwnsItsSession(**session, server); !owned.ok()) return owned;
  absl::Status fit = CheckServer(**session, options_.require_synchronous_standby);
  if (fit.ok() && on_open_ != nullptr) {
    try {
      fit = on_open_((*session)->pqxx());
    } catch (...) {
      fit = FailureOfPqxx(**session);
    }
  }
  if (fit.ok()) session_ = *std::move(session);
  return fit;
}

absl::Status Connection::EnsureOpen() {
  ServerList& servers = *options_.servers;
  if (!servers.status().ok()) return servers.status();
  if (session_ != nullptr && session_->usable() && choice_ == servers.choice()) {
    return absl::OkStatus();
  }
  Close();
  const uint64_t first = servers.choice();
  absl::Status failure;
  for (choice_ = first; choice_ < first + servers.size(); ++choice_) {
    absl::Status opened = OpenAt(choice_);
    if (opened.ok()) {
      servers.Settle(choice_);
      return opened;
    }
    if (servers.size() == 1) return opened;
    absl::Status named(opened.code(),
                       absl::StrCat(NameOf(servers.server(choice_)), ": ", opened.message()));
    if (LeavesServer(opened)) named = Unfit(NeedOf(opened), std::move(named));
    failure = failure.ok() ? named : Nearer(failure, named);
  }
  return failure;
}

absl::Status Connection::Check(int schema_version) {
  const bool was_open = session_ != nullptr;
  if (absl::Status open = EnsureOpen(); !open.ok()) return open;
  if (was_open) {
    absl::Status fit = CheckServer(*session_, options_.require_synchronous_standby);
    if (!fit.ok()) return End(std::move(fit));
  }
  return End(CheckSchema(*session_, schema_version));
}

absl::Status Connection::Finish(absl::Status done) {
  if (!done.ok()) {
    const bool usable = session_->Rollback();
    done = End(std::move(done));
    if (!usable) Close();
    return done;
  }
  CommitWatch::UnderWay under_way(options_.commits);
  done = session_->Commit(options_.commit_wait);
  const std::optional<Doubt> doubt = DoubtOf(done);
  under_way.End(doubt != Doubt::kNoAnswer && doubt != Doubt::kWarning);
  return End(std::move(done));
}

absl::Status Connection::End(absl::Status status) {
  if (LeavesServer(status)) options_.servers->Leave(choice_);
  if (LeavesServer(status) || IsOutcomeUnknown(status) || !session_->usable()) Close();
  return status;
}

absl::Status Connection::RunInPqxx(const char* begin, const TransactionFn& work) {
  if (absl::Status open = EnsureOpen(); !open.ok()) return open;
  if (absl::Status begun = session_->Begin(begin); !begun.ok()) return End(std::move(begun));
  absl::Status status;
  try {
    pqxx::nontransaction transaction(session_->pqxx());  // ours is around it
    status = work(transaction);
  } catch (...) {
    status = FailureOfPqxx(*session_);
  }
  return Finish(std::move(status));
}

absl::Status Connection::Run(const TransactionFn& work) { return RunInPqxx(kBegin.sql, work); }

absl::Status Connection::RunReadOnly(const TransactionFn& work) {
  return RunInPqxx(kBeginReadOnly, work);
}

absl::Status Connection::RunPipelined(const PipelineFn& work) {
  if (absl::Status open = EnsureOpen(); !open.ok()) return open;
  Pipeline pipeline(*session_);
  absl::Status status;
  try {
    pipeline.Queue(kBegin);
    status = work(pipeline);
    if (status.ok()) pipeline.Send();  // what is left
  } catch (const PipelineFailure& failure) {
    status = failure.status;
  } catch (const std::exception& error) {
    status = absl::InternalError(absl::StrCat("database: ", FirstLine(error.what())));
  }
  return Finish(std::move(status));
}

absl::Status Connection::TryCommit() {
  return RunPipelined([](Pipeline& pipeline) {
    pipeline.Queue(kLeastWrite);
    return absl::OkStatus();
  });
}

}  // namespace signet::payment_platform
