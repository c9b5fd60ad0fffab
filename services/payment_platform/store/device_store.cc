#include "services/payment_platform/store/device_store.h"

#include "libs/base/ids.h"
#include "services/payment_platform/domain/account.h"
#include "services/payment_platform/domain/device_rules.h"

namespace signet::payment_platform {
namespace {

constexpr Statement kAccountOfNewDevice = {
    "account_of_new_device", "SELECT account_id, kind, state FROM account WHERE handle = $1"};
constexpr Statement kAccountExists = {"account_exists", "SELECT 1 FROM account WHERE handle = $1"};
constexpr Statement kInsertDevice = {
    "insert_device",
    "INSERT INTO device (account_id, name, state, created_at_unix_ms) VALUES ($1, $2, $3, $4)"
    " RETURNING device_id"};
constexpr Statement kInsertEnrollment = {
    "insert_enrollment",
    "INSERT INTO enrollment (activation_public_key, device_id, expires_at_unix_ms, tries_left)"
    " VALUES ($1, $2, $3, $4) ON CONFLICT DO NOTHING"};
// An empty handle stands for every account.
constexpr Statement kListDevices = {
    "list_devices",
    "SELECT d.device_id, d.account_id, a.handle, d.name, d.state, d.highest_counter,"
    " d.created_at_unix_ms, d.enrolled_at_unix_ms"
    " FROM device d JOIN account a USING (account_id)"
    " WHERE d.device_id > $1 AND ($2 = '' OR a.handle = $2) ORDER BY d.device_id LIMIT $3"};
constexpr Statement kLockDevice = {
    "lock_device",
    "SELECT d.device_id, d.account_id, a.handle, d.name, d.state, d.highest_counter,"
    " d.created_at_unix_ms, d.enrolled_at_unix_ms"
    " FROM device d JOIN account a USING (account_id) WHERE d.device_id = $1 FOR UPDATE OF d"};
constexpr Statement kSetDeviceState = {"set_device_state",
                                       "UPDATE device SET state = $2 WHERE device_id = $1"};
constexpr Statement kFindCertificate = {"find_certificate",
                                        "SELECT certificate_der FROM device WHERE device_id = $1"};

absl::Status NoSuchAccount(const std::string& handle) {
  return absl::NotFoundError("there is no account \"" + handle +
                             "\"; check the handle, or open it with `signetctl account create`");
}

DeviceRecord ReadDevice(const pqxx::row& row) {
  DeviceRecord record;
  record.device.id = row["device_id"].as<uint32_t>();
  record.device.account_id = row["account_id"].as<int64_t>();
  record.device.state = static_cast<DeviceState>(row["state"].as<int>());
  record.device.highest_counter = row["highest_counter"].as<uint32_t>();
  record.account_handle = row["handle"].as<std::string>();
  record.name = row["name"].as<std::string>();
  record.created_at_unix_ms = row["created_at_unix_ms"].as<int64_t>();
  record.enrolled_at_unix_ms = row["enrolled_at_unix_ms"].as<int64_t>();
  return record;
}

absl::Status CheckMayHaveDevices(const pqxx::row& account, const std::string& handle) {
  if (static_cast<AccountKind>(account["kind"].as<int>()) == AccountKind::kSystem) {
    return absl::FailedPreconditionError("\"" + handle +
                                         "\" is the platform's own account and has no devices");
  }
  if (static_cast<AccountState>(account["state"].as<int>()) != AccountState::kActive) {
    return absl::FailedPreconditionError(
        "the account \"" + handle +
        "\" is blocked; `signetctl account unblock` it before adding a device");
  }
  return absl::OkStatus();
}

// "device.suspend", as the operator would call it.
std::string ActionOf(DeviceState state) {
  switch (state) {
    case DeviceState::kActive:
      return "device.resume";
    case DeviceState::kSuspended:
      return "device.suspend";
    default:
      return "device.revoke";
  }
}

}  // namespace

absl::StatusOr<DeviceRecord> AddDevice(Database& database, const NewDevice& device,
                                       const OperatorStamp& stamp) {
  DeviceRecord record;
  const absl::Status status = database.Run([&](pqxx::transaction_base& transaction) {
    const pqxx::result accounts = Execute(transaction, kAccountOfNewDevice, device.account_handle);
    if (accounts.empty()) return NoSuchAccount(device.account_handle);
    if (absl::Status may = CheckMayHaveDevices(accounts[0], device.account_handle); !may.ok()) {
      return may;
    }
    const auto account_id = accounts[0]["account_id"].as<int64_t>();
    const pqxx::result inserted =
        Execute(transaction, kInsertDevice, account_id, device.name,
                static_cast<int>(DeviceState::kPending), stamp.at_unix_ms);
    record = DeviceRecord{};
    record.device.id = inserted[0]["device_id"].as<uint32_t>();
    record.device.account_id = account_id;
    record.account_handle = device.account_handle;
    record.name = device.name;
    record.created_at_unix_ms = stamp.at_unix_ms;
    const pqxx::result enrollment =
        Execute(transaction, kInsertEnrollment, pqxx::binarystring(device.activation_public_key),
                record.device.id, device.activation_expires_at_unix_ms, device.activation_tries);
    if (enrollment.affected_rows() == 0) {
      return absl::AlreadyExistsError(
          "the activation code is in use; make a new one with `signetctl device add`");
    }
    Audit(transaction, stamp, "device.add", FormatDeviceId(record.device.id));
    return absl::OkStatus();
  });
  if (!status.ok()) return status;
  return record;
}

absl::StatusOr<std::vector<DeviceRecord>> ListDevices(Database& database,
                                                      const std::string& account_handle,
                                                      uint32_t after_device_id, size_t limit) {
  std::vector<DeviceRecord> records;
  const absl::Status status = database.RunReadOnly([&](pqxx::transaction_base& transaction) {
    records.clear();
    if (!account_handle.empty() && Execute(transaction, kAccountExists, account_handle).empty()) {
      return NoSuchAccount(account_handle);
    }
    const pqxx::result rows = Execute(transaction, kListDevices, int64_t{after_device_id},
                                      account_handle, static_cast<int64_t>(limit));
    for (const auto& row : rows) records.push_back(ReadDevice(row));
    return absl::OkStatus();
  });
  if (!status.ok()) return status;
  return records;
}

absl::StatusOr<DeviceRecord> SetDeviceState(Database& database, uint32_t device_id,
                                            DeviceState state, const OperatorStamp& stamp) {
  DeviceRecord record;
  const absl::Status status = database.Run([&](pqxx::transaction_base& transaction) {
    const pqxx::result rows = Execute(transaction, kLockDevice, int64_t{device_id});
    if (rows.empty()) {
      return absl::NotFoundError("there is no device " + FormatDeviceId(device_id) +
                                 "; `signetctl device list` names them");
    }
    record = ReadDevice(rows[0]);
    if (absl::Status move = CheckStateMove(record.device.state, state); !move.ok()) return move;
    if (record.device.state == state) return absl::OkStatus();
    Execute(transaction, kSetDeviceState, int64_t{device_id}, static_cast<int>(state));
    Audit(transaction, stamp, ActionOf(state), FormatDeviceId(device_id));
    record.device.state = state;
    return absl::OkStatus();
  });
  if (!status.ok()) return status;
  return record;
}

absl::StatusOr<std::string> FindDeviceCertificate(Database& database, uint32_t device_id) {
  std::string certificate;
  const absl::Status status = database.RunReadOnly([&](pqxx::transaction_base& transaction) {
    const pqxx::result rows = Execute(transaction, kFindCertificate, int64_t{device_id});
    if (rows.empty() || rows[0]["certificate_der"].is_null()) {
      return absl::NotFoundError("there is no enrolled device " + FormatDeviceId(device_id));
    }
    certificate = pqxx::binarystring(rows[0]["certificate_der"]).str();
    return absl::OkStatus();
  });
  if (!status.ok()) return status;
  return certificate;
}

}  // namespace signet::payment_platform
