// A fresh database of a real Postgres: alice with 500.00 EUR and devices 1 to 4, corner-coffee with
// device 5.
#pragma once

#include <gtest/gtest.h>

#include <atomic>
#include <future>
#include <memory>
#include <string>
#include <vector>

#include "services/payment_platform/batcher.h"
#include "services/payment_platform/store/postgres/database.h"
#include "tests/support/payment_messages.h"
#include "tests/support/test_postgres.h"

namespace signet::payment_platform {

class ManualClock final : public Clock {
 public:
  int64_t NowUnixMs() const override { return now_ms_; }
  void Advance(int64_t by_ms) { now_ms_ += by_ms; }

 private:
  std::atomic<int64_t> now_ms_{1'700'000'000'000};
};

class LedgerIntegrationTest : public ::testing::Test {
 protected:
  static constexpr int64_t kFunds = 50'000;

  static void SetUpTestSuite();
  static void TearDownTestSuite() { postgres_.reset(); }
  void SetUp() override;

  // Replaces the one before.
  Batcher& StartBatcher(size_t writers, BatcherOptions options = {});
  std::unique_ptr<LedgerStore> NewStore();
  // Submits all at once, then waits for all.
  std::vector<Outcome> SubmitAll(const std::vector<Command>& commands);
  Outcome Submit(const Command& command) { return batcher_->SubmitAndWait(command); }
  // Until it is known: as a client does that got UNAVAILABLE.
  Outcome SubmitUntilKnown(const Command& command);

  // The first value of a query, "" where there is none; fails the test on an error.
  std::string Sql(const std::string& query);
  absl::Status TrySql(const std::string& query);
  // Ends the connections of every writer and pool; answers how many.
  int TerminateOthers();
  bool HasMetric(const std::string& line) const;
  // Chains link, postings sum to zero, balances are the sums of their postings and reservations.
  void ExpectSoundBooks();

  static std::unique_ptr<testing::TestPostgres> postgres_;

  std::string connection_string_;
  ManualClock clock_;
  serving::Metrics metrics_;
  std::unique_ptr<DatabaseMetrics> database_metrics_;
  std::unique_ptr<Connection> sql_;
  std::unique_ptr<Batcher> batcher_;
};

}  // namespace signet::payment_platform
