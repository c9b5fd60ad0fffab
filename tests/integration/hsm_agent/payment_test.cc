#include <functional>

#include "libs/openssl/p256.h"
#include "tests/integration/hsm_agent/agent_test.h"

namespace signet::hsm_agent {
namespace {

using device::v1::BeginPaymentResponse;
using payments::v1::PaymentAuthorization;
using payments::v1::Receipt;
using sealing::v1::SealedMessage;
using ::testing::HasSubstr;

class PaymentTest : public EnrolledAgentTest {
 protected:
  SealedMessage SealAuthorization(const BeginPaymentResponse& begun,
                                  const PaymentAuthorization& authorization) {
    return host_->Seal(begun.instruction(), sealing::v1::MESSAGE_TYPE_PAYMENT_AUTHORIZATION,
                       authorization.SerializeAsString());
  }
  SealedMessage SealReceipt(const SealedMessage& confirmation, const std::string& receipt) {
    return host_->Seal(confirmation, sealing::v1::MESSAGE_TYPE_RECEIPT, receipt,
                       host_->SignReceipt(receipt));
  }
  SealedMessage Answer(const SealedMessage& message) {
    const absl::StatusOr<SealedMessage> answer = host_->Exchange(message);
    EXPECT_TRUE(answer.ok()) << answer.status();
    return answer.ok() ? *answer : SealedMessage();
  }
};

// Every message that differs from the given one in one bit of each byte.
void ForEachFlip(const SealedMessage& message,
                 const std::function<void(const SealedMessage&, size_t)>& visit) {
  using Field = std::string* (SealedMessage::*)();
  size_t index = 0;
  for (const Field field : {static_cast<Field>(&SealedMessage::mutable_header),
                            static_cast<Field>(&SealedMessage::mutable_nonce),
                            static_cast<Field>(&SealedMessage::mutable_ciphertext)}) {
    SealedMessage flipped = message;
    std::string& bytes = *(flipped.*field)();
    for (size_t i = 0; i < bytes.size(); ++i, ++index) {
      const char original = bytes[i];
      bytes[i] = static_cast<char>(original ^ (1 << (i % 8)));
      visit(flipped, index);
      bytes[i] = original;
    }
  }
}

TEST_F(PaymentTest, IsPaidOnceWithOnePinEntryAndEachStepCanBeRepeated) {
  const BeginPaymentResponse begun = BeginOrFail();
  ASSERT_EQ(person_.prompts.size(), 1U);
  EXPECT_EQ(person_.prompts[0].description,
            "Pay 12.50 EUR\nto Name of coffee (coffee)\nReference: table 5");
  const SealedMessage authorization = Answer(begun.instruction());
  const auto confirmed = Confirm(begun.payment_id(), authorization);
  SIGNET_ASSERT_OK(confirmed.status());
  const auto again = Confirm(begun.payment_id(), authorization);
  SIGNET_ASSERT_OK(again.status());
  EXPECT_EQ(again->SerializeAsString(), confirmed->SerializeAsString());

  const SealedMessage receipt = Answer(confirmed->confirmation());
  const auto completed = Complete(begun.payment_id(), receipt);
  SIGNET_ASSERT_OK(completed.status());
  Receipt body;
  ASSERT_TRUE(body.ParseFromString(completed->receipt().receipt()));
  EXPECT_EQ(body.payment_id(), begun.payment_id());
  EXPECT_EQ(body.amount().amount_minor(), 1250);
  EXPECT_FALSE(IsPaymentOpen());
  EXPECT_EQ(host_->paid(), 1U);
  EXPECT_EQ(person_.prompts.size(), 1U);

  RestartAgent();
  const auto repeated = Complete(begun.payment_id(), {});
  SIGNET_ASSERT_OK(repeated.status());
  EXPECT_EQ(repeated->SerializeAsString(), completed->SerializeAsString());
  EXPECT_EQ(Confirm(begun.payment_id(), authorization).status().code(),
            absl::StatusCode::kFailedPrecondition);
}

TEST_F(PaymentTest, OnlyAPayeeThatThePlatformNamedIsPaid) {
  EXPECT_EQ(Begin().status().code(), absl::StatusCode::kFailedPrecondition);
  SIGNET_ASSERT_OK(AskForPayee("coffee").status());
  EXPECT_EQ(Begin(1250, "coffee-2").status().code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_EQ(Begin(1250, "Coffee").status().code(), absl::StatusCode::kInvalidArgument);
  RestartAgent();
  EXPECT_EQ(Begin().status().code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_TRUE(person_.prompts.empty());
}

TEST_F(PaymentTest, TheRequestIsCheckedBeforeAnybodyIsAsked) {
  SIGNET_ASSERT_OK(AskForPayee("coffee").status());
  EXPECT_EQ(Begin(0).status().code(), absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(Begin(-5).status().code(), absl::StatusCode::kInvalidArgument);
  device::v1::BeginPaymentRequest request;
  request.set_payee("coffee");
  request.mutable_amount()->set_amount_minor(100);
  request.mutable_amount()->set_currency_code("EURO");
  EXPECT_EQ(agent_->BeginPayment(request, nullptr).status().code(),
            absl::StatusCode::kInvalidArgument);
  request.mutable_amount()->set_currency_code("EUR");
  request.set_reference(std::string(141, 'x'));
  EXPECT_EQ(agent_->BeginPayment(request, nullptr).status().code(),
            absl::StatusCode::kInvalidArgument);
  EXPECT_TRUE(person_.prompts.empty());
}

TEST_F(PaymentTest, OnePaymentAtATimeAndMeanwhileOnlyPaymentQueries) {
  const BeginPaymentResponse begun = BeginOrFail();
  const auto second = Begin();
  EXPECT_EQ(second.status().code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_THAT(std::string(second.status().message()),
              HasSubstr("payment 00000001-00000002 is open; run `signet resume`"));
  payments::v1::Query account;
  account.mutable_account();
  EXPECT_EQ(Ask(account).status().code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_EQ(AskForPayee("coffee").status().code(), absl::StatusCode::kFailedPrecondition);
  SIGNET_ASSERT_OK(AskForPayment(begun.payment_id()).status());
}

TEST_F(PaymentTest, AnAuthorizationOfSomethingElseIsNotConfirmed) {
  const BeginPaymentResponse begun = BeginOrFail();
  const PaymentAuthorization good = host_->Authorize(begun.instruction());
  const std::vector<std::function<void(PaymentAuthorization&)>> changes = {
      [](auto& a) { a.mutable_amount()->set_amount_minor(125'000); },
      [](auto& a) { a.mutable_amount()->set_currency_code("USD"); },
      [](auto& a) { a.set_payee("mallory"); },
      [](auto& a) { a.set_payee_name("Mallory"); },
      [](auto& a) { a.set_payment_id("00000001-00000009"); },
      [](auto& a) { a.set_instruction_hash(std::string(32, 'x')); },
      [](auto& a) { a.set_expires_at_unix_ms(0); },
  };
  for (size_t i = 0; i < changes.size(); ++i) {
    PaymentAuthorization changed = good;
    changes[i](changed);
    const auto refused = Confirm(begun.payment_id(), SealAuthorization(begun, changed));
    EXPECT_EQ(refused.status().code(), absl::StatusCode::kUnauthenticated) << i;
  }
  SIGNET_ASSERT_OK(Confirm(begun.payment_id(), SealAuthorization(begun, good)).status());
  EXPECT_EQ(person_.prompts.size(), 1U);
}

TEST_F(PaymentTest, AnAuthorizationOfAnotherPaymentOrOfAnotherTypeIsRefused) {
  const BeginPaymentResponse first = BeginOrFail();
  const SealedMessage first_answer = Answer(first.instruction());
  const SealedMessage receipt = Answer(Confirm(first.payment_id(), first_answer)->confirmation());
  SIGNET_ASSERT_OK(Complete(first.payment_id(), receipt).status());
  const BeginPaymentResponse second = BeginOrFail();
  EXPECT_EQ(Confirm(second.payment_id(), first_answer).status().code(),
            absl::StatusCode::kUnauthenticated);
  EXPECT_EQ(Confirm(second.payment_id(), receipt).status().code(),
            absl::StatusCode::kUnauthenticated);
  EXPECT_EQ(Confirm(second.payment_id(), second.instruction()).status().code(),
            absl::StatusCode::kUnauthenticated);
  EXPECT_EQ(Confirm(first.payment_id(), Answer(second.instruction())).status().code(),
            absl::StatusCode::kFailedPrecondition);
  const SealedMessage as_result =
      host_->Seal(second.instruction(), sealing::v1::MESSAGE_TYPE_QUERY_RESULT,
                  host_->Authorize(second.instruction()).SerializeAsString());
  EXPECT_EQ(Confirm(second.payment_id(), as_result).status().code(),
            absl::StatusCode::kUnauthenticated);
  SIGNET_ASSERT_OK(Confirm(second.payment_id(), Answer(second.instruction())).status());
}

TEST_F(PaymentTest, EveryFlippedBitIsRefused) {
  const BeginPaymentResponse begun = BeginOrFail();
  const SealedMessage authorization = Answer(begun.instruction());
  ForEachFlip(authorization, [&](const SealedMessage& flipped, size_t index) {
    EXPECT_EQ(Confirm(begun.payment_id(), flipped).status().code(),
              absl::StatusCode::kUnauthenticated)
        << index;
  });
  const auto confirmed = Confirm(begun.payment_id(), authorization);
  SIGNET_ASSERT_OK(confirmed.status());
  const SealedMessage receipt = Answer(confirmed->confirmation());
  ForEachFlip(receipt, [&](const SealedMessage& flipped, size_t index) {
    EXPECT_EQ(Complete(begun.payment_id(), flipped).status().code(),
              absl::StatusCode::kUnauthenticated)
        << index;
  });
  SIGNET_ASSERT_OK(Complete(begun.payment_id(), receipt).status());
}

TEST_F(PaymentTest, AForgedReceiptIsRefused) {
  const BeginPaymentResponse begun = BeginOrFail();
  EXPECT_EQ(Complete(begun.payment_id(), Answer(begun.instruction())).status().code(),
            absl::StatusCode::kFailedPrecondition);
  const SealedMessage confirmation = ConfirmOrFail(begun);
  host_->Exchange(confirmation).IgnoreError();
  const Receipt good = host_->ReceiptFor(confirmation);
  const std::vector<std::function<void(Receipt&)>> changes = {
      [](auto& r) { r.mutable_amount()->set_amount_minor(1); },
      [](auto& r) { r.set_payee("mallory"); },
      [](auto& r) { r.set_payee_name("Mallory"); },
      [](auto& r) { r.set_payment_id("00000001-00000009"); },
      [](auto& r) { r.set_instruction_hash(std::string(32, 'x')); },
      [](auto& r) { r.set_authorization_hash(std::string(32, 'x')); },
      [](auto& r) { r.set_reference("something else"); },
  };
  for (size_t i = 0; i < changes.size(); ++i) {
    Receipt changed = good;
    changes[i](changed);
    const SealedMessage sealed = SealReceipt(confirmation, changed.SerializeAsString());
    EXPECT_EQ(Complete(begun.payment_id(), sealed).status().code(),
              absl::StatusCode::kUnauthenticated)
        << i;
  }
  // Sealed under the right key, but not signed by the receipt key.
  const std::string body = good.SerializeAsString();
  SoftwareHost stranger(*server_session_);
  for (const std::string& signature :
       {stranger.SignReceipt(body), std::string(64, '\0'), host_->SignReceipt(body + "x")}) {
    const SealedMessage forged =
        host_->Seal(confirmation, sealing::v1::MESSAGE_TYPE_RECEIPT, body, signature);
    EXPECT_EQ(Complete(begun.payment_id(), forged).status().code(),
              absl::StatusCode::kUnauthenticated);
  }
  EXPECT_TRUE(IsPaymentOpen());
  SIGNET_ASSERT_OK(Complete(begun.payment_id(), SealReceipt(confirmation, body)).status());
}

TEST_F(PaymentTest, AnotherKeyPlantedOnTheTokenVerifiesNoReceipt) {
  SIGNET_ASSERT_OK(AskForPayee("coffee").status());
  {
    const std::unique_ptr<pkcs11::Session> session = OpenSession();
    pkcs11::ObjectFilter filter;
    filter.label = "receipt-key";
    SIGNET_ASSERT_OK(session->Destroy(*session->FindOne(filter)));
    const auto key = openssl::P256PrivateKey::Generate();
    pkcs11::KeyPolicy policy{
        "receipt-key", "\3", {pkcs11::Usage::kVerify}, {pkcs11::Mechanism::kEcdsa}};
    policy.on_token = true;
    const std::string point = *openssl::P256PointFromSpki((*key)->PublicKeyDer());
    SIGNET_ASSERT_OK(session->ImportP256PublicKey(point, policy).status());
  }
  RestartAgent();
  const auto refused = AskForPayee("coffee");
  EXPECT_EQ(refused.status().code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_THAT(std::string(refused.status().message()), HasSubstr("receipt-key"));
}

TEST_F(PaymentTest, ADeclineClosesThePaymentAndIsRepeated) {
  host_->DeclineNextPayment();
  const BeginPaymentResponse begun = BeginOrFail();
  const SealedMessage answer = Answer(begun.instruction());
  const auto declined = Confirm(begun.payment_id(), answer);
  SIGNET_ASSERT_OK(declined.status());
  EXPECT_EQ(declined->decline().reason(), payments::v1::DECLINE_REASON_INSUFFICIENT_FUNDS);
  EXPECT_FALSE(IsPaymentOpen());
  RestartAgent();
  EXPECT_EQ(Confirm(begun.payment_id(), answer)->SerializeAsString(),
            declined->SerializeAsString());
  BeginOrFail();
}

TEST_F(PaymentTest, ADeclineOfSomethingElseClosesNothing) {
  const BeginPaymentResponse begun = BeginOrFail();
  payments::v1::Decline decline;
  decline.set_request_hash(std::string(32, 'x'));
  decline.set_payment_id(begun.payment_id());
  decline.set_reason(payments::v1::DECLINE_REASON_EXPIRED);
  const SealedMessage answer = host_->Seal(begun.instruction(), sealing::v1::MESSAGE_TYPE_DECLINE,
                                           decline.SerializeAsString());
  EXPECT_EQ(Confirm(begun.payment_id(), answer).status().code(),
            absl::StatusCode::kUnauthenticated);
  EXPECT_TRUE(IsPaymentOpen());
}

TEST_F(PaymentTest, AConfirmationThatCameTooLateIsDeclined) {
  const BeginPaymentResponse begun = BeginOrFail();
  const SealedMessage confirmation = ConfirmOrFail(begun);
  host_->ExpireOpenPayments();
  const auto completed = Complete(begun.payment_id(), Answer(confirmation));
  SIGNET_ASSERT_OK(completed.status());
  EXPECT_EQ(completed->decline().reason(), payments::v1::DECLINE_REASON_EXPIRED);
  EXPECT_FALSE(IsPaymentOpen());
}

TEST_F(PaymentTest, IsResumedAfterARestartWithTheSameBytes) {
  const BeginPaymentResponse begun = BeginOrFail();
  RestartAgent();
  auto open = agent_->DescribeOpenPayment({}, nullptr);
  SIGNET_ASSERT_OK(open.status());
  EXPECT_EQ(open->payment().payment_id(), begun.payment_id());
  EXPECT_EQ(open->payment().amount().amount_minor(), 1250);
  EXPECT_EQ(open->payment().payee_name(), "Name of coffee");
  EXPECT_FALSE(open->payment().confirmed());
  EXPECT_EQ(open->payment().message().SerializeAsString(), begun.instruction().SerializeAsString());

  person_.prompts.clear();
  const SealedMessage confirmation = ConfirmOrFail(begun);
  ASSERT_EQ(person_.prompts.size(), 1U) << "the PIN was forgotten, and is asked for once";
  EXPECT_THAT(person_.prompts[0].description, HasSubstr("Confirm the payment of 12.50 EUR"));

  RestartAgent();
  open = agent_->DescribeOpenPayment({}, nullptr);
  EXPECT_TRUE(open->payment().confirmed());
  EXPECT_EQ(open->payment().message().SerializeAsString(), confirmation.SerializeAsString());
  SIGNET_ASSERT_OK(Complete(begun.payment_id(), Answer(confirmation)).status());
}

TEST_F(PaymentTest, IsAbandonedOnlyOnProof) {
  const BeginPaymentResponse lost = BeginOrFail();  // never reaches the platform
  EXPECT_EQ(Abandon(lost.payment_id()).status().code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_EQ(Abandon("00000001-00000077").status().code(), absl::StatusCode::kNotFound);
  SIGNET_ASSERT_OK(AskForPayment("00000001-00000077").status());
  EXPECT_EQ(Abandon(lost.payment_id()).status().code(), absl::StatusCode::kFailedPrecondition)
      << "an answer about another payment";
  SIGNET_ASSERT_OK(AskForPayment(lost.payment_id()).status());
  EXPECT_FALSE(host_->Exchange(lost.instruction()).ok()) << "too late for the platform";
  SIGNET_ASSERT_OK(Abandon(lost.payment_id()).status());
  SIGNET_ASSERT_OK(Abandon(lost.payment_id()).status());
  EXPECT_FALSE(IsPaymentOpen());

  const BeginPaymentResponse expiring = BeginOrFail();
  host_->Exchange(expiring.instruction()).IgnoreError();
  SIGNET_ASSERT_OK(AskForPayment(expiring.payment_id()).status());
  EXPECT_EQ(Abandon(expiring.payment_id()).status().code(), absl::StatusCode::kFailedPrecondition)
      << "authorized";
  host_->ExpireOpenPayments();
  SIGNET_ASSERT_OK(AskForPayment(expiring.payment_id()).status());
  SIGNET_ASSERT_OK(Abandon(expiring.payment_id()).status());
}

TEST_F(PaymentTest, APaidPaymentIsNeverAbandoned) {
  const BeginPaymentResponse begun = BeginOrFail();
  const SealedMessage receipt = Answer(ConfirmOrFail(begun));
  SIGNET_ASSERT_OK(AskForPayment(begun.payment_id()).status());
  EXPECT_EQ(Abandon(begun.payment_id()).status().code(), absl::StatusCode::kFailedPrecondition);
  SIGNET_ASSERT_OK(Complete(begun.payment_id(), receipt).status());
}

TEST_F(PaymentTest, CountersThatWereReleasedBeforeTheTokenWasRestoredAreSkipped) {
  agent_.reset();
  {
    auto state = StateFile::Open(state_folder_.path());
    SIGNET_ASSERT_OK(state.status());
    SIGNET_ASSERT_OK(
        state->Update([](device::v1::AgentState& next) { next.set_highest_counter(1000); }));
  }
  RestartAgent();
  SIGNET_ASSERT_OK(AskForPayee("coffee").status());
  EXPECT_EQ(host_->highest_counter(), 1001U);
}

TEST_F(PaymentTest, AQueryAnswersOnlyItself) {
  device::v1::BeginQueryRequest begin;
  begin.mutable_query()->mutable_payee()->set_payee("coffee");
  const auto first = agent_->BeginQuery(begin, nullptr);
  const auto second = agent_->BeginQuery(begin, nullptr);
  SIGNET_ASSERT_OK(first.status());
  SIGNET_ASSERT_OK(second.status());
  device::v1::CompleteQueryRequest crossed;
  crossed.set_exchange_id(first->exchange_id());
  *crossed.mutable_answer() = Answer(first->message());
  const SealedMessage first_answer = crossed.answer();
  *crossed.mutable_answer() = Answer(second->message());
  EXPECT_EQ(agent_->CompleteQuery(crossed, nullptr).status().code(),
            absl::StatusCode::kUnauthenticated);
  // The same key, another payee.
  payments::v1::QueryResult other;
  other.set_request_hash(std::string(32, 'x'));
  other.mutable_payee()->set_handle("coffee");
  other.mutable_payee()->set_name("Mallory");
  *crossed.mutable_answer() = host_->Seal(first->message(), sealing::v1::MESSAGE_TYPE_QUERY_RESULT,
                                          other.SerializeAsString());
  EXPECT_EQ(agent_->CompleteQuery(crossed, nullptr).status().code(),
            absl::StatusCode::kUnauthenticated);
  EXPECT_EQ(Begin().status().code(), absl::StatusCode::kFailedPrecondition);
  *crossed.mutable_answer() = first_answer;
  SIGNET_ASSERT_OK(agent_->CompleteQuery(crossed, nullptr).status());
  EXPECT_EQ(agent_->CompleteQuery(crossed, nullptr).status().code(), absl::StatusCode::kNotFound);
  SIGNET_ASSERT_OK(Begin().status());
}

TEST_F(PaymentTest, PendingQueriesAreBounded) {
  device::v1::BeginQueryRequest begin;
  begin.mutable_query()->mutable_account();
  const auto oldest = agent_->BeginQuery(begin, nullptr);
  SIGNET_ASSERT_OK(oldest.status());
  const SealedMessage answer = Answer(oldest->message());
  for (size_t i = 0; i < QueryDesk::kMaxPending; ++i) {
    SIGNET_ASSERT_OK(agent_->BeginQuery(begin, nullptr).status());
  }
  device::v1::CompleteQueryRequest complete;
  complete.set_exchange_id(oldest->exchange_id());
  *complete.mutable_answer() = answer;
  EXPECT_EQ(agent_->CompleteQuery(complete, nullptr).status().code(), absl::StatusCode::kNotFound);
}

TEST_F(PaymentTest, FiveWrongPinsBlockAndSpendNoCounter) {
  SIGNET_ASSERT_OK(AskForPayee("coffee").status());
  person_.pins = {"000000"};
  const auto blocked = Begin();
  EXPECT_EQ(blocked.status().code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_THAT(std::string(blocked.status().message()), HasSubstr("signet-agent unblock"));
  ASSERT_EQ(person_.prompts.size(), 5U);
  EXPECT_EQ(person_.prompts[4].tries_left, 1U);
  EXPECT_EQ(person_.prompts[4].error, "Wrong PIN; tries left: 1");
  person_.pins = {"135790"};
  EXPECT_EQ(Begin().status().code(), absl::StatusCode::kFailedPrecondition);
  RestartAgent();
  EXPECT_EQ(AskForPayee("coffee").status().code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_EQ(person_.prompts.size(), 5U) << "a right PIN does not unblock";
  EXPECT_EQ(agent_->DescribeModule({}, nullptr)->pin_tries_left(), 0U);
  EXPECT_EQ(host_->highest_counter(), 1U);
  EXPECT_FALSE(IsPaymentOpen());
}

TEST_F(PaymentTest, AWrongPinThenTheRightOnePays) {
  SIGNET_ASSERT_OK(AskForPayee("coffee").status());
  person_.pins = {"000000", "1", "135790"};
  const auto begun = Begin();
  SIGNET_ASSERT_OK(begun.status());
  EXPECT_EQ(begun->payment_id(), "00000001-00000002");
  EXPECT_EQ(agent_->DescribeModule({}, nullptr)->pin_tries_left(), 5U);
  ConfirmOrFail(*begun);
}

TEST_F(PaymentTest, ARefusalAtThePromptSpendsNothing) {
  SIGNET_ASSERT_OK(AskForPayee("coffee").status());
  person_.pins.clear();
  EXPECT_EQ(Begin().status().code(), absl::StatusCode::kCancelled);
  EXPECT_EQ(agent_->DescribeModule({}, nullptr)->next_counter(), 2U);
  EXPECT_EQ(agent_->DescribeModule({}, nullptr)->pin_tries_left(), 5U);
}

}  // namespace
}  // namespace signet::hsm_agent
