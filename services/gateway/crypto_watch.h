// Whether a crypto service answers, asked again and again on a thread of its own, so that whoever
// asks /readyz is told what is known and changes nothing.
#pragma once

#include <chrono>
#include <memory>
#include <string>

#include "absl/base/thread_annotations.h"
#include "absl/status/status.h"
#include "absl/synchronization/mutex.h"
#include "libs/serving/metrics.h"
#include "libs/serving/periodic.h"
#include "signet/crypto/v1/crypto.grpc.pb.h"

namespace signet::gateway {

// The question is a stream of exchanges without a call: it takes the way of every payment, through
// TLS, the method policy and the service's own handler, and nothing is left of it.
class CryptoWatch {
 public:
  // address: named where nobody answers. Asks once before it returns, and each interval from then
  // on. The stub and the metrics must outlive it: signet_gateway_crypto_up.
  CryptoWatch(crypto::v1::SealedExchange::Stub& exchange, std::string address,
              serving::Metrics& metrics,
              std::chrono::milliseconds interval = std::chrono::milliseconds(1'000));
  ~CryptoWatch();  // ends the question under way
  CryptoWatch(const CryptoWatch&) = delete;
  CryptoWatch& operator=(const CryptoWatch&) = delete;

  // UNAVAILABLE, with why, where one after the other of the last questions was not answered: each
  // may have met another replica.
  absl::Status Ready() const;

 private:
  absl::Status Ask() const;
  void Turn();

  crypto::v1::SealedExchange::Stub& exchange_;
  const std::string address_;
  serving::Gauge& up_;
  int failures_ = 0;
  mutable absl::Mutex mutex_;
  absl::Status ready_ ABSL_GUARDED_BY(mutex_);
  serving::Periodic periodic_;
};

}  // namespace signet::gateway
