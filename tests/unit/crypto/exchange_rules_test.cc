#include "services/crypto/exchange_rules.h"

#include <gtest/gtest.h>

#include <set>

namespace signet::crypto {
namespace {

using sealing::v1::MessageType;

constexpr uint32_t kBdkId = 0x5195e700;
constexpr uint32_t kDeviceId = 7;

v1::ExchangeRequest GoodRequest(MessageType type = MessageType::MESSAGE_TYPE_QUERY) {
  v1::ExchangeRequest request;
  request.set_device_id(kDeviceId);
  request.mutable_message()->set_header(sealing::SerializeHeader({type, {kBdkId, kDeviceId, 1}}));
  request.mutable_message()->set_nonce(std::string(sealing::kNonceBytes, 'n'));
  request.mutable_message()->set_ciphertext(std::string(100, 'c'));
  return request;
}

Refusal RefusalOf(const v1::ExchangeRequest& request) {
  auto checked = CheckExchange(request, kBdkId);
  EXPECT_TRUE(std::holds_alternative<Refusal>(checked));
  return std::get<Refusal>(checked);
}

TEST(CheckExchangeTest, GivesTheHeader) {
  auto checked = CheckExchange(GoodRequest(), kBdkId);
  ASSERT_TRUE(std::holds_alternative<sealing::Header>(checked));
  const auto& header = std::get<sealing::Header>(checked);
  EXPECT_EQ(header.type, MessageType::MESSAGE_TYPE_QUERY);
  EXPECT_EQ(header.ksn, (dukpt::KeySerialNumber{kBdkId, kDeviceId, 1}));
}

TEST(CheckExchangeTest, RefusesAnOversizedMessage) {
  auto request = GoodRequest();
  request.mutable_message()->set_ciphertext(std::string(sealing::kMaxSealedMessageBytes, 'c'));
  EXPECT_EQ(RefusalOf(request), Refusal::kOversized);
}

TEST(CheckExchangeTest, RefusesWhatIsNotAMessage) {
  EXPECT_EQ(RefusalOf(v1::ExchangeRequest()), Refusal::kBadHeader);
  auto request = GoodRequest();
  request.mutable_message()->set_header("\xff\xff");
  EXPECT_EQ(RefusalOf(request), Refusal::kBadHeader);
  request = GoodRequest();
  request.mutable_message()->set_nonce("short");
  EXPECT_EQ(RefusalOf(request), Refusal::kBadHeader);
  request = GoodRequest();
  request.mutable_message()->set_ciphertext("short");
  EXPECT_EQ(RefusalOf(request), Refusal::kBadHeader);
}

TEST(CheckExchangeTest, RefusesAnswers) {
  for (auto type :
       {MessageType::MESSAGE_TYPE_QUERY_RESULT, MessageType::MESSAGE_TYPE_PAYMENT_AUTHORIZATION,
        MessageType::MESSAGE_TYPE_RECEIPT, MessageType::MESSAGE_TYPE_DECLINE}) {
    EXPECT_EQ(RefusalOf(GoodRequest(type)), Refusal::kWrongType);
  }
}

TEST(CheckExchangeTest, RefusesAnotherDevicesChannel) {
  auto request = GoodRequest();
  request.set_device_id(kDeviceId + 1);
  EXPECT_EQ(RefusalOf(request), Refusal::kWrongChannel);
}

TEST(CheckExchangeTest, RefusesAnotherBdk) {
  auto checked = CheckExchange(GoodRequest(), kBdkId + 1);
  ASSERT_TRUE(std::holds_alternative<Refusal>(checked));
  EXPECT_EQ(std::get<Refusal>(checked), Refusal::kUnknownBdk);
}

TEST(IsAnswerTest, IsExactlyWhatComesFromTheHost) {
  const std::set<int> answers = {2, 4, 6, 7};  // sealed_message.proto
  for (int type = -1; type < 12; ++type) {
    EXPECT_EQ(IsAnswer(static_cast<MessageType>(type)), answers.count(type) == 1) << type;
  }
}

TEST(PlatformErrorTest, AboutTheMessageAreRefusals) {
  using grpc::StatusCode;
  const auto process = [](StatusCode code) { return MeaningOfProcessError({code, "secret"}); };
  EXPECT_EQ(std::get<Refusal>(process(StatusCode::PERMISSION_DENIED)), Refusal::kCounter);
  EXPECT_EQ(std::get<Refusal>(process(StatusCode::NOT_FOUND)), Refusal::kUnknownDevice);
  EXPECT_EQ(std::get<Refusal>(process(StatusCode::INVALID_ARGUMENT)), Refusal::kBadBody);
  const auto device = [](StatusCode code) { return MeaningOfDeviceError({code, "secret"}); };
  EXPECT_EQ(std::get<Refusal>(device(StatusCode::NOT_FOUND)), Refusal::kUnknownDevice);
  EXPECT_EQ(std::get<Refusal>(device(StatusCode::PERMISSION_DENIED)), Refusal::kUnknownDevice);
}

TEST(PlatformErrorTest, OthersArePassedOnWithoutTheirText) {
  using grpc::StatusCode;
  for (auto code : {StatusCode::RESOURCE_EXHAUSTED, StatusCode::UNAVAILABLE,
                    StatusCode::DEADLINE_EXCEEDED, StatusCode::CANCELLED, StatusCode::INTERNAL}) {
    for (const auto& meaning :
         {MeaningOfProcessError({code, "secret"}), MeaningOfDeviceError({code, "secret"})}) {
      ASSERT_TRUE(std::holds_alternative<grpc::Status>(meaning));
      EXPECT_EQ(std::get<grpc::Status>(meaning).error_code(), code);
      EXPECT_EQ(std::get<grpc::Status>(meaning).error_message().find("secret"), std::string::npos);
    }
  }
}

TEST(PlatformErrorTest, OurOwnFaultsAreInternal) {
  for (auto code : {grpc::StatusCode::UNAUTHENTICATED, grpc::StatusCode::UNIMPLEMENTED,
                    grpc::StatusCode::UNKNOWN, grpc::StatusCode::DATA_LOSS}) {
    EXPECT_EQ(PassOn(code).error_code(), grpc::StatusCode::INTERNAL);
    EXPECT_EQ(PassOn(code).error_message(), "internal error");
  }
}

}  // namespace
}  // namespace signet::crypto
