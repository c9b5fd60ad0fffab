#include "tests/bench/devices/device_enrollment.h"

#include <atomic>
#include <chrono>
#include <fstream>
#include <functional>
#include <iterator>
#include <thread>
#include <utility>

#include "absl/base/thread_annotations.h"
#include "absl/synchronization/mutex.h"
#include "libs/base/big_endian.h"
#include "libs/base/status.h"
#include "libs/digests/digests.h"
#include "libs/openssl/aes.h"
#include "libs/openssl/certificate.h"
#include "libs/openssl/ed25519.h"
#include "libs/openssl/random.h"
#include "libs/openssl/rsa.h"
#include "libs/rpc/channel.h"
#include "libs/rpc/status_mapping.h"
#include "signet/crypto/v1/crypto.grpc.pb.h"
#include "signet/platform/v1/operator.grpc.pb.h"
#include "tests/bench/devices/bench_accounts.h"
#include "tests/bench/devices/ledger_signer.h"

namespace signet::bench {
namespace {

constexpr int kTransportBits = 3072;
constexpr size_t kCodeSeedBytes = 16;
constexpr size_t kCheckValueBytes = 5;
constexpr int kThreads = 8;  // each waits for the services most of the time
constexpr int64_t kCodeTtlSeconds = 3600;
constexpr std::chrono::seconds kTimeout{30};

class Enroller {
 public:
  static absl::StatusOr<std::unique_ptr<Enroller>> Create(const StackFolder& stack) {
    SIGNET_ASSIGN_OR_RETURN(const auto as_operator, rpc::MutualTlsClient(stack.CallAs("dev")));
    SIGNET_ASSIGN_OR_RETURN(const auto as_gateway, rpc::MutualTlsClient(stack.CallAs("gateway")));
    SIGNET_ASSIGN_OR_RETURN(auto transport, openssl::RsaPrivateKey::Generate(kTransportBits));
    auto enroller = std::make_unique<Enroller>();
    enroller->operator_ = platform::v1::Operator::NewStub(
        rpc::Connect(stack.platform, "signet-platform", as_operator));
    enroller->crypto_ =
        crypto::v1::Enrollment::NewStub(rpc::Connect(stack.crypto, "signet-crypto", as_gateway));
    enroller->transport_ = std::move(transport);
    SIGNET_ASSIGN_OR_RETURN(enroller->device_ca_key_, DeviceCaKey(stack.path));
    SIGNET_ASSIGN_OR_RETURN(enroller->ledger_signer_, LedgerSigner::Create());
    return enroller;
  }

  // Thread-safe.
  absl::StatusOr<std::unique_ptr<SimulatedDevice>> Enroll(size_t account) {
    SIGNET_ASSIGN_OR_RETURN(auto key, openssl::P256PrivateKey::Generate());
    SIGNET_ASSIGN_OR_RETURN(auto parts, Enroll(account, "bench device", *key, key->PublicKeyDer()));
    parts.account = account;
    parts.signing_key = std::move(key);
    return SimulatedDevice::Create(std::move(parts));
  }
  absl::Status EnrollForLedger(size_t account) {
    return Enroll(account, kLedgerDevice, *ledger_signer_, ledger_signer_->public_key_der())
        .status();
  }

 private:
  static absl::StatusOr<std::shared_ptr<VerifyingKey>> DeviceCaKey(const std::string& stack) {
    std::ifstream file(stack + "/hsm/device-ca.pem");
    const std::string pem((std::istreambuf_iterator<char>(file)), {});
    SIGNET_ASSIGN_OR_RETURN(const std::string der, openssl::FromPem("CERTIFICATE", pem));
    SIGNET_ASSIGN_OR_RETURN(const auto ca, openssl::ParseCertificate(der));
    SIGNET_ASSIGN_OR_RETURN(std::shared_ptr<VerifyingKey> key,
                            openssl::ParseP256PublicKey(ca.public_key_spki_der));
    return key;
  }

  absl::StatusOr<DeviceParts> Enroll(size_t account, const std::string& name, SigningKey& key,
                                     const std::string& public_key_der) {
    const Secret code = openssl::RandomSecret(kCodeSeedBytes);
    SIGNET_RETURN_IF_ERROR(AddDevice(account, name, code));
    SIGNET_ASSIGN_OR_RETURN(const auto tls_key, openssl::P256PrivateKey::Generate());
    SIGNET_ASSIGN_OR_RETURN(const std::string csr,
                            openssl::BuildCsr("device", public_key_der, key));
    SIGNET_ASSIGN_OR_RETURN(const auto request, MakeRequest(code, csr, *tls_key));
    grpc::ClientContext context;
    rpc::SetDeadline(context, kTimeout);
    crypto::v1::EnrollResponse response;
    SIGNET_RETURN_IF_ERROR(rpc::FromGrpc(crypto_->Enroll(&context, request, &response)));
    SIGNET_RETURN_IF_ERROR(Authenticate(request.enrollment(), response.enrollment()));
    SIGNET_ASSIGN_OR_RETURN(DeviceParts parts, ReadAnswer(response.enrollment()));
    parts.tls_key_pem = tls_key->ToPem();
    return parts;
  }

  absl::Status AddDevice(size_t account, const std::string& name, const Secret& code) {
    platform::v1::AddDeviceRequest request;
    request.set_account(AccountHandle(account));
    request.set_name(name);
    request.set_activation_ttl_seconds(kCodeTtlSeconds);
    SIGNET_ASSIGN_OR_RETURN(*request.mutable_activation_public_key(),
                            openssl::ActivationPublicKey(code));
    grpc::ClientContext context;
    rpc::SetDeadline(context, kTimeout);
    platform::v1::AddDeviceResponse response;
    return rpc::FromGrpc(operator_->AddDevice(&context, request, &response));
  }

  absl::StatusOr<crypto::v1::EnrollRequest> MakeRequest(const Secret& code,
                                                        const std::string& device_csr_der,
                                                        openssl::P256PrivateKey& tls_key) {
    device::v1::EnrollmentContent content;
    SIGNET_ASSIGN_OR_RETURN(*content.mutable_activation_public_key(),
                            openssl::ActivationPublicKey(code));
    content.set_device_csr_der(device_csr_der);
    SIGNET_ASSIGN_OR_RETURN(*content.mutable_terminal_csr_der(),
                            openssl::BuildCsr("terminal", tls_key.PublicKeyDer(), tls_key));
    content.set_transport_public_key_der(transport_->PublicKeyDer());
    crypto::v1::EnrollRequest request;
    device::v1::EnrollmentRequest& enrollment = *request.mutable_enrollment();
    enrollment.set_content(content.SerializeAsString());
    SIGNET_ASSIGN_OR_RETURN(
        *enrollment.mutable_signature(),
        openssl::SignWithActivationCode(code, EnrollmentDigest(enrollment.content())));
    return request;
  }

  absl::Status Authenticate(const device::v1::EnrollmentRequest& request,
                            const device::v1::EnrollmentResponse& response) {
    const std::string digest =
        EnrollmentAnswerDigest(EnrollmentDigest(request.content()), response.content());
    return device_ca_key_->VerifyDigest(digest, response.signature());
  }

  absl::StatusOr<DeviceParts> ReadAnswer(const device::v1::EnrollmentResponse& response) {
    device::v1::EnrollmentAnswer answer;
    if (!answer.ParseFromString(response.content())) {
      return absl::InternalError("an enrollment's answer cannot be read");
    }
    DeviceParts parts;
    if (answer.bdk_id().size() != 4 || answer.device_id().size() != 4) {
      return absl::InternalError("an enrollment's answer has no device ID");
    }
    parts.bdk_id = ReadBigEndian32(answer.bdk_id(), 0);
    parts.device_id = ReadBigEndian32(answer.device_id(), 0);
    SIGNET_ASSIGN_OR_RETURN(parts.initial_key,
                            transport_->UnwrapOaep(answer.wrapped_initial_key()));
    SIGNET_ASSIGN_OR_RETURN(std::string check_value,
                            openssl::AesCmac(parts.initial_key, std::string(16, '\0')));
    check_value.resize(kCheckValueBytes);
    if (check_value != answer.initial_key_check_value()) {
      return absl::InternalError("an enrollment's initial key has another check value");
    }
    parts.tls_certificate_pem = openssl::ToPem("CERTIFICATE", answer.terminal_certificate_der());
    SIGNET_ASSIGN_OR_RETURN(parts.receipt_key, ReceiptKey(answer.receipt_public_key_der()));
    return parts;
  }

  // Parsed once for all devices.
  absl::StatusOr<std::shared_ptr<VerifyingKey>> ReceiptKey(const std::string& spki_der) {
    const absl::MutexLock lock(&mutex_);
    if (receipt_key_ == nullptr) {
      SIGNET_ASSIGN_OR_RETURN(receipt_key_, openssl::ParseP256PublicKey(spki_der));
    }
    return receipt_key_;
  }

  std::unique_ptr<platform::v1::Operator::Stub> operator_;
  std::unique_ptr<crypto::v1::Enrollment::Stub> crypto_;
  std::unique_ptr<openssl::RsaPrivateKey> transport_;
  std::shared_ptr<VerifyingKey> device_ca_key_;
  std::unique_ptr<LedgerSigner> ledger_signer_;
  absl::Mutex mutex_;
  std::shared_ptr<VerifyingKey> receipt_key_ ABSL_GUARDED_BY(mutex_);
};

// one(0) to one(count - 1), by some threads, until one fails.
absl::Status InParallel(size_t count, const std::function<absl::Status(size_t)>& one) {
  std::vector<absl::Status> failures(kThreads);
  std::atomic<size_t> next{0};
  std::atomic<bool> failed{false};
  std::vector<std::thread> threads;
  for (absl::Status& failure : failures) {
    threads.emplace_back([&] {
      for (size_t i = next++; i < count && !failed; i = next++) {
        failure = one(i);
        if (failure.ok()) continue;
        failed = true;
        return;
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  for (const absl::Status& failure : failures) {
    if (!failure.ok()) return Annotate(failure, "enrolling the simulated devices");
  }
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<std::vector<std::unique_ptr<SimulatedDevice>>> EnrollDevices(
    const StackFolder& stack, size_t count) {
  SIGNET_ASSIGN_OR_RETURN(const auto enroller, Enroller::Create(stack));
  std::vector<std::unique_ptr<SimulatedDevice>> devices(count);
  SIGNET_RETURN_IF_ERROR(InParallel(count, [&](size_t i) {
    auto device = enroller->Enroll(i);
    if (device.ok()) devices[i] = *std::move(device);
    return device.status();
  }));
  return devices;
}

absl::Status EnrollLedgerDevices(const StackFolder& stack, size_t count) {
  SIGNET_ASSIGN_OR_RETURN(const auto enroller, Enroller::Create(stack));
  return InParallel(count, [&](size_t i) { return enroller->EnrollForLedger(i); });
}

}  // namespace signet::bench
