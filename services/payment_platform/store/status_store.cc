#include "services/payment_platform/store/status_store.h"

#include "services/payment_platform/domain/device_rules.h"
#include "signet/payments/v1/query.pb.h"

namespace signet::payment_platform {
namespace {

constexpr Statement kTotals = {
    "status_totals",
    "SELECT (SELECT count(*) FROM account) AS accounts,"
    " (SELECT coalesce(max(version), 0) FROM schema_migration) AS schema_version,"
    " (extract(epoch FROM clock_timestamp()) * 1000)::bigint AS time_unix_ms"};
constexpr Statement kDeviceTotals = {"status_devices",
                                     "SELECT state, count(*) AS total FROM device GROUP BY state"};
// By the index on open payments.
constexpr Statement kOpenPayments = {"open_payments",
                                     "SELECT count(*) AS total FROM payment WHERE state = 1"};
constexpr Statement kAccountSums = {
    "account_sums",
    "SELECT currency_code, sum(posted_minor)::bigint AS total FROM account"
    " GROUP BY currency_code"};
static_assert(payments::v1::PAYMENT_STATE_AUTHORIZED == 1);

uint64_t OpenPayments(pqxx::transaction_base& transaction) {
  return Execute(transaction, kOpenPayments)[0]["total"].as<uint64_t>();
}

PlatformStatus AllZero() {
  PlatformStatus status;
  for (int state = 1; state <= 4; ++state) {
    status.devices_by_state[DeviceStateName(static_cast<DeviceState>(state))] = 0;
  }
  return status;
}

}  // namespace

absl::StatusOr<PlatformStatus> ReadStatus(Database& database) {
  PlatformStatus result;
  const absl::Status status = database.RunReadOnly([&](pqxx::transaction_base& transaction) {
    result = AllZero();
    const pqxx::result totals = Execute(transaction, kTotals);
    result.accounts = totals[0]["accounts"].as<uint64_t>();
    result.schema_version = totals[0]["schema_version"].as<int>();
    result.database_time_unix_ms = totals[0]["time_unix_ms"].as<int64_t>();
    for (const auto& row : Execute(transaction, kDeviceTotals)) {
      const auto state = static_cast<DeviceState>(row["state"].as<int>());
      result.devices_by_state[DeviceStateName(state)] = row["total"].as<uint64_t>();
    }
    result.open_payments = OpenPayments(transaction);
    return absl::OkStatus();
  });
  if (!status.ok()) return status;
  return result;
}

absl::StatusOr<LedgerGlance> GlanceAtLedger(Database& database) {
  LedgerGlance glance;
  const absl::Status status = database.RunReadOnly([&](pqxx::transaction_base& transaction) {
    glance = {};
    glance.open_payments = OpenPayments(transaction);
    for (const auto& row : Execute(transaction, kDeviceTotals)) {
      const auto state = static_cast<DeviceState>(row["state"].as<int>());
      glance.devices_by_state[DeviceStateName(state)] = row["total"].as<uint64_t>();
    }
    for (const auto& row : Execute(transaction, kAccountSums)) {
      glance.imbalance_minor[row["currency_code"].as<std::string>()] = row["total"].as<int64_t>();
    }
    return absl::OkStatus();
  });
  if (!status.ok()) return status;
  return glance;
}

}  // namespace signet::payment_platform
