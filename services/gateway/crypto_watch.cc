#include "services/gateway/crypto_watch.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include "grpcpp/client_context.h"
#include "libs/rpc/channel.h"
#include "libs/rpc/status_mapping.h"

namespace signet::gateway {
namespace {

constexpr std::chrono::milliseconds kAnswerTime{2'000};
constexpr int kFailures = 2;

}  // namespace

CryptoWatch::CryptoWatch(crypto::v1::SealedExchange::Stub& exchange, std::string address,
                         serving::Metrics& metrics, std::chrono::milliseconds interval)
    : exchange_(exchange),
      address_(std::move(address)),
      up_(metrics.AddGauge("signet_gateway_crypto_up",
                           "1 where a crypto service answers this gateway, 0 where none does")),
      failures_(kFailures),
      periodic_(absl::FromChrono(interval), [this] {
        Turn();
        return false;
      }) {
  Turn();
  periodic_.Start();
}

CryptoWatch::~CryptoWatch() { periodic_.Stop(); }

absl::Status CryptoWatch::Ready() const {
  const absl::MutexLock lock(&mutex_);
  return ready_;
}

absl::Status CryptoWatch::Ask() const {
  grpc::ClientContext context;
  rpc::SetDeadline(context, kAnswerTime);
  const auto stream = exchange_.Exchange(&context);
  stream->WritesDone();
  return rpc::FromGrpc(stream->Finish());
}

void CryptoWatch::Turn() {
  const absl::Status answer = Ask();
  failures_ = answer.ok() ? 0 : failures_ + 1;
  if (failures_ > 0 && failures_ < kFailures) return;
  up_.Set(answer.ok() ? 1 : 0);
  const absl::MutexLock lock(&mutex_);
  ready_ = answer.ok() ? answer
                       : absl::UnavailableError(absl::StrCat("no crypto service answers at ",
                                                             address_, ": ", answer.message()));
}

}  // namespace signet::gateway
