// A receipt that is asked for: it ends a payment whose keys the module has lost, and nothing else.
#include <functional>

#include "libs/digests/digests.h"
#include "tests/integration/hsm_agent/agent_test.h"

namespace signet::hsm_agent {
namespace {

using device::v1::BeginPaymentResponse;
using device::v1::BeginQueryResponse;
using device::v1::CompleteQueryResponse;
using payments::v1::Receipt;
using sealing::v1::SealedMessage;
using ::testing::Contains;
using ::testing::HasSubstr;
using ::testing::Not;

class ReceiptTest : public EnrolledAgentTest {
 protected:
  static payments::v1::Query ReceiptQuery(const std::string& payment_id) {
    payments::v1::Query query;
    query.mutable_receipt()->set_payment_id(payment_id);
    return query;
  }
  BeginQueryResponse BeginQuery(const std::string& payment_id) {
    device::v1::BeginQueryRequest request;
    *request.mutable_query() = ReceiptQuery(payment_id);
    const auto begun = agent_->BeginQuery(request, nullptr);
    EXPECT_TRUE(begun.ok()) << begun.status();
    return begun.ok() ? *begun : BeginQueryResponse();
  }
  absl::StatusOr<CompleteQueryResponse> CompleteQuery(const BeginQueryResponse& begun,
                                                      const SealedMessage& answer) {
    device::v1::CompleteQueryRequest request;
    request.set_exchange_id(begun.exchange_id());
    *request.mutable_answer() = answer;
    return agent_->CompleteQuery(request, nullptr);
  }
  // Answers the query with this receipt, signed by the receipt key.
  SealedMessage SealReceipt(const BeginQueryResponse& begun, const Receipt& receipt) {
    const std::string body = receipt.SerializeAsString();
    return host_->Seal(begun.message(), sealing::v1::MESSAGE_TYPE_RECEIPT, body,
                       host_->SignReceipt(body));
  }
  SealedMessage Answer(const SealedMessage& message) {
    const absl::StatusOr<SealedMessage> answer = host_->Exchange(message);
    EXPECT_TRUE(answer.ok()) << answer.status();
    return answer.ok() ? *answer : SealedMessage();
  }
  // A payment that the platform has confirmed; its receipt never came.
  BeginPaymentResponse ConfirmedByThePlatform() {
    const BeginPaymentResponse begun = BeginOrFail();
    confirmation_ = ConfirmOrFail(begun);
    Answer(confirmation_);
    return begun;
  }
  // A payment from its approval to its end.
  std::string Paid() {
    const BeginPaymentResponse begun = BeginOrFail();
    const auto completed = Complete(begun.payment_id(), Answer(ConfirmOrFail(begun)));
    EXPECT_TRUE(completed.ok()) << completed.status();
    return begun.payment_id();
  }
  static Receipt Content(const absl::StatusOr<CompleteQueryResponse>& outcome) {
    Receipt content;
    EXPECT_TRUE(outcome.ok()) << outcome.status();
    EXPECT_TRUE(outcome.ok() && content.ParseFromString(outcome->receipt().receipt()));
    return content;
  }

  SealedMessage confirmation_;
};

TEST_F(ReceiptTest, EndsAConfirmedPaymentWhoseKeysAreLost) {
  const BeginPaymentResponse begun = ConfirmedByThePlatform();
  LosePaymentKeys();
  const auto lost = Complete(begun.payment_id(), Answer(confirmation_));
  EXPECT_EQ(lost.status().code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_THAT(std::string(lost.status().message()), HasSubstr("no longer holds the keys"));
  SIGNET_ASSERT_OK(AskForPayment(begun.payment_id()).status());
  EXPECT_EQ(Abandon(begun.payment_id()).status().code(), absl::StatusCode::kFailedPrecondition);

  const auto fetched = AskForReceipt(begun.payment_id());
  const Receipt content = Content(fetched);
  EXPECT_EQ(content.payment_id(), begun.payment_id());
  EXPECT_EQ(content.amount().amount_minor(), 1250);
  EXPECT_FALSE(IsPaymentOpen());
  EXPECT_EQ(host_->paid(), 1U);

  // Closed as CompletePayment closes: durable, and repeated.
  RestartAgent();
  EXPECT_FALSE(IsPaymentOpen());
  const auto repeated = Complete(begun.payment_id(), {});
  SIGNET_ASSERT_OK(repeated.status());
  EXPECT_EQ(repeated->receipt().SerializeAsString(), fetched->receipt().SerializeAsString());
  EXPECT_EQ(Abandon(begun.payment_id()).status().code(), absl::StatusCode::kNotFound);
  Paid();
  EXPECT_EQ(host_->paid(), 2U);
}

TEST_F(ReceiptTest, IsFetchedAgainHoweverOftenByPayerAndPayee) {
  const std::string first = Paid();
  const std::string second = Paid();
  for (const std::string& id : {first, second, first}) {
    EXPECT_EQ(Content(AskForReceipt(id)).payment_id(), id);
  }
  EXPECT_EQ(AskForReceipt("nonsense").status().code(), absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(AskForReceipt("").status().code(), absl::StatusCode::kInvalidArgument);

  // Where this device is the payee's.
  Receipt content;
  ASSERT_TRUE(content.ParseFromString(Complete(second, {})->receipt().receipt()));
  content.set_payment_id("00000007-00000001");
  content.set_payer("bob");
  content.set_payee("alice");
  const BeginPaymentResponse open = BeginOrFail();
  const BeginQueryResponse begun = BeginQuery("00000007-00000001");
  EXPECT_EQ(Content(CompleteQuery(begun, SealReceipt(begun, content))).payee(), "alice");
  EXPECT_TRUE(IsPaymentOpen()) << "another device's payment is not the one that is open";
}

TEST_F(ReceiptTest, AnotherPaymentsReceiptClosesNothing) {
  const std::string paid = Paid();
  const BeginPaymentResponse open = ConfirmedByThePlatform();
  EXPECT_EQ(Content(AskForReceipt(paid)).payment_id(), paid);
  EXPECT_TRUE(IsPaymentOpen());

  // The query names the open payment, the answer's receipt another one.
  const BeginQueryResponse begun = BeginQuery(open.payment_id());
  Receipt other;
  ASSERT_TRUE(other.ParseFromString(AskForReceipt(paid)->receipt().receipt()));
  EXPECT_EQ(CompleteQuery(begun, SealReceipt(begun, other)).status().code(),
            absl::StatusCode::kUnauthenticated);
  // The answer to one query given to another, under way at the same time.
  const BeginQueryResponse for_paid = BeginQuery(paid);
  const BeginQueryResponse for_open = BeginQuery(open.payment_id());
  const SealedMessage answer = Answer(for_paid.message());
  EXPECT_EQ(CompleteQuery(for_open, answer).status().code(), absl::StatusCode::kUnauthenticated);
  EXPECT_EQ(Complete(open.payment_id(), answer).status().code(),
            absl::StatusCode::kUnauthenticated);
  EXPECT_TRUE(IsPaymentOpen());
  EXPECT_TRUE(CompleteQuery(for_paid, answer).ok());
  EXPECT_TRUE(IsPaymentOpen());
  SIGNET_ASSERT_OK(AskForReceipt(open.payment_id()).status());
  EXPECT_FALSE(IsPaymentOpen());
}

TEST_F(ReceiptTest, AForgedReceiptOrOneOfSomethingElseClosesNothing) {
  const BeginPaymentResponse open = ConfirmedByThePlatform();
  const Receipt good = host_->ReceiptFor(confirmation_);
  const std::vector<std::function<void(Receipt&)>> changes = {
      [](auto& r) { r.mutable_amount()->set_amount_minor(1); },
      [](auto& r) { r.mutable_amount()->set_currency_code("USD"); },
      [](auto& r) { r.set_payee("mallory"); },
      [](auto& r) { r.set_payee_name("Mallory"); },
      [](auto& r) { r.set_payment_id("00000001-00000009"); },
      [](auto& r) { r.set_instruction_hash(std::string(32, 'x')); },
      [](auto& r) { r.set_authorization_hash(std::string(32, 'x')); },
      [](auto& r) { r.clear_authorization_hash(); },
      [](auto& r) { r.set_reference("something else"); },
  };
  for (size_t i = 0; i < changes.size(); ++i) {
    Receipt changed = good;
    changes[i](changed);
    const BeginQueryResponse begun = BeginQuery(open.payment_id());
    EXPECT_EQ(CompleteQuery(begun, SealReceipt(begun, changed)).status().code(),
              absl::StatusCode::kUnauthenticated)
        << i;
    EXPECT_TRUE(IsPaymentOpen()) << i;
  }
  const std::string body = good.SerializeAsString();
  SoftwareHost stranger(*server_session_);
  for (const std::string& signature :
       {stranger.SignReceipt(body), std::string(64, '\0'), host_->SignReceipt(body + "x")}) {
    const BeginQueryResponse begun = BeginQuery(open.payment_id());
    const SealedMessage forged =
        host_->Seal(begun.message(), sealing::v1::MESSAGE_TYPE_RECEIPT, body, signature);
    EXPECT_EQ(CompleteQuery(begun, forged).status().code(), absl::StatusCode::kUnauthenticated);
  }
  EXPECT_TRUE(IsPaymentOpen());
  EXPECT_THAT(TokenObjects(), Contains(HasSubstr("payment-response")));

  // The true one does, and its keys go.
  const BeginQueryResponse begun = BeginQuery(open.payment_id());
  EXPECT_EQ(Content(CompleteQuery(begun, SealReceipt(begun, good))).payment_id(),
            open.payment_id());
  EXPECT_FALSE(IsPaymentOpen());
  EXPECT_THAT(TokenObjects(), Not(Contains(HasSubstr("payment-re"))));
}

TEST_F(ReceiptTest, AnswersOnlyAReceiptQueryAndAReceiptQueryOnly) {
  const BeginPaymentResponse open = ConfirmedByThePlatform();
  const Receipt receipt = host_->ReceiptFor(confirmation_);
  // A receipt where the state was asked for.
  device::v1::BeginQueryRequest payment_query;
  payment_query.mutable_query()->mutable_payment()->set_payment_id(open.payment_id());
  const auto state = agent_->BeginQuery(payment_query, nullptr);
  SIGNET_ASSERT_OK(state.status());
  EXPECT_EQ(CompleteQuery(*state, SealReceipt(*state, receipt)).status().code(),
            absl::StatusCode::kUnauthenticated);
  // A state where the receipt was asked for: nothing is learned of the payment from it.
  const BeginQueryResponse begun = BeginQuery(open.payment_id());
  payments::v1::QueryResult expired;
  expired.set_request_hash(
      MessageDigest(begun.message().header(), ReceiptQuery(open.payment_id()).SerializeAsString()));
  expired.mutable_payment()->set_payment_id(open.payment_id());
  expired.mutable_payment()->set_state(payments::v1::PAYMENT_STATE_EXPIRED);
  EXPECT_EQ(
      CompleteQuery(begun, host_->Seal(begun.message(), sealing::v1::MESSAGE_TYPE_QUERY_RESULT,
                                       expired.SerializeAsString()))
          .status()
          .code(),
      absl::StatusCode::kUnauthenticated);
  EXPECT_EQ(Abandon(open.payment_id()).status().code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_TRUE(IsPaymentOpen());
}

// "No receipt" is no proof that no money can move: the payment may be confirmed a moment later.
TEST_F(ReceiptTest, WithoutAReceiptNothingIsAbandoned) {
  const BeginPaymentResponse open = BeginOrFail();
  const SealedMessage authorization = Answer(open.instruction());
  const auto none = AskForReceipt(open.payment_id());
  SIGNET_ASSERT_OK(none.status());
  EXPECT_EQ(none->decline().reason(), payments::v1::DECLINE_REASON_NOT_FOUND);
  EXPECT_EQ(Abandon(open.payment_id()).status().code(), absl::StatusCode::kFailedPrecondition);
  const auto confirmed = Confirm(open.payment_id(), authorization);
  SIGNET_ASSERT_OK(confirmed.status());
  SIGNET_ASSERT_OK(Complete(open.payment_id(), Answer(confirmed->confirmation())).status());
}

// The agent's state was restored to the moment before the confirmation was journaled.
TEST_F(ReceiptTest, EndsAPaymentThatThisStateHasNotConfirmed) {
  const BeginPaymentResponse begun = ConfirmedByThePlatform();
  agent_.reset();
  {
    auto state = StateFile::Open(state_folder_.path());
    SIGNET_ASSERT_OK(state.status());
    SIGNET_ASSERT_OK(state->Update(
        [](device::v1::AgentState& next) { next.mutable_open_payment()->clear_confirmation(); }));
  }
  RestartAgent();
  Receipt other = host_->ReceiptFor(confirmation_);
  other.set_instruction_hash(std::string(32, 'x'));
  const BeginQueryResponse query = BeginQuery(begun.payment_id());
  EXPECT_EQ(CompleteQuery(query, SealReceipt(query, other)).status().code(),
            absl::StatusCode::kUnauthenticated);
  EXPECT_TRUE(IsPaymentOpen());
  EXPECT_EQ(Content(AskForReceipt(begun.payment_id())).payment_id(), begun.payment_id());
  EXPECT_FALSE(IsPaymentOpen());
}

TEST_F(ReceiptTest, AnAuthorizedPaymentWhoseKeysAreLostWaitsForItsExpiry) {
  const BeginPaymentResponse begun = BeginOrFail();
  const SealedMessage authorization = Answer(begun.instruction());
  LosePaymentKeys();
  EXPECT_EQ(Confirm(begun.payment_id(), authorization).status().code(),
            absl::StatusCode::kFailedPrecondition);
  SIGNET_ASSERT_OK(AskForPayment(begun.payment_id()).status());
  EXPECT_EQ(Abandon(begun.payment_id()).status().code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_TRUE(IsPaymentOpen());
  host_->ExpireOpenPayments();
  EXPECT_EQ(Confirm(begun.payment_id(), authorization).status().code(),
            absl::StatusCode::kFailedPrecondition);
  SIGNET_ASSERT_OK(AskForPayment(begun.payment_id()).status());
  SIGNET_ASSERT_OK(Abandon(begun.payment_id()).status());
  Paid();
}

TEST_F(ReceiptTest, AConfirmationThatNeverArrivedIsSentWithoutItsKeys) {
  const BeginPaymentResponse begun = BeginOrFail();
  ConfirmOrFail(begun);
  LosePaymentKeys();
  const auto open = agent_->DescribeOpenPayment({}, nullptr);
  Answer(open->payment().message());
  EXPECT_EQ(host_->paid(), 1U);
  EXPECT_EQ(Content(AskForReceipt(begun.payment_id())).payment_id(), begun.payment_id());
  EXPECT_FALSE(IsPaymentOpen());
}

}  // namespace
}  // namespace signet::hsm_agent
