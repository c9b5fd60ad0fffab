#include "hsm_agent/payments/open_payment.h"

#include "libs/base/ids.h"
#include "libs/digests/digests.h"

namespace signet::hsm_agent {

using device::v1::AgentState;
using device::v1::JournaledPayment;

std::string OpenPayment::IdOf(uint32_t counter) const {
  return FormatPaymentId({state_.state().enrollment().device_id(), counter});
}

bool OpenPayment::Is(const std::string& payment_id) const {
  const AgentState& state = state_.state();
  return state.has_open_payment() && IdOf(state.open_payment().counter()) == payment_id;
}

bool OpenPayment::IsLastClosed(const std::string& payment_id) const {
  const AgentState& state = state_.state();
  return state.has_last_closed() && IdOf(state.last_closed().counter()) == payment_id;
}

ApprovedPayment OpenPayment::Approved() const {
  const JournaledPayment& open = state_.state().open_payment();
  ApprovedPayment approved;
  approved.payment_id = IdOf(open.counter());
  approved.instruction_hash = open.instruction_hash();
  // Serialized by this agent and kept under the state's checksum.
  if (!approved.instruction.ParseFromString(open.instruction_body())) approved.instruction.Clear();
  if (open.has_confirmation()) {
    approved.authorization_hash = AuthorizationDigest(open.confirmation().authorization_body());
  }
  return approved;
}

device::v1::DescribeOpenPaymentResponse OpenPayment::Describe() const {
  device::v1::DescribeOpenPaymentResponse response;
  if (!state_.state().has_open_payment()) return response;
  const JournaledPayment& open = state_.state().open_payment();
  const ApprovedPayment approved = Approved();
  device::v1::OpenPayment& payment = *response.mutable_payment();
  payment.set_payment_id(approved.payment_id);
  *payment.mutable_amount() = approved.instruction.amount();
  payment.set_payee(approved.instruction.payee());
  payment.set_payee_name(approved.instruction.payee_name());
  payment.set_confirmed(open.has_confirmation());
  *payment.mutable_message() =
      open.has_confirmation() ? open.confirmation().message() : open.instruction();
  return response;
}

}  // namespace signet::hsm_agent
