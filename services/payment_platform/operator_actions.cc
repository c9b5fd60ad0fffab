#include "services/payment_platform/operator_actions.h"

#include <algorithm>
#include <utility>
#include <vector>

#include "libs/base/ids.h"
#include "libs/base/status.h"
#include "services/payment_platform/domain/answers.h"
#include "services/payment_platform/domain/device_rules.h"
#include "services/payment_platform/domain/text.h"
#include "services/payment_platform/store/account_store.h"
#include "services/payment_platform/store/device_store.h"
#include "services/payment_platform/store/evidence_store.h"
#include "services/payment_platform/store/status_store.h"
#include "services/payment_platform/store/verify/ledger_verifier.h"

namespace signet::payment_platform {
namespace {

constexpr size_t kActivationKeyBytes = 32;  // Ed25519 (RFC 8032, 5.1.5)
constexpr int64_t kMinTtlSeconds = 60;
constexpr int64_t kMaxTtlSeconds = 7 * 24 * 3600;
constexpr uint32_t kDefaultPageSize = 100;
constexpr uint32_t kMaxPageSize = 1000;
constexpr uint32_t kDefaultEvidencePageSize = 500;
constexpr size_t kMaxEvidencePageBytes = 1024 * 1024;  // well below the 4 MiB of a message

// The domain's enums are the protos', number by number, so that a cast translates.
template <typename Proto, typename Own>
constexpr bool Same(Proto proto, Own own) {
  return static_cast<int>(proto) == static_cast<int>(own);
}
static_assert(Same(platform::v1::ACCOUNT_KIND_CUSTOMER, AccountKind::kCustomer));
static_assert(Same(platform::v1::ACCOUNT_KIND_MERCHANT, AccountKind::kMerchant));
static_assert(Same(platform::v1::ACCOUNT_KIND_SYSTEM, AccountKind::kSystem));
static_assert(Same(platform::v1::ACCOUNT_STATE_ACTIVE, AccountState::kActive));
static_assert(Same(platform::v1::ACCOUNT_STATE_BLOCKED, AccountState::kBlocked));
static_assert(Same(platform::v1::DEVICE_STATE_PENDING, DeviceState::kPending));
static_assert(Same(platform::v1::DEVICE_STATE_ACTIVE, DeviceState::kActive));
static_assert(Same(platform::v1::DEVICE_STATE_SUSPENDED, DeviceState::kSuspended));
static_assert(Same(platform::v1::DEVICE_STATE_REVOKED, DeviceState::kRevoked));
static_assert(platform::v1::AccountKind_ARRAYSIZE == 4 &&
              platform::v1::AccountState_ARRAYSIZE == 3 &&
              platform::v1::DeviceState_ARRAYSIZE == 5);

void Fill(const AccountRecord& record, platform::v1::Account& out) {
  const Account& account = record.account;
  out.set_handle(account.handle);
  out.set_name(account.name);
  out.set_kind(static_cast<platform::v1::AccountKind>(account.kind));
  out.set_state(static_cast<platform::v1::AccountState>(account.state));
  *out.mutable_posted() = MoneyOf(account.currency_code, account.posted_minor);
  *out.mutable_reserved() = MoneyOf(account.currency_code, account.reserved_minor);
  *out.mutable_available() = MoneyOf(account.currency_code, account.AvailableMinor());
  *out.mutable_payment_limit() = MoneyOf(account.currency_code, account.payment_limit_minor);
  out.set_created_at_unix_ms(record.created_at_unix_ms);
}

void Fill(const DeviceRecord& record, platform::v1::Device& out) {
  out.set_device_id(FormatDeviceId(record.device.id));
  out.set_account(record.account_handle);
  out.set_name(record.name);
  out.set_state(static_cast<platform::v1::DeviceState>(record.device.state));
  out.set_highest_counter(record.device.highest_counter);
  out.set_created_at_unix_ms(record.created_at_unix_ms);
  out.set_enrolled_at_unix_ms(record.enrolled_at_unix_ms);
}

void Fill(const Evidence& evidence, platform::v1::SignedEvidence& out) {
  out.set_header(evidence.header);
  out.set_body(evidence.body);
  out.set_signature(evidence.signature);
}

void Fill(const StoredEvidence& evidence, platform::v1::PaymentEvidence& out) {
  out.set_payment_id(FormatPaymentId(evidence.id));
  out.set_state(evidence.state);
  out.set_created_at_unix_ms(evidence.created_at_unix_ms);
  Fill(evidence.instruction, *out.mutable_instruction());
  if (!evidence.confirmation.header.empty()) {
    Fill(evidence.confirmation, *out.mutable_confirmation());
  }
}

absl::Status NotOurPageToken() {
  return absl::InvalidArgumentError(
      "page_token is not one of ours; give next_page_token as it was answered");
}

absl::Status Validate(const platform::v1::AddDeviceRequest& request) {
  SIGNET_RETURN_IF_ERROR(ValidateHandle(request.account()));
  if (!IsName(request.name())) {
    return absl::InvalidArgumentError(
        "a device's name has 1 to 100 bytes and no control characters");
  }
  if (request.activation_public_key().size() != kActivationKeyBytes) {
    return absl::InvalidArgumentError("activation_public_key has 32 bytes (Ed25519)");
  }
  if (request.activation_ttl_seconds() < kMinTtlSeconds ||
      request.activation_ttl_seconds() > kMaxTtlSeconds) {
    return absl::InvalidArgumentError(
        "an activation code is valid for 60 to 604800 seconds; choose a time between them");
  }
  return absl::OkStatus();
}

}  // namespace

absl::Status OperatorActions::CreateAccount(const platform::v1::CreateAccountRequest& request,
                                            const std::string& operator_name,
                                            platform::v1::CreateAccountResponse& response) {
  OpenAccount command;
  command.handle = request.handle();
  command.name = request.name();
  command.kind = static_cast<AccountKind>(request.kind());
  command.currency_code = request.currency_code();
  command.deposit_minor = request.opening_deposit_minor();
  command.payment_limit_minor = request.payment_limit_minor();
  command.operator_name = operator_name;
  const Outcome outcome = batcher_.SubmitAndWait(std::move(command));
  if (!outcome.status.ok()) return outcome.status;
  SIGNET_ASSIGN_OR_RETURN(const AccountRecord account, FindAccount(database_, request.handle()));
  Fill(account, *response.mutable_account());
  return absl::OkStatus();
}

absl::Status OperatorActions::GetAccount(const platform::v1::GetAccountRequest& request,
                                         platform::v1::GetAccountResponse& response) {
  SIGNET_RETURN_IF_ERROR(ValidateHandle(request.handle()));
  SIGNET_ASSIGN_OR_RETURN(const AccountRecord account, FindAccount(database_, request.handle()));
  Fill(account, *response.mutable_account());
  return absl::OkStatus();
}

absl::Status OperatorActions::SetAccountState(const platform::v1::SetAccountStateRequest& request,
                                              const std::string& operator_name,
                                              platform::v1::SetAccountStateResponse& response) {
  SIGNET_RETURN_IF_ERROR(ValidateHandle(request.handle()));
  if (request.state() != platform::v1::ACCOUNT_STATE_ACTIVE &&
      request.state() != platform::v1::ACCOUNT_STATE_BLOCKED) {
    return absl::InvalidArgumentError("state must be ACTIVE or BLOCKED");
  }
  SIGNET_ASSIGN_OR_RETURN(
      const AccountRecord account,
      payment_platform::SetAccountState(database_, request.handle(),
                                        static_cast<AccountState>(request.state()),
                                        {operator_name, clock_.NowUnixMs()}));
  Fill(account, *response.mutable_account());
  return absl::OkStatus();
}

absl::Status OperatorActions::AddDevice(const platform::v1::AddDeviceRequest& request,
                                        const std::string& operator_name,
                                        platform::v1::AddDeviceResponse& response) {
  SIGNET_RETURN_IF_ERROR(Validate(request));
  const int64_t now = clock_.NowUnixMs();
  const int64_t expires = now + request.activation_ttl_seconds() * 1000;
  SIGNET_ASSIGN_OR_RETURN(
      const DeviceRecord device,
      payment_platform::AddDevice(database_,
                                  {request.account(), request.name(),
                                   request.activation_public_key(), expires, kEnrollmentTries},
                                  {operator_name, now}));
  Fill(device, *response.mutable_device());
  response.set_activation_expires_at_unix_ms(expires);
  return absl::OkStatus();
}

absl::Status OperatorActions::ListDevices(const platform::v1::ListDevicesRequest& request,
                                          platform::v1::ListDevicesResponse& response) {
  if (!request.account().empty()) SIGNET_RETURN_IF_ERROR(ValidateHandle(request.account()));
  uint32_t after = 0;
  if (!request.page_token().empty()) {
    const absl::StatusOr<uint32_t> token = ParseDeviceId(request.page_token());
    if (!token.ok()) return NotOurPageToken();
    after = *token;
  }
  const uint32_t page_size = request.page_size() == 0
                                 ? kDefaultPageSize
                                 : std::min<uint32_t>(request.page_size(), kMaxPageSize);
  // One more than asked for tells whether there is another page.
  SIGNET_ASSIGN_OR_RETURN(
      std::vector<DeviceRecord> devices,
      payment_platform::ListDevices(database_, request.account(), after, page_size + 1));
  if (devices.size() > page_size) {
    devices.resize(page_size);
    response.set_next_page_token(FormatDeviceId(devices.back().device.id));
  }
  for (const DeviceRecord& device : devices) Fill(device, *response.add_devices());
  return absl::OkStatus();
}

absl::Status OperatorActions::SetDeviceState(const platform::v1::SetDeviceStateRequest& request,
                                             const std::string& operator_name,
                                             platform::v1::SetDeviceStateResponse& response) {
  SIGNET_ASSIGN_OR_RETURN(const uint32_t device_id, ParseDeviceId(request.device_id()));
  if (request.state() != platform::v1::DEVICE_STATE_ACTIVE &&
      request.state() != platform::v1::DEVICE_STATE_SUSPENDED &&
      request.state() != platform::v1::DEVICE_STATE_REVOKED) {
    return absl::InvalidArgumentError("state must be ACTIVE, SUSPENDED or REVOKED");
  }
  SIGNET_ASSIGN_OR_RETURN(const DeviceRecord device,
                          payment_platform::SetDeviceState(
                              database_, device_id, static_cast<DeviceState>(request.state()),
                              {operator_name, clock_.NowUnixMs()}));
  Fill(device, *response.mutable_device());
  return absl::OkStatus();
}

absl::Status OperatorActions::VerifyLedger(const std::function<bool()>& cancelled,
                                           platform::v1::VerifyLedgerResponse& response) {
  if (!verification_.TryEnter()) {
    return absl::ResourceExhaustedError("the ledger is being verified; wait for that to end");
  }
  VerifierOptions options;
  options.cancelled = cancelled;
  const absl::StatusOr<LedgerVerdict> verdict = payment_platform::VerifyLedger(database_, options);
  verification_.Leave();
  if (!verdict.ok()) return verdict.status();
  response.set_consistent(verdict->consistent());
  response.set_batches(verdict->batches);
  response.set_payments(verdict->payments);
  response.set_entries(verdict->entries);
  for (const std::string& finding : verdict->findings) response.add_findings(finding);
  for (const auto& [currency, sum] : verdict->imbalance_minor) {
    (*response.mutable_imbalance_minor())[currency] = sum;
  }
  ledger_metrics_.SetImbalance(verdict->imbalance_minor);
  if (verdict->consistent()) ledger_metrics_.SetVerifiedAt(clock_.NowUnixMs());
  return absl::OkStatus();
}

absl::Status OperatorActions::ListEvidence(const platform::v1::ListEvidenceRequest& request,
                                           platform::v1::ListEvidenceResponse& response) {
  PaymentId after;
  if (!request.page_token().empty()) {
    const absl::StatusOr<PaymentId> token = ParsePaymentId(request.page_token());
    if (!token.ok()) return NotOurPageToken();
    after = *token;
  }
  const uint32_t page_size = request.page_size() == 0
                                 ? kDefaultEvidencePageSize
                                 : std::min<uint32_t>(request.page_size(), kMaxPageSize);
  SIGNET_ASSIGN_OR_RETURN(
      const std::vector<StoredEvidence> page,
      payment_platform::ListEvidence(database_, after, page_size, kMaxEvidencePageBytes));
  for (const StoredEvidence& evidence : page) {
    Fill(evidence, *response.add_payments());
    const std::string device_id = FormatDeviceId(evidence.id.device_id);
    (*response.mutable_certificates())[device_id] = evidence.certificate_der;
  }
  if (!page.empty()) response.set_next_page_token(FormatPaymentId(page.back().id));
  return absl::OkStatus();
}

absl::Status OperatorActions::GetStatus(const std::string& version,
                                        platform::v1::GetStatusResponse& response) {
  SIGNET_ASSIGN_OR_RETURN(const PlatformStatus status, ReadStatus(database_));
  response.set_version(version);
  response.set_schema_version(status.schema_version);
  response.set_accounts(status.accounts);
  for (const auto& [state, count] : status.devices_by_state) {
    (*response.mutable_devices_by_state())[state] = count;
  }
  response.set_open_payments(status.open_payments);
  response.set_database_time_unix_ms(status.database_time_unix_ms);
  return absl::OkStatus();
}

}  // namespace signet::payment_platform
