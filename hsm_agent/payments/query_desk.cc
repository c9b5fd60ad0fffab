#include "hsm_agent/payments/query_desk.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "hsm_agent/module/host_answer.h"
#include "hsm_agent/payments/payment_checks.h"
#include "hsm_agent/pin/approval_text.h"
#include "libs/base/ids.h"
#include "libs/base/status.h"
#include "libs/digests/digests.h"
#include "libs/pkcs11/module_keys.h"

namespace signet::hsm_agent {
namespace {

using device::v1::AgentState;
using device::v1::BeginQueryRequest;
using device::v1::BeginQueryResponse;
using device::v1::CompleteQueryRequest;
using device::v1::CompleteQueryResponse;
using payments::v1::Query;
using payments::v1::QueryResult;

constexpr size_t kMaxNameBytes = 100;

absl::Status CheckQuery(const Query& query, const AgentState& state) {
  switch (query.kind_case()) {
    case Query::kAccount:
      break;
    case Query::kPayment:
      return ParsePaymentId(query.payment().payment_id()).status();
    case Query::kReceipt:
      return ParsePaymentId(query.receipt().payment_id()).status();
    case Query::kPayee:
      SIGNET_RETURN_IF_ERROR(ValidateHandle(query.payee().payee()));
      break;
    case Query::KIND_NOT_SET:
      return absl::InvalidArgumentError("the query names nothing to ask for");
  }
  if (!state.has_open_payment()) return absl::OkStatus();
  return absl::FailedPreconditionError(absl::StrCat(
      "payment ", FormatPaymentId({state.enrollment().device_id(), state.open_payment().counter()}),
      " is open; run `signet resume`"));
}

// Whether the result is what the query asked for.
absl::Status CheckResult(const Query& query, const std::string& hash, const QueryResult& result) {
  bool fits = false;
  switch (query.kind_case()) {
    case Query::kAccount:
      fits = result.has_account();
      break;
    case Query::kPayment:
      fits = result.has_payment() && result.payment().payment_id() == query.payment().payment_id();
      break;
    case Query::kPayee:
      fits = result.has_payee() && result.payee().handle() == query.payee().payee() &&
             !result.payee().name().empty() && result.payee().name().size() <= kMaxNameBytes;
      break;
    case Query::kReceipt:  // answered by a receipt
    case Query::KIND_NOT_SET:
      break;
  }
  if (!fits || !ConstantTimeEquals(result.request_hash(), hash)) return sealing::Refused();
  return absl::OkStatus();
}

// What the query is answered by, if it is not declined.
sealing::v1::MessageType ExpectedType(const Query& query) {
  return query.has_receipt() ? sealing::v1::MESSAGE_TYPE_RECEIPT
                             : sealing::v1::MESSAGE_TYPE_QUERY_RESULT;
}

// A receipt names no query: its key does, and it must be of the payment asked for.
absl::StatusOr<payments::v1::SignedReceipt> ReadReceipt(const Query& query, KeyRing& keys,
                                                        const sealing::OpenedMessage& opened) {
  SIGNET_ASSIGN_OR_RETURN(payments::v1::SignedReceipt receipt, VerifiedReceipt(keys, opened));
  SIGNET_ASSIGN_OR_RETURN(const auto content, ParseBody<payments::v1::Receipt>(opened.body));
  if (content.payment_id() != query.receipt().payment_id()) return sealing::Refused();
  return receipt;
}

absl::StatusOr<CompleteQueryResponse> ReadAnswer(const Query& query, const std::string& hash,
                                                 KeyRing& keys,
                                                 const sealing::OpenedMessage& opened) {
  CompleteQueryResponse response;
  if (opened.header.type == sealing::v1::MESSAGE_TYPE_DECLINE) {
    SIGNET_ASSIGN_OR_RETURN(*response.mutable_decline(),
                            ParseBody<payments::v1::Decline>(opened.body));
    SIGNET_RETURN_IF_ERROR(CheckDecline("", hash, response.decline()));
    return response;
  }
  if (query.has_receipt()) {
    SIGNET_ASSIGN_OR_RETURN(*response.mutable_receipt(), ReadReceipt(query, keys, opened));
    return response;
  }
  SIGNET_ASSIGN_OR_RETURN(*response.mutable_result(), ParseBody<QueryResult>(opened.body));
  SIGNET_RETURN_IF_ERROR(CheckResult(query, hash, response.result()));
  return response;
}

// What the platform's word on a payment says about its future.
bool NeverMovesMoney(const CompleteQueryResponse& response) {
  if (response.has_decline()) {
    return response.decline().reason() == payments::v1::DECLINE_REASON_NOT_FOUND;
  }
  const payments::v1::PaymentState state = response.result().payment().state();
  return state == payments::v1::PAYMENT_STATE_DECLINED ||
         state == payments::v1::PAYMENT_STATE_EXPIRED;
}

}  // namespace

absl::StatusOr<BeginQueryResponse> QueryDesk::Begin(const BeginQueryRequest& request,
                                                    const Abandoned& abandoned) {
  SIGNET_RETURN_IF_ERROR(CheckQuery(request.query(), state_.state()));
  SIGNET_RETURN_IF_ERROR(module_.Unlock({UnlockApproval(), abandoned}));
  BeginQueryResponse response;
  SIGNET_ASSIGN_OR_RETURN(Pending pending, Seal(request.query(), response));
  if (pending_.size() == kMaxPending) Drop(pending_.begin());
  pending_.push_back(std::move(pending));
  return response;
}

absl::StatusOr<QueryDesk::Pending> QueryDesk::Seal(const Query& query,
                                                   BeginQueryResponse& response) {
  SIGNET_ASSIGN_OR_RETURN(KeyRing* const keys, module_.Keys());
  Pending pending;
  SIGNET_ASSIGN_OR_RETURN(pending.keys, keys->TakeCounter(WorkingKeyHome::kSession));
  const uint32_t counter = pending.keys.counter;
  const std::string header =
      sealing::SerializeHeader({sealing::v1::MESSAGE_TYPE_QUERY, keys->Ksn(counter)});
  const std::string body = query.SerializeAsString();
  pkcs11::ModuleMessageKey key(keys->session(), pending.keys.request);
  SIGNET_ASSIGN_OR_RETURN(*response.mutable_message(), sealing::Seal(header, body, "", key));
  // Durable before the message leaves.
  SIGNET_RETURN_IF_ERROR(
      state_.Update([counter](AgentState& state) { state.set_highest_counter(counter); }));
  pending.exchange_id = FormatPaymentId({state_.state().enrollment().device_id(), counter});
  pending.query = query;
  pending.hash = MessageDigest(header, body);
  pending.module_epoch = module_.epoch();
  response.set_exchange_id(pending.exchange_id);
  return pending;
}

absl::StatusOr<std::list<QueryDesk::Pending>::iterator> QueryDesk::Find(
    const std::string& exchange_id) {
  pending_.remove_if([&](const Pending& p) { return p.module_epoch != module_.epoch(); });
  const auto found = std::find_if(pending_.begin(), pending_.end(),
                                  [&](const Pending& p) { return p.exchange_id == exchange_id; });
  if (found == pending_.end()) {
    return absl::NotFoundError("this query is not under way (any more); ask again");
  }
  return found;
}

void QueryDesk::Drop(std::list<Pending>::iterator pending) {
  KeyRing* const keys = module_.KeysIfLoaded();
  if (keys != nullptr && pending->module_epoch == module_.epoch()) {
    keys->DestroySessionKeys(pending->keys);
  }
  pending_.erase(pending);
}

absl::StatusOr<CompleteQueryResponse> QueryDesk::Complete(const CompleteQueryRequest& request) {
  SIGNET_ASSIGN_OR_RETURN(const auto pending, Find(request.exchange_id()));
  SIGNET_ASSIGN_OR_RETURN(KeyRing* const keys, module_.Keys());
  SIGNET_ASSIGN_OR_RETURN(
      const sealing::OpenedMessage opened,
      OpenAnswer(keys->session(), request.answer(), keys->Ksn(pending->keys.counter),
                 pending->keys.response,
                 {ExpectedType(pending->query), sealing::v1::MESSAGE_TYPE_DECLINE}));
  SIGNET_ASSIGN_OR_RETURN(CompleteQueryResponse response,
                          ReadAnswer(pending->query, pending->hash, *keys, opened));
  Learn(*pending, response);
  Drop(pending);
  return response;
}

void QueryDesk::Learn(const Pending& pending, const CompleteQueryResponse& response) {
  if (pending.query.has_payment()) return LearnPayment(pending, response);
  if (pending.query.has_payee() && response.has_result()) {
    payees_.Remember(response.result().payee().handle(), response.result().payee().name());
  }
}

void QueryDesk::LearnPayment(const Pending& pending, const CompleteQueryResponse& response) {
  const AgentState& state = state_.state();
  if (!state.has_open_payment()) return;
  const uint32_t open = state.open_payment().counter();
  if (pending.query.payment().payment_id() !=
      FormatPaymentId({state.enrollment().device_id(), open})) {
    return;
  }
  // The platform takes no counter below one it has seen: the query's own must be the later one.
  const bool dead = pending.keys.counter > open && NeverMovesMoney(response);
  dead_payment_ = dead ? std::optional<uint32_t>(open) : std::nullopt;
}

}  // namespace signet::hsm_agent
