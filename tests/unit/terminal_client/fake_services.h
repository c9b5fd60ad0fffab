// An agent and a gateway in this process, without a module, a network or a socket: enough of each
// to see what the terminal sends and to answer as the real ones may.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "grpcpp/grpcpp.h"
#include "libs/openssl/p256.h"
#include "signet/device/v1/device_agent.grpc.pb.h"
#include "signet/gateway/v1/gateway.grpc.pb.h"

namespace signet::terminal {

inline constexpr char kPayment[] = "00000001-0000002a";

// What the "module" opens an answer as is the answer's ciphertext: "authorization", "receipt",
// "decline"; anything else it does not authenticate.
sealing::v1::SealedMessage Message(const std::string& ciphertext);

class FakeAgent final : public device::v1::DeviceAgent::Service {
 public:
  bool payment_open = true;
  device::v1::CompletePaymentResponse last_closed;  // what CompletePayment repeats
  bool may_abandon = false;
  uint32_t pin_tries_left = 5;
  grpc::Status begin_query_status;
  device::v1::CompleteQueryResponse query_outcome;    // of every query but for a receipt
  device::v1::CompleteQueryResponse receipt_outcome;  // a receipt closes the open payment
  bool keys_lost = false;                             // it opens none of the payment's answers
  int queries = 0;

  // Enrollment.
  int enrollments_begun = 0;
  std::string enrolled_device_id;
  std::string pinned_receipt_key = "receipt key";
  grpc::Status complete_enrollment_status;  // given after the effect
  bool complete_has_effect = true;

 private:
  std::string enrolled_content_;
  bool asked_for_receipt_ = false;  // by the query begun last

  using Context = grpc::ServerContext;
  grpc::Status DescribeModule(Context*, const device::v1::DescribeModuleRequest*,
                              device::v1::DescribeModuleResponse* response) override;
  grpc::Status BeginEnrollment(Context*, const device::v1::BeginEnrollmentRequest* request,
                               device::v1::BeginEnrollmentResponse* response) override;
  grpc::Status CompleteEnrollment(Context*, const device::v1::CompleteEnrollmentRequest* request,
                                  device::v1::CompleteEnrollmentResponse* response) override;
  grpc::Status BeginQuery(Context*, const device::v1::BeginQueryRequest* request,
                          device::v1::BeginQueryResponse* response) override;
  grpc::Status CompleteQuery(Context*, const device::v1::CompleteQueryRequest* request,
                             device::v1::CompleteQueryResponse* response) override;
  grpc::Status ConfirmPayment(Context*, const device::v1::ConfirmPaymentRequest* request,
                              device::v1::ConfirmPaymentResponse* response) override;
  grpc::Status CompletePayment(Context*, const device::v1::CompletePaymentRequest* request,
                               device::v1::CompletePaymentResponse* response) override;
  grpc::Status DescribeOpenPayment(Context*, const device::v1::DescribeOpenPaymentRequest*,
                                   device::v1::DescribeOpenPaymentResponse* response) override;
  grpc::Status AbandonPayment(Context*, const device::v1::AbandonPaymentRequest* request,
                              device::v1::AbandonPaymentResponse* response) override;
};

class FakeGateway final : public gateway::v1::PaymentGateway::Service {
 public:
  // The answer's ciphertext, or the error, to each message (counted from 1).
  std::function<grpc::Status(const std::string& ciphertext, int attempt, std::string& answer)>
      answer;
  std::vector<std::string> received;  // serialized messages, in order
  std::string request_id;             // goes with its errors; empty: as if they were not its own

 private:
  grpc::Status Exchange(grpc::ServerContext* context, const gateway::v1::ExchangeRequest* request,
                        gateway::v1::ExchangeResponse* response) override;
};

class FakeEnrollmentGateway final : public gateway::v1::EnrollmentGateway::Service {
 public:
  FakeEnrollmentGateway();

  std::function<grpc::Status(int attempt)> answer = [](int) { return grpc::Status::OK; };
  bool certify_another_key = false;
  bool unreadable = false;
  std::vector<std::string> received;

 private:
  grpc::Status Enroll(grpc::ServerContext*, const gateway::v1::EnrollRequest* request,
                      gateway::v1::EnrollResponse* response) override;

  std::unique_ptr<openssl::P256PrivateKey> ca_key_;
  std::string ca_der_;
};

// Serves one of them without a port.
class InProcess {
 public:
  explicit InProcess(grpc::Service& service) {
    grpc::ServerBuilder builder;
    builder.RegisterService(&service);
    server_ = builder.BuildAndStart();
  }
  std::shared_ptr<grpc::Channel> channel() { return server_->InProcessChannel({}); }

 private:
  std::unique_ptr<grpc::Server> server_;
};

}  // namespace signet::terminal
