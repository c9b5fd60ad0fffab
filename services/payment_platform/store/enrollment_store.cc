#include "services/payment_platform/store/enrollment_store.h"

#include <optional>

namespace signet::payment_platform {
namespace {

// The device is locked as well: its first message and its revocation wait for the decision.
constexpr Statement kLockEnrollment = {
    "lock_enrollment",
    "SELECT e.device_id, e.expires_at_unix_ms, e.tries_left, e.request_hash,"
    " e.completed_at_unix_ms, d.state, d.highest_counter"
    " FROM enrollment e JOIN device d USING (device_id)"
    " WHERE e.activation_public_key = $1 FOR UPDATE OF e, d"};
constexpr Statement kSpendTry = {
    "spend_enrollment_try",
    "UPDATE enrollment SET tries_left = tries_left - 1 WHERE activation_public_key = $1"};
constexpr Statement kBindRequest = {
    "bind_enrollment_request",
    "UPDATE enrollment SET request_hash = $2 WHERE activation_public_key = $1"};
constexpr Statement kCompleteEnrollment = {
    "complete_enrollment",
    "UPDATE enrollment SET completed_at_unix_ms = $2 WHERE activation_public_key = $1"};
constexpr Statement kActivateDevice = {
    "activate_device",
    "UPDATE device SET state = $2, certificate_der = $3, enrolled_at_unix_ms = $4"
    " WHERE device_id = $1"};

struct Locked {
  std::optional<Enrollment> enrollment;
  EnrollmentAnswer who;
};

Locked LockEnrollment(pqxx::transaction_base& transaction, const pqxx::binarystring& key) {
  Locked locked;
  const pqxx::result rows = Execute(transaction, kLockEnrollment, key);
  if (rows.empty()) return locked;
  const pqxx::row row = rows[0];
  Enrollment enrollment;
  enrollment.device_id = row["device_id"].as<uint32_t>();
  enrollment.device_state = static_cast<DeviceState>(row["state"].as<int>());
  enrollment.highest_counter = row["highest_counter"].as<uint32_t>();
  enrollment.expires_at_unix_ms = row["expires_at_unix_ms"].as<int64_t>();
  enrollment.tries_left = row["tries_left"].as<int>();
  if (!row["request_hash"].is_null()) {
    enrollment.request_hash = pqxx::binarystring(row["request_hash"]).str();
  }
  enrollment.completed = row["completed_at_unix_ms"].as<int64_t>() != 0;
  locked.who.device_id = enrollment.device_id;
  locked.enrollment = std::move(enrollment);
  return locked;
}

}  // namespace

absl::StatusOr<EnrollmentAnswer> BeginEnrollment(Database& database,
                                                 const std::string& activation_public_key,
                                                 const std::string& request_hash,
                                                 int64_t now_unix_ms) {
  EnrollmentAnswer answer;
  const pqxx::binarystring key(activation_public_key);
  const absl::Status status = database.Run([&](pqxx::transaction_base& transaction) {
    const Locked locked = LockEnrollment(transaction, key);
    const Admission admission = AdmitEnrollment(locked.enrollment, request_hash, now_unix_ms);
    if (admission.spends_try) Execute(transaction, kSpendTry, key);
    if (admission.binds_request) {
      Execute(transaction, kBindRequest, key, pqxx::binarystring(request_hash));
    }
    answer = locked.who;
    answer.result = admission.result;
    return absl::OkStatus();
  });
  if (!status.ok()) return status;
  return answer;
}

absl::StatusOr<EnrollmentResult> CompleteEnrollment(Database& database,
                                                    const EnrolledDevice& enrolled,
                                                    int64_t now_unix_ms) {
  EnrollmentResult result = EnrollmentResult::kUnknownCode;
  const pqxx::binarystring key(enrolled.activation_public_key);
  const absl::Status status = database.Run([&](pqxx::transaction_base& transaction) {
    const Locked locked = LockEnrollment(transaction, key);
    result =
        DecideCompletion(locked.enrollment, enrolled.request_hash, enrolled.device_id, now_unix_ms);
    if (result != EnrollmentResult::kCompleted) return absl::OkStatus();
    Execute(transaction, kCompleteEnrollment, key, now_unix_ms);
    Execute(transaction, kActivateDevice, int64_t{enrolled.device_id},
            static_cast<int>(DeviceState::kActive), pqxx::binarystring(enrolled.certificate_der),
            now_unix_ms);
    return absl::OkStatus();
  });
  if (!status.ok()) return status;
  return result;
}

}  // namespace signet::payment_platform
