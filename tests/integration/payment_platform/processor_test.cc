#include "grpcpp/server_builder.h"
#include "services/payment_platform/payment_processor_service.h"
#include "tests/integration/payment_platform/ledger_fixture.h"
#include "tests/support/call_streams.h"

namespace signet::payment_platform {
namespace {

using namespace signet::testing;  // messages

class ProcessorTest : public LedgerIntegrationTest {
 protected:
  void SetUp() override {
    LedgerIntegrationTest::SetUp();
    handler_ = std::make_unique<PaymentProcessorService>(*batcher_);
    grpc::ServerBuilder builder;
    builder.RegisterService(handler_.get());
    server_ = builder.BuildAndStart();
    stub_ = platform::v1::PaymentProcessor::NewStub(server_->InProcessChannel({}));
    processor_ = std::make_unique<decltype(processor_)::element_type>(
        "process", [this](grpc::ClientContext* context, auto* reactor) {
          stub_->async()->Process(context, reactor);
        });
  }
  void TearDown() override {
    processor_.reset();
    server_->Shutdown();
  }

  grpc::Status Process(const Message& message, platform::v1::ProcessResponse& response) {
    platform::v1::ProcessRequest request;
    request.set_device_id(message.id.device_id);
    request.set_counter(message.id.counter);
    request.set_type(message.type);
    request.set_header(message.header);
    request.set_body(message.body);
    request.set_signature(message.signature);
    auto answer = CallAndWait(*processor_, std::move(request));
    response = std::move(answer.response);
    return answer.status;
  }

  std::unique_ptr<PaymentProcessorService> handler_;
  std::unique_ptr<grpc::Server> server_;
  std::unique_ptr<platform::v1::PaymentProcessor::Stub> stub_;
  std::unique_ptr<rpc::CallStreamClient<platform::v1::ProcessBatch, platform::v1::ProcessAnswers>>
      processor_;
};

TEST_F(ProcessorTest, AnswersWithTheStickyBytesAndKeepsTheEvidence) {
  const Message instruction = Instruction({1, 1});
  platform::v1::ProcessResponse response;
  ASSERT_TRUE(Process(instruction, response).ok());
  EXPECT_EQ(response.answer_type(), sealing::v1::MESSAGE_TYPE_PAYMENT_AUTHORIZATION);
  platform::v1::ProcessResponse again;
  ASSERT_TRUE(Process(instruction, again).ok());
  EXPECT_EQ(again.answer_body(), response.answer_body());
  EXPECT_EQ(Sql("SELECT convert_from(instruction_header, 'UTF8') FROM payment"),
            instruction.header);
  EXPECT_EQ(Sql("SELECT convert_from(instruction_signature, 'UTF8') FROM payment"),
            instruction.signature);
}

TEST_F(ProcessorTest, RefusalsHaveTheirCodes) {
  platform::v1::ProcessResponse response;
  EXPECT_EQ(Process(Instruction({77, 1}), response).error_code(),
            grpc::StatusCode::PERMISSION_DENIED);
  Message malformed = Instruction({1, 1});
  malformed.body = "\xff";
  EXPECT_EQ(Process(malformed, response).error_code(), grpc::StatusCode::INVALID_ARGUMENT);
  batcher_->Stop();
  EXPECT_EQ(Process(Instruction({1, 1}), response).error_code(), grpc::StatusCode::UNAVAILABLE);
}

}  // namespace
}  // namespace signet::payment_platform
