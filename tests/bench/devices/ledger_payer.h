// Pays at the platform's own interface, as the crypto service would: messages that are open and
// taken for verified. No cryptography but the digests and signatures of a payment's two messages.
#pragma once

#include <cstdint>
#include <deque>
#include <string>

#include "signet/platform/v1/processor.grpc.pb.h"
#include "tests/bench/devices/ledger_signer.h"
#include "tests/bench/devices/payment_order.h"
#include "tests/bench/measure/payer.h"

namespace signet::bench {

// One of EnrollLedgerDevices.
struct LedgerDevice {
  uint32_t id = 0;
  uint32_t counter = 0;  // the highest that was used
  size_t account = 0;
};

using Processor = rpc::CallStreamClient<platform::v1::ProcessBatch, platform::v1::ProcessAnswers>;

struct LedgerParts {
  std::deque<LedgerDevice>& devices;  // those at rest
  LedgerSigner& signer;               // of all of them
  PaymentOrders& orders;
  Processor& platform;
};

// Another device for each payment.
class LedgerPayer final : public Payer {
 public:
  LedgerPayer(grpc::CompletionQueue& queue, LedgerParts parts) : Payer(queue), parts_(parts) {}

 private:
  absl::Status SendInstruction() override;
  absl::Status SendConfirmation() override;
  void SendAgain() override;
  absl::Status CheckReceipt() override;
  const grpc::Status& CallStatus() const override { return call_.status; }
  absl::Status Send(sealing::v1::MessageType type, const google::protobuf::Message& body);

  LedgerParts parts_;
  LedgerDevice device_;
  std::string digest_;  // of the message sent last
  StreamedCall<platform::v1::ProcessBatch, platform::v1::ProcessAnswers> call_;
};

}  // namespace signet::bench
