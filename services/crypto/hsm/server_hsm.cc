#include "services/crypto/hsm/server_hsm.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include "libs/base/status.h"
#include "libs/pkcs11/fault.h"
#include "libs/program/log.h"
#include "libs/program/program.h"

namespace signet::crypto {
namespace {

using pkcs11::Fault;
using pkcs11::IsModuleTrouble;

// A module that has not answered for so many intervals of the proof hangs.
constexpr int kMissedProofs = 3;

absl::Status CannotBeUsed() { return absl::UnavailableError("the hardware module cannot be used"); }

absl::Status OfModule(const absl::Status& status) {
  if (status.ok() || serving::ExitCodeOf(status) != serving::ExitCode::kInternal) return status;
  return serving::WithExitCode(status, serving::ExitCode::kHardwareModule);
}

bool IsPinRefused(const absl::Status& status) {
  return absl::IsUnauthenticated(status) || pkcs11::FaultOf(status) == Fault::kPin;
}

}  // namespace

absl::StatusOr<std::unique_ptr<HsmSession>> ServerHsm::OpenSession(const HsmOptions& options,
                                                                   const Instance& instance) {
  SIGNET_ASSIGN_OR_RETURN(auto session, pkcs11::Session::Open(instance.slot));
  return std::make_unique<HsmSession>(std::move(session), instance.keys,
                                      std::max<size_t>(1, options.cached_keys / options.sessions));
}

absl::StatusOr<std::unique_ptr<ServerHsm::Instance>> ServerHsm::OpenInstance(
    const HsmOptions& options, pkcs11::Module module) {
  SIGNET_ASSIGN_OR_RETURN(auto slot, FindServerToken(module, options.token.token_label));
  auto instance = std::make_unique<Instance>(std::move(module), std::move(slot));
  // The login covers every session of the process (PKCS#11 v2.40, 5.6).
  SIGNET_ASSIGN_OR_RETURN(auto session, OpenAndLogin(instance->slot, options.token));
  SIGNET_ASSIGN_OR_RETURN(instance->keys, FindServerKeys(*session, options.bdk_id));
  instance->probe = std::make_unique<HsmProbe>(std::move(session), instance->keys);
  while (instance->sessions.size() < options.sessions) {
    SIGNET_ASSIGN_OR_RETURN(auto thread_session, OpenSession(options, *instance));
    instance->sessions.push_back(std::move(thread_session));
  }
  SIGNET_RETURN_IF_ERROR(instance->probe->ProveAll());
  return instance;
}

absl::StatusOr<std::unique_ptr<ServerHsm>> ServerHsm::Open(const HsmOptions& options,
                                                           HsmMetrics& metrics) {
  SIGNET_ASSIGN_OR_RETURN(auto module, LoadModule(options.token));
  auto instance = OpenInstance(options, std::move(module));
  if (!instance.ok()) {
    absl::Status status = instance.status();
    const Fault fault = pkcs11::FaultOf(status);
    // A call that is refused as such will be refused again.
    if (IsModuleTrouble(status) && fault != Fault::kCall) {
      status = absl::UnavailableError(status.message());
    }
    return OfModule(status);
  }
  std::unique_ptr<ServerHsm> hsm(new ServerHsm(options, metrics));
  hsm->receipt_public_der_ = (*instance)->keys.receipt_public_der;
  hsm->device_ca_public_der_ = (*instance)->keys.device_ca_public_der;
  {
    absl::MutexLock lock(&hsm->mutex_);
    hsm->instance_ = *std::move(instance);
  }
  hsm->Worked();
  hsm->watch_ = std::thread([hsm = hsm.get()] { hsm->Watch(); });
  return hsm;
}

ServerHsm::~ServerHsm() {
  ending_.Notify();
  if (watch_.joinable()) watch_.join();
}

void ServerHsm::Worked() {
  last_work_.store(Clock::now().time_since_epoch().count(), std::memory_order_relaxed);
  if (!up_.exchange(true)) metrics_.SetUp(true);
}

void ServerHsm::Failed() {
  if (up_.exchange(false)) metrics_.SetUp(false);
}

absl::Status ServerHsm::Ready() const {
  if (!up_.load()) return CannotBeUsed();
  const Clock::duration silent =
      Clock::now().time_since_epoch() - Clock::duration(last_work_.load());
  if (silent <= kMissedProofs * options_.proof_interval) return absl::OkStatus();
  return absl::UnavailableError(
      absl::StrCat("the hardware module has not answered for ",
                   std::chrono::duration_cast<std::chrono::seconds>(silent).count(), " s"));
}

absl::Status ServerHsm::CheckSameKeys(const ServerKeys& keys) const {
  if (keys.receipt_public_der == receipt_public_der_ &&
      keys.device_ca_public_der == device_ca_public_der_) {
    return absl::OkStatus();
  }
  return absl::FailedPreconditionError(
      "the token's keys are not those that this service was started with; give it the token back, "
      "or start the service again");
}

absl::StatusOr<std::unique_ptr<ServerHsm::Instance>> ServerHsm::OpenAnew(bool keep_module) {
  absl::StatusOr<std::unique_ptr<Instance>> instance = CannotBeUsed();
  if (keep_module && instance_ != nullptr) {
    pkcs11::Module module = instance_->module;
    instance_.reset();  // its sessions, and with the last of them the login
    instance = OpenInstance(options_, std::move(module));
    if (instance.ok() || IsPinRefused(instance.status())) return instance;
  }
  instance_.reset();  // C_Finalize before the next C_Initialize
  auto module = LoadModule(options_.token);
  if (!module.ok()) return module.status();
  return OpenInstance(options_, *std::move(module));
}

void ServerHsm::Reopen(uint64_t generation, const absl::Status& cause) {
  absl::MutexLock lock(&mutex_);
  // Another thread may have done it, or just failed to, while this one waited for the lock.
  const auto now = Clock::now();
  if (generation != generation_ || (!cause.ok() && now < next_attempt_) || pin_refused_) return;
  ++generation_;
  auto instance = OpenAnew(/*keep_module=*/!cause.ok());
  next_attempt_ = Clock::now() + options_.reopen_pause;
  absl::Status status = instance.status();
  if (status.ok()) status = CheckSameKeys((*instance)->keys);
  if (!status.ok()) {
    Failed();
    pin_refused_ = IsPinRefused(status);
    serving::LogError("hsm_unavailable", {{"error", status.ToString()}});
    return;
  }
  instance_ = *std::move(instance);
  Worked();
  metrics_.CountReopen();
  serving::LogInfo("hsm_reopened", {{"cause", cause.ok() ? "memory" : cause.ToString()}});
}

bool ServerHsm::Recover(uint64_t generation, const absl::Status& cause) {
  {
    absl::ReaderMutexLock lock(&mutex_);
    if (generation == generation_ && instance_ != nullptr && instance_->probe->ProveAll().ok()) {
      return false;
    }
  }
  Failed();
  Reopen(generation, cause);
  absl::ReaderMutexLock lock(&mutex_);
  return instance_ != nullptr && generation != generation_;
}

template <typename Fn>
auto ServerHsm::RunOnce(size_t thread, InSession in_session, Ran& ran, const Fn& fn) {
  using Result = decltype(fn(std::declval<HsmSession&>()));
  absl::ReaderMutexLock lock(&mutex_);
  ran = {generation_, false};
  if (instance_ == nullptr) return Result(CannotBeUsed());
  std::unique_ptr<HsmSession>& session = instance_->sessions[thread];
  if (in_session == InSession::kNew) {
    auto opened = OpenSession(options_, *instance_);
    if (!opened.ok()) return Result(opened.status());
    session = *std::move(opened);
  }
  Result result = fn(*session);
  ran.worn = session->objects_made() >= options_.objects_per_session;
  return result;
}

template <typename Fn>
auto ServerHsm::Run(HsmOperation operation, size_t thread, const Fn& fn) {
  const auto start = Clock::now();
  Ran ran;
  auto result = RunOnce(thread, InSession::kAsItIs, ran, fn);
  const absl::Status first = result.status();
  if (IsModuleTrouble(first)) result = RunOnce(thread, InSession::kNew, ran, fn);
  if (IsModuleTrouble(result.status()) && Recover(ran.generation, first)) {
    result = RunOnce(thread, InSession::kAsItIs, ran, fn);
  }
  metrics_.Record(operation, result.status(), Clock::now() - start);
  if (IsModuleTrouble(first)) {
    serving::LogWarning("hsm_operation_failed",
                        {{"error", first.ToString()}, {"done_again", result.ok()}});
  }
  if (result.ok()) Worked();
  if (ran.worn) Reopen(ran.generation, absl::OkStatus());
  if (IsModuleTrouble(result.status()) && !up_.load()) result = CannotBeUsed();
  return result;
}

void ServerHsm::Watch() {
  while (!ending_.WaitForNotificationWithTimeout(absl::FromChrono(options_.reopen_pause))) Look();
}

void ServerHsm::Look() {
  const Clock::duration idle = Clock::now().time_since_epoch() - Clock::duration(last_work_.load());
  if (up_.load() && idle < options_.proof_interval) return;
  absl::Status status = CannotBeUsed();
  uint64_t generation = 0;
  bool worn = false;
  {
    absl::ReaderMutexLock lock(&mutex_);
    generation = generation_;
    if (instance_ != nullptr) {
      status = instance_->probe->ProvePayments();
      worn = instance_->probe->objects_made() >= options_.objects_per_session;
    }
  }
  status.ok() ? Worked() : Failed();
  if (!status.ok() || worn) Reopen(generation, status);
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
