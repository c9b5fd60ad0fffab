// The SealedExchange service: opens a device's message in the HSM, has the platform process it, and
// seals the answer.
//
//   check ─▶ device's key (cache, else registry) ─▶ [HSM] open, verify ─▶ platform ─▶ [HSM] sign,
//   seal ─▶ reply
//
// Only the steps in brackets block; they run on the device's HSM thread. The first needs a place in
// its queue, the second has it already: work that the platform has booked is always answered.
#pragma once

#include <string>

#include "libs/base/clock.h"
#include "libs/openssl/certificate.h"
#include "libs/rpc/call_stream/call_stream_client.h"
#include "libs/rpc/call_stream/call_stream_server.h"
#include "services/crypto/device_keys.h"
#include "services/crypto/hsm/server_hsm.h"
#include "services/crypto/refusal.h"
#include "services/crypto/unary_call.h"
#include "signet/crypto/v1/crypto.grpc.pb.h"
#include "signet/platform/v1/device_registry.grpc.pb.h"
#include "signet/platform/v1/processor.grpc.pb.h"

namespace signet::crypto {

using Processor = rpc::CallStreamClient<platform::v1::ProcessBatch, platform::v1::ProcessAnswers>;

// What exchanges are made with. All of it outlives the server.
struct ExchangeParts {
  CallShared& shared;
  ServerHsm& hsm;
  const Clock& clock;
  DeviceKeyCache& device_keys;
  RefusalLog& refusals;
  platform::v1::DeviceRegistry::Stub& registry;
  Processor& processor;
  uint32_t bdk_id;
  openssl::TrustAnchor device_ca;
};

using ExchangeStreams = rpc::CallStreamServer<v1::ExchangeBatch, v1::ExchangeAnswers>;

class SealedExchangeService final : public v1::SealedExchange::CallbackService {
 public:
  // calls: optional; must outlive the server.
  explicit SealedExchangeService(ExchangeParts parts, rpc::CallObserver* calls = nullptr);

  ExchangeStreams::Reactor* Exchange(grpc::CallbackServerContext* context) override {
    return streams_.Open(context);
  }
  // Before the server is shut down.
  void Drain() { streams_.Drain(); }

 private:
  ExchangeParts parts_;
  ExchangeStreams streams_;
};

}  // namespace signet::crypto
