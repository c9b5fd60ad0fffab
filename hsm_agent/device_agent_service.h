// The agent's gRPC face: every call waits its turn for the one thread that uses the module.
#pragma once

#include "hsm_agent/agent.h"
#include "libs/serving/executor.h"
#include "signet/device/v1/device_agent.grpc.pb.h"

namespace signet::hsm_agent {

// What a caller is told: the codes that device_agent.proto lists, no other.
absl::Status ToCallerStatus(const absl::Status& status);

class DeviceAgentService final : public device::v1::DeviceAgent::CallbackService {
 public:
  // executor: one thread. Both must outlive this.
  DeviceAgentService(Agent& agent, serving::Executor& executor)
      : agent_(agent), executor_(executor) {}

  grpc::ServerUnaryReactor* DescribeModule(grpc::CallbackServerContext* context,
                                           const device::v1::DescribeModuleRequest* request,
                                           device::v1::DescribeModuleResponse* response) override;
  grpc::ServerUnaryReactor* BeginEnrollment(grpc::CallbackServerContext* context,
                                            const device::v1::BeginEnrollmentRequest* request,
                                            device::v1::BeginEnrollmentResponse* response) override;
  grpc::ServerUnaryReactor* CompleteEnrollment(
      grpc::CallbackServerContext* context, const device::v1::CompleteEnrollmentRequest* request,
      device::v1::CompleteEnrollmentResponse* response) override;
  grpc::ServerUnaryReactor* BeginQuery(grpc::CallbackServerContext* context,
                                       const device::v1::BeginQueryRequest* request,
                                       device::v1::BeginQueryResponse* response) override;
  grpc::ServerUnaryReactor* CompleteQuery(grpc::CallbackServerContext* context,
                                          const device::v1::CompleteQueryRequest* request,
                                          device::v1::CompleteQueryResponse* response) override;
  grpc::ServerUnaryReactor* BeginPayment(grpc::CallbackServerContext* context,
                                         const device::v1::BeginPaymentRequest* request,
                                         device::v1::BeginPaymentResponse* response) override;
  grpc::ServerUnaryReactor* ConfirmPayment(grpc::CallbackServerContext* context,
                                           const device::v1::ConfirmPaymentRequest* request,
                                           device::v1::ConfirmPaymentResponse* response) override;
  grpc::ServerUnaryReactor* CompletePayment(grpc::CallbackServerContext* context,
                                            const device::v1::CompletePaymentRequest* request,
                                            device::v1::CompletePaymentResponse* response) override;
  grpc::ServerUnaryReactor* DescribeOpenPayment(
      grpc::CallbackServerContext* context, const device::v1::DescribeOpenPaymentRequest* request,
      device::v1::DescribeOpenPaymentResponse* response) override;
  grpc::ServerUnaryReactor* AbandonPayment(grpc::CallbackServerContext* context,
                                           const device::v1::AbandonPaymentRequest* request,
                                           device::v1::AbandonPaymentResponse* response) override;

 private:
  template <typename Request, typename Response>
  using Operation = absl::StatusOr<Response> (Agent::*)(const Request&, const Abandoned&);

  template <typename Request, typename Response>
  grpc::ServerUnaryReactor* Serve(const char* name, grpc::CallbackServerContext* context,
                                  const Request* request, Response* response,
                                  Operation<Request, Response> operation);

  Agent& agent_;
  serving::Executor& executor_;
};

}  // namespace signet::hsm_agent
