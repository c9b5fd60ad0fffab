// The platform's inside on a real Postgres, with a clock that stands still until it is moved.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "gtest/gtest.h"
#include "libs/base/clock.h"
#include "libs/serving/metrics.h"
#include "services/payment_platform/batcher.h"
#include "services/payment_platform/operator_actions.h"
#include "services/payment_platform/store/postgres/database.h"
#include "tests/support/test_postgres.h"

namespace signet::testing {

class ManualClock final : public Clock {
 public:
  int64_t NowUnixMs() const override { return now_ms_; }
  void Advance(int64_t ms) { now_ms_ += ms; }

 private:
  std::atomic<int64_t> now_ms_{1'700'000'000'000};
};

inline constexpr char kOperator[] = "dana";

class PlatformTest : public ::testing::Test {
 protected:
  static void SetUpTestSuite();
  static void TearDownTestSuite();
  // A fresh database, and a platform on it.
  void SetUp() override;
  // A platform on the database that there is, in the former one's place.
  void StartPlatform();

  // As an operator, or an intruder with the database's password, would. One value, empty for none.
  std::string Sql(const std::string& statement);
  // With the tables' triggers off.
  void Tamper(const std::string& statement);

  // Helpers that fail the test where they do not succeed.
  void OpenAccount(const std::string& handle, const std::string& name, int64_t deposit_minor,
                   const std::string& currency_code = "EUR");
  // A device that is enrolled already.
  uint32_t AddActiveDevice(const std::string& account, char key = 'k');
  uint32_t AddPendingDevice(const std::string& account, char key = 'k');
  // Pays 12.50 EUR from the device's account to corner-coffee.
  payment_platform::Outcome Instruct(uint32_t device_id, uint32_t counter,
                                     int64_t amount_minor = 1250);
  void Pay(uint32_t device_id, uint32_t counter, int64_t amount_minor = 1250);

  ManualClock clock_;
  serving::Metrics metrics_;
  std::string connection_string_;
  payment_platform::LedgerMetrics ledger_metrics_{metrics_};
  std::unique_ptr<payment_platform::DatabaseMetrics> database_metrics_;
  std::unique_ptr<payment_platform::Database> database_;
  std::unique_ptr<payment_platform::Batcher> batcher_;
  std::unique_ptr<payment_platform::OperatorActions> actions_;

 private:
  static std::unique_ptr<TestPostgres> postgres_;
};

}  // namespace signet::testing
