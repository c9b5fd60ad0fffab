#include "tests/attack/attacks.h"

#include <set>

#include "libs/base/status.h"

namespace signet::attack {
namespace {

using payments::v1::Query;
using sealing::v1::SealedMessage;

absl::Status Breach(const std::string& what) {
  return absl::FailedPreconditionError("BREACH: " + what);
}

Query AccountQuery() {
  Query query;
  query.mutable_account();
  return query;
}

Query PayeeQuery(const std::string& payee) {
  Query query;
  query.mutable_payee()->set_payee(payee);
  return query;
}

Query ReceiptQuery(const std::string& payment) {
  Query query;
  query.mutable_receipt()->set_payment_id(payment);
  return query;
}

absl::StatusOr<int64_t> PostedMinor(DeviceAccess& device) {
  SIGNET_ASSIGN_OR_RETURN(auto result, device.Ask(AccountQuery()));
  return result.account().posted().amount_minor();
}

absl::StatusOr<device::v1::BeginPaymentResponse> Begin(DeviceAccess& device,
                                                       const PaymentPlan& plan) {
  SIGNET_ASSIGN_OR_RETURN(auto payee, device.Ask(PayeeQuery(plan.payee)));
  return device.BeginPayment(plan.amount, payee.payee().handle());
}

struct Captured {
  SealedMessage instruction, confirmation;
};

// From the sealed instruction to the authenticated receipt.
absl::StatusOr<Captured> Finish(DeviceAccess& device,
                                const device::v1::BeginPaymentResponse& begun) {
  Captured captured;
  captured.instruction = begun.instruction();
  SIGNET_ASSIGN_OR_RETURN(auto authorization, device.Send(begun.instruction()));
  SIGNET_ASSIGN_OR_RETURN(auto confirmed, device.ConfirmPayment(begun.payment_id(), authorization));
  if (!confirmed.has_confirmation())
    return absl::FailedPreconditionError("the payment was declined");
  captured.confirmation = confirmed.confirmation();
  SIGNET_ASSIGN_OR_RETURN(auto receipt, device.Send(captured.confirmation));
  SIGNET_ASSIGN_OR_RETURN(auto completed, device.CompletePayment(begun.payment_id(), receipt));
  if (!completed.has_receipt())
    return absl::FailedPreconditionError("the payment was declined at its confirmation");
  return captured;
}

// Copies of the message, each with one bit of one byte turned.
std::vector<SealedMessage> AlteredCopies(const SealedMessage& message) {
  std::vector<SealedMessage> copies;
  const auto alter = [&](std::string* (SealedMessage::*part)(), size_t stride) {
    SealedMessage copy = message;
    const size_t size = (copy.*part)()->size();
    for (size_t i = 0; i < size; i += stride) {
      copies.push_back(message);
      char& byte = (*(copies.back().*part)())[i];
      byte = static_cast<char>(static_cast<unsigned char>(byte) ^ (1U << (i % 8)));
    }
  };
  alter(&SealedMessage::mutable_header, 1);
  alter(&SealedMessage::mutable_nonce, 3);
  alter(&SealedMessage::mutable_ciphertext, 16);
  return copies;
}

}  // namespace

absl::StatusOr<Observations> Tamper(DeviceAccess& device, const PaymentPlan& plan) {
  SIGNET_ASSIGN_OR_RETURN(const int64_t before, PostedMinor(device));
  SIGNET_ASSIGN_OR_RETURN(auto begun, Begin(device, plan));
  const std::vector<SealedMessage> copies = AlteredCopies(begun.instruction());
  std::set<std::string> texts;
  for (const SealedMessage& copy : copies) {
    const auto answer = device.Send(copy);
    if (answer.ok()) return Breach("an altered message was answered");
    texts.insert(answer.status().ToString());
  }
  if (texts.size() != 1) return Breach("refusals differ, so they tell the attacker something");
  SIGNET_RETURN_IF_ERROR(Finish(device, begun).status());
  SIGNET_ASSIGN_OR_RETURN(const int64_t after, PostedMinor(device));
  if (before - after != plan.amount.amount_minor())
    return Breach("the balance moved by another amount");
  return Observations{std::to_string(copies.size()) + " altered copies sent, " +
                          std::to_string(copies.size()) +
                          " refused, all with the same words: " + *texts.begin(),
                      "the unaltered message still paid, once"};
}

absl::StatusOr<Observations> Replay(DeviceAccess& device, const PaymentPlan& plan) {
  SIGNET_ASSIGN_OR_RETURN(auto query, device.BeginQuery(AccountQuery()));
  SIGNET_RETURN_IF_ERROR(device.Send(query.message()).status());
  SIGNET_ASSIGN_OR_RETURN(auto begun, Begin(device, plan));
  SIGNET_ASSIGN_OR_RETURN(const Captured captured, Finish(device, begun));
  SIGNET_ASSIGN_OR_RETURN(const int64_t before, PostedMinor(device));
  constexpr int kTimes = 10;
  for (int i = 0; i < kTimes; ++i) {
    // The platform repeats its first answer, sealed for the module that has closed the payment.
    const auto again = device.Send(captured.instruction);
    SIGNET_RETURN_IF_ERROR(again.status());
    SIGNET_RETURN_IF_ERROR(device.Send(captured.confirmation).status());
    if (const auto confirmed = device.ConfirmPayment(begun.payment_id(), *again); confirmed.ok()) {
      return Breach("the module confirmed a closed payment");
    }
  }
  const auto old_query = device.Send(query.message());
  if (old_query.ok()) return Breach("an old query was answered");
  if (!absl::IsPermissionDenied(old_query.status())) return old_query.status();
  SIGNET_ASSIGN_OR_RETURN(const int64_t after, PostedMinor(device));
  if (before != after) return Breach("a replay moved money");
  return Observations{"instruction and confirmation sent " + std::to_string(kTimes) +
                          " times more: booked once, balance unchanged",
                      "an old query sent again: " + old_query.status().ToString()};
}

absl::StatusOr<Observations> ForeignChannel(DeviceAccess& device, DeviceAccess& other) {
  // The other channel works: what is refused on it is the message.
  SIGNET_RETURN_IF_ERROR(other.Ask(AccountQuery()).status());
  SIGNET_ASSIGN_OR_RETURN(auto query, device.BeginQuery(AccountQuery()));
  const auto answer = other.Send(query.message());
  if (answer.ok()) return Breach("a message was accepted on another device's channel");
  if (!absl::IsPermissionDenied(answer.status())) return answer.status();
  SIGNET_ASSIGN_OR_RETURN(auto own, device.Send(query.message()));
  SIGNET_RETURN_IF_ERROR(device.CompleteQuery(query.exchange_id(), own).status());
  return Observations{"on the other device's channel: " + answer.status().ToString(),
                      "on its own channel the same message was answered"};
}

absl::StatusOr<Observations> SwapAmount(DeviceAccess& device, const PaymentPlan& asked) {
  const auto begun = Begin(device, asked);
  if (begun.ok()) return Breach("the agent sealed an amount that the person had not approved");
  if (!absl::IsCancelled(begun.status())) return begun.status();
  return Observations{"the agent's own prompt showed the true amount; the person refused: " +
                      begun.status().ToString()};
}

absl::StatusOr<Observations> SwapAuthorization(DeviceAccess& device, const PaymentPlan& plan) {
  SIGNET_ASSIGN_OR_RETURN(auto first, Begin(device, plan));
  SIGNET_ASSIGN_OR_RETURN(const Captured captured, Finish(device, first));
  SIGNET_ASSIGN_OR_RETURN(const SealedMessage old_answer, device.Send(captured.instruction));
  SIGNET_ASSIGN_OR_RETURN(auto second, Begin(device, plan));
  if (device.ConfirmPayment(second.payment_id(), old_answer).ok()) {
    return Breach("the module took another payment's authorization");
  }
  SIGNET_ASSIGN_OR_RETURN(const SealedMessage answer, device.Send(second.instruction()));
  int refused = 0;
  for (const SealedMessage& copy : AlteredCopies(answer)) {
    if (device.ConfirmPayment(second.payment_id(), copy).ok())
      return Breach("the module took an altered authorization");
    ++refused;
  }
  if (device.ConfirmPayment(second.payment_id(), second.instruction()).ok()) {
    return Breach("the module took its own instruction as an authorization");
  }
  SIGNET_RETURN_IF_ERROR(Finish(device, second).status());
  return Observations{"another payment's authorization: refused",
                      std::to_string(refused) + " altered authorizations: refused",
                      "the true one was confirmed"};
}

absl::StatusOr<Observations> SwapReceipt(DeviceAccess& device, const PaymentPlan& plan) {
  SIGNET_ASSIGN_OR_RETURN(auto paid, Begin(device, plan));
  SIGNET_RETURN_IF_ERROR(Finish(device, paid).status());
  SIGNET_ASSIGN_OR_RETURN(auto open, Begin(device, plan));
  SIGNET_RETURN_IF_ERROR(device.Send(open.instruction()).status());

  // Two queries under way, their answers crossed.
  SIGNET_ASSIGN_OR_RETURN(auto of_paid, device.BeginQuery(ReceiptQuery(paid.payment_id())));
  SIGNET_ASSIGN_OR_RETURN(auto of_open, device.BeginQuery(ReceiptQuery(open.payment_id())));
  SIGNET_ASSIGN_OR_RETURN(const SealedMessage answer, device.Send(of_paid.message()));
  if (device.CompleteQuery(of_open.exchange_id(), answer).ok() ||
      device.CompletePayment(open.payment_id(), answer).ok()) {
    return Breach("the module took another payment's receipt");
  }
  SIGNET_ASSIGN_OR_RETURN(auto fetched, device.CompleteQuery(of_paid.exchange_id(), answer));
  if (!fetched.has_receipt()) return absl::FailedPreconditionError("no receipt was fetched");
  SIGNET_ASSIGN_OR_RETURN(auto none, device.AskForAnything(ReceiptQuery(open.payment_id())));
  if (none.has_receipt()) return Breach("there is a receipt of what was never confirmed");
  if (device.AbandonPayment(open.payment_id()).ok()) {
    return Breach("a payment was abandoned that the platform may still make");
  }
  SIGNET_RETURN_IF_ERROR(Finish(device, open).status());
  return Observations{"another payment's receipt: refused",
                      "no receipt yet: not abandoned for that", "the true one ended it"};
}

absl::StatusOr<Observations> WithholdAuthorization(DeviceAccess& device, const PaymentPlan& plan) {
  SIGNET_ASSIGN_OR_RETURN(auto begun, Begin(device, plan));
  SIGNET_RETURN_IF_ERROR(device.Send(begun.instruction()).status());
  return Observations{"payment " + begun.payment_id() + " is authorized, and open on the device"};
}

absl::StatusOr<Observations> WithholdReceipt(DeviceAccess& device, const PaymentPlan& plan) {
  SIGNET_ASSIGN_OR_RETURN(auto begun, Begin(device, plan));
  SIGNET_ASSIGN_OR_RETURN(auto authorization, device.Send(begun.instruction()));
  SIGNET_ASSIGN_OR_RETURN(auto confirmed, device.ConfirmPayment(begun.payment_id(), authorization));
  SIGNET_RETURN_IF_ERROR(device.Send(confirmed.confirmation()).status());
  return Observations{"payment " + begun.payment_id() + " is made, and open on the device"};
}

}  // namespace signet::attack
