#include "services/payment_platform/database_monitor.h"

#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "libs/program/log.h"

namespace signet::payment_platform {
namespace {

constexpr std::chrono::seconds kCommitIsOld{5};
constexpr std::chrono::seconds kFindingIsOld{5};

absl::Status CheckAge(const CommitWatch& commits) {
  const std::chrono::duration<double> oldest = commits.Oldest();
  if (oldest < kCommitIsOld) return absl::OkStatus();
  return Unfit(Need::kCommits,
               absl::UnavailableError(absl::StrCat("the database has not answered a COMMIT for ",
                                                   static_cast<int>(oldest.count()),
                                                   " s: is its synchronous standby gone?")));
}

}  // namespace

DatabaseMonitor::DatabaseMonitor(ConnectionOptions options, int schema_version,
                                 const CommitWatch& commits, DatabaseMetrics& metrics,
                                 absl::Duration interval)
    : schema_version_(schema_version),
      commits_(commits),
      metrics_(metrics),
      connection_(std::move(options)),
      thread_(interval, [this] {
        Look();
        return false;
      }) {}

void DatabaseMonitor::Start() {
  Look();
  thread_.Start();
}

absl::Status DatabaseMonitor::LookOnce() {
  if (absl::Status fit = connection_.Check(schema_version_); !fit.ok()) return fit;
  if (absl::Status young = CheckAge(commits_); !young.ok()) return young;
  // Without payments, none would find out that commits come back.
  return commits_.Stuck() ? connection_.TryCommit() : absl::OkStatus();
}

void DatabaseMonitor::Look() {
  const absl::Status found = LookOnce();
  metrics_.SetOldestCommit(commits_.Oldest().count());
  metrics_.SetFitness(found);
  Note(found);
}

void DatabaseMonitor::Note(const absl::Status& found) {
  const absl::MutexLock lock(&mutex_);
  if (!found.ok() && (found_.ok() || NeedOf(found_) != NeedOf(found))) {
    serving::LogWarning("database_unfit", {{"part", NeedName(NeedOf(found))},
                                           {"error", std::string(found.message())}});
  }
  if (found.ok() && !found_.ok()) serving::LogInfo("database_fit", {});
  found_ = found;
  found_at_ = std::chrono::steady_clock::now();
}

absl::Status DatabaseMonitor::Fitness() const {
  if (absl::Status young = CheckAge(commits_); !young.ok()) return young;
  const absl::MutexLock lock(&mutex_);
  const auto age = std::chrono::steady_clock::now() - found_at_;
  if (!found_.ok() || age < kFindingIsOld) return found_;
  return absl::UnavailableError(
      absl::StrCat("the database has not answered for ",
                   std::chrono::duration_cast<std::chrono::seconds>(age).count(), " s"));
}

}  // namespace signet::payment_platform
