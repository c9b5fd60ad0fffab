#include "services/payment_platform/store/device_store.h"

#include "libs/base/ids.h"
#include "libs/base/status.h"
#include "services/payment_platform/domain/account_rules.h"
#include "services/payment_platform/domain/device_rules.h"
#include "services/payment_platform/store/account_store.h"
#include "services/payment_platform/store/device_columns.h"
#include "services/payment_platform/store/postgres/fields.h"

namespace signet::payment_platform {
namespace {

constexpr Statement kInsertDevice = {
    "insert_device",
    "INSERT INTO device (account_id, name, state, created_at_unix_ms) VALUES ($1, $2, $3, $4)"
    " RETURNING device_id"};
constexpr Statement kInsertEnrollment = {
    "insert_enrollment",
    "INSERT INTO enrollment (activation_public_key, device_id, expires_at_unix_ms, tries_left)"
    " VALUES ($1, $2, $3, $4) ON CONFLICT DO NOTHING"};
#define SIGNET_DEVICE_RECORDS                                       \
  "SELECT " SIGNET_DEVICE_COLUMNS                                   \
  ", a.handle, d.name, d.created_at_unix_ms, d.enrolled_at_unix_ms" \
  " FROM device d JOIN account a USING (account_id)"
// An empty handle stands for every account.
constexpr Statement kListDevices = {
    "list_devices", SIGNET_DEVICE_RECORDS
    " WHERE d.device_id > $1 AND ($2 = '' OR a.handle = $2) ORDER BY d.device_id LIMIT $3"};
constexpr Statement kLockDevice = {"lock_device",
                                   SIGNET_DEVICE_RECORDS " WHERE d.device_id = $1 FOR UPDATE OF d"};
#undef SIGNET_DEVICE_RECORDS
constexpr Statement kSetDeviceState = {"set_device_state",
                                       "UPDATE device SET state = $2 WHERE device_id = $1"};
constexpr Statement kFindCertificate = {"find_certificate",
                                        "SELECT certificate_der FROM device WHERE device_id = $1"};

DeviceRecord ReadRecord(const pqxx::row& row) {
  RowReader field(row);
  DeviceRecord record;
  record.device = ReadDevice(field);
  record.account_handle = field.NextBytes();
  record.name = field.NextBytes();
  record.created_at_unix_ms = field.Next();
  record.enrolled_at_unix_ms = field.Next();
  return record;
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
    SIGNET_ASSIGN_OR_RETURN(const AccountRecord owner,
                            FindAccount(transaction, device.account_handle));
    SIGNET_RETURN_IF_ERROR(CheckMayHaveDevices(owner.account));
    const int64_t account_id = owner.account.id;
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
    if (!account_handle.empty()) {
      SIGNET_RETURN_IF_ERROR(FindAccount(transaction, account_handle).status());
    }
    const pqxx::result rows = Execute(transaction, kListDevices, int64_t{after_device_id},
                                      account_handle, static_cast<int64_t>(limit));
    for (const auto& row : rows) records.push_back(ReadRecord(row));
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
    record = ReadRecord(rows[0]);
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
