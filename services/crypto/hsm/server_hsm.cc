#include "services/crypto/hsm/server_hsm.h"

#include <algorithm>
#include <chrono>
#include <utility>

#include "libs/base/status.h"
#include "libs/program/log.h"
#include "libs/program/program.h"

namespace signet::crypto {
namespace {

// A module that stays away is asked again this often, not with every operation.
constexpr std::chrono::seconds kReopenInterval{1};

// The token went away, or its sessions, its login (private objects go with it: PKCS#11 v2.40, 5.6)
// or its memory did: what opening the module anew can mend.
bool LostModule(const absl::Status& status) {
  return absl::IsUnavailable(status) || absl::IsPermissionDenied(status) ||
         absl::IsNotFound(status) || absl::IsResourceExhausted(status);
}

absl::Status CannotBeUsed() { return absl::UnavailableError("the hardware module cannot be used"); }

}  // namespace

absl::StatusOr<std::unique_ptr<ServerHsm::Instance>> ServerHsm::OpenInstance(
    const HsmOptions& options) {
  SIGNET_ASSIGN_OR_RETURN(auto module, LoadModule(options.token));
  auto instance = std::make_unique<Instance>(std::move(module));
  SIGNET_ASSIGN_OR_RETURN(auto slot, FindServerToken(instance->module, options.token.token_label));
  // The login covers every session of the process (PKCS#11 v2.40, 5.6).
  SIGNET_ASSIGN_OR_RETURN(instance->probe, OpenAndLogin(slot, options.token));
  auto keys = FindServerKeys(*instance->probe, options.bdk_id);
  if (!keys.ok()) {
    return serving::WithExitCode(keys.status(), serving::ExitCode::kHardwareModule);
  }
  instance->keys = *std::move(keys);
  while (instance->sessions.size() < options.sessions) {
    auto session = pkcs11::Session::Open(slot);
    if (!session.ok()) {
      return serving::WithExitCode(session.status(), serving::ExitCode::kHardwareModule);
    }
    instance->sessions.push_back(
        std::make_unique<HsmSession>(*std::move(session), instance->keys,
                                     std::max<size_t>(1, options.cached_keys / options.sessions)));
  }
  return instance;
}

absl::StatusOr<std::unique_ptr<ServerHsm>> ServerHsm::Open(const HsmOptions& options,
                                                           HsmMetrics& metrics) {
  SIGNET_ASSIGN_OR_RETURN(auto instance, OpenInstance(options));
  std::unique_ptr<ServerHsm> hsm(new ServerHsm(options, metrics));
  hsm->receipt_public_der_ = instance->keys.receipt_public_der;
  hsm->device_ca_public_der_ = instance->keys.device_ca_public_der;
  {
    absl::MutexLock lock(&hsm->mutex_);
    hsm->instance_ = std::move(instance);
  }
  metrics.SetUp(true);
  return hsm;
}

void ServerHsm::Reopen(uint64_t generation, const absl::Status& cause) {
  absl::MutexLock lock(&mutex_);
  // Another thread may have done it, or just failed to, while this one waited for the lock.
  const auto now = std::chrono::steady_clock::now();
  if (generation != generation_ || (!cause.ok() && now < next_attempt_) || pin_refused_) return;
  next_attempt_ = now + kReopenInterval;
  instance_.reset();  // C_Finalize before the next C_Initialize
  auto instance = OpenInstance(options_);
  metrics_.SetUp(instance.ok());
  if (!instance.ok()) {
    // Trying on would lock the token's PIN.
    pin_refused_ = absl::IsUnauthenticated(instance.status());
    serving::LogError("hsm_unavailable", {{"error", instance.status().ToString()}});
    return;
  }
  ++generation_;
  instance_ = *std::move(instance);
  metrics_.CountReopen();
  serving::LogInfo("hsm_reopened", {{"cause", cause.ok() ? "memory" : cause.ToString()}});
}

template <typename Fn>
auto ServerHsm::RunOnce(size_t thread, const Fn& fn) {
  using Result = decltype(fn(std::declval<HsmSession&>()));
  Result result = CannotBeUsed();
  bool worn = false;
  uint64_t generation = 0;
  {
    absl::ReaderMutexLock lock(&mutex_);
    generation = generation_;
    if (instance_ != nullptr) {
      HsmSession& session = *instance_->sessions[thread];
      result = fn(session);
      worn = session.objects_made() >= options_.objects_per_session;
    }
  }
  if (LostModule(result.status())) {
    Reopen(generation, result.status());
  } else if (worn) {
    Reopen(generation, absl::OkStatus());
  }
  return result;
}

template <typename Fn>
auto ServerHsm::Run(HsmOperation operation, size_t thread, const Fn& fn) {
  const auto start = std::chrono::steady_clock::now();
  auto result = RunOnce(thread, fn);
  // No operation changes the token: each may be done again in the module that was opened anew.
  if (LostModule(result.status())) result = RunOnce(thread, fn);
  metrics_.Record(operation, result.status(), std::chrono::steady_clock::now() - start);
  if (LostModule(result.status())) {
    serving::LogError("hsm_operation_failed", {{"error", result.status().ToString()}});
    result = CannotBeUsed();
  }
  return result;
}

absl::Status ServerHsm::Check() {
  absl::Status status = CannotBeUsed();
  uint64_t generation = 0;
  {
    absl::ReaderMutexLock lock(&mutex_);
    generation = generation_;
    if (instance_ != nullptr) {
      absl::MutexLock alone(&instance_->probe_mutex);
      auto logged_in = instance_->probe->IsLoggedIn();
      status = logged_in.status();
      if (logged_in.ok() && !*logged_in) status = absl::PermissionDeniedError("logged out");
    }
  }
  if (status.ok()) return status;
  Reopen(generation, status);
  absl::ReaderMutexLock lock(&mutex_);
  return instance_ != nullptr && generation != generation_ ? absl::OkStatus() : CannotBeUsed();
}

absl::StatusOr<sealing::OpenedMessage> ServerHsm::OpenMessage(
    size_t thread, const sealing::v1::SealedMessage& message, const sealing::Header& header) {
  return Run(HsmOperation::kOpen, thread,
             [&](HsmSession& session) { return session.OpenMessage(message, header); });
}

absl::StatusOr<sealing::v1::SealedMessage> ServerHsm::SealAnswer(size_t thread,
                                                                 const sealing::Header& header,
                                                                 std::string_view body,
                                                                 std::string_view signature) {
  return Run(HsmOperation::kSeal, thread,
             [&](HsmSession& session) { return session.SealAnswer(header, body, signature); });
}

absl::StatusOr<std::string> ServerHsm::SignReceipt(size_t thread, std::string_view receipt_body) {
  return Run(HsmOperation::kSignReceipt, thread,
             [&](HsmSession& session) { return session.SignReceipt(receipt_body); });
}

absl::StatusOr<WrappedInitialKey> ServerHsm::WrapInitialKey(
    size_t thread, uint32_t device_id, const openssl::RsaPublicKey& transport_key) {
  return Run(HsmOperation::kWrapInitialKey, thread,
             [&](HsmSession& session) { return session.WrapInitialKey(device_id, transport_key); });
}

absl::StatusOr<std::string> ServerHsm::IssueCertificate(size_t thread,
                                                        const openssl::CertificateSpec& spec,
                                                        std::string_view device_ca_der) {
  return Run(HsmOperation::kIssueCertificate, thread,
             [&](HsmSession& session) { return session.IssueCertificate(spec, device_ca_der); });
}

absl::StatusOr<std::string> ServerHsm::SignEnrollmentAnswer(size_t thread,
                                                            std::string_view request_hash,
                                                            std::string_view content) {
  return Run(HsmOperation::kSignEnrollmentAnswer, thread, [&](HsmSession& session) {
    return session.SignEnrollmentAnswer(request_hash, content);
  });
}

}  // namespace signet::crypto
