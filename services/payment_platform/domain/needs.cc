#include "services/payment_platform/domain/needs.h"

#include <algorithm>
#include <optional>
#include <utility>

namespace signet::payment_platform {

namespace {

bool IsType(const Message& message, sealing::v1::MessageType type) { return message.type == type; }

// Of a query or an instruction; empty where it cannot be asked for.
std::string PayeeOf(const Message& message) {
  std::string payee;
  if (IsType(message, sealing::v1::MESSAGE_TYPE_PAYMENT_INSTRUCTION)) {
    payments::v1::PaymentInstruction instruction;
    if (instruction.ParseFromString(message.body)) payee = instruction.payee();
  } else if (IsType(message, sealing::v1::MESSAGE_TYPE_QUERY)) {
    payments::v1::Query query;
    if (query.ParseFromString(message.body)) payee = query.payee().payee();
  }
  return ValidateHandle(payee).ok() ? payee : "";
}

std::optional<PaymentId> QueriedPayment(const Message& message) {
  if (!IsType(message, sealing::v1::MESSAGE_TYPE_QUERY)) return std::nullopt;
  payments::v1::Query query;
  if (!query.ParseFromString(message.body)) return std::nullopt;
  const absl::StatusOr<PaymentId> id = ParsePaymentId(
      query.has_receipt() ? query.receipt().payment_id() : query.payment().payment_id());
  return id.ok() ? std::optional(*id) : std::nullopt;
}

class AccountCollector {
 public:
  AccountCollector(const std::vector<Command>& commands, const WorkingSet& loaded)
      : loaded_(loaded), confirms_within_batch_(ConfirmsWithinBatch(commands)) {
    for (const Command& command : commands) {
      std::visit([&](const auto& one) { Collect(one); }, command);
    }
  }
  AccountNeeds Take() { return std::move(needs_); }

 private:
  // A payment that is instructed and confirmed by one batch: its payee is not known from a row.
  bool ConfirmsWithinBatch(const std::vector<Command>& commands) const {
    return std::any_of(commands.begin(), commands.end(), [this](const Command& command) {
      const auto* message = std::get_if<Message>(&command);
      return message != nullptr &&
             IsType(*message, sealing::v1::MESSAGE_TYPE_PAYMENT_CONFIRMATION) &&
             loaded_.FindPayment(message->id) == nullptr;
    });
  }

  void Collect(const Message& message) {
    const Device* device = loaded_.FindDevice(message.id.device_id);
    if (device == nullptr) return;
    const Payment* payment = loaded_.FindPayment(message.id);
    switch (message.type) {
      case sealing::v1::MESSAGE_TYPE_PAYMENT_INSTRUCTION:
        if (payment == nullptr) CollectInstruction(message, *device);
        break;
      case sealing::v1::MESSAGE_TYPE_PAYMENT_CONFIRMATION:
        if (payment != nullptr && payment->state == payments::v1::PAYMENT_STATE_AUTHORIZED) {
          needs_.locked_ids.insert({payment->payer_account_id, payment->payee_account_id});
        }
        break;
      case sealing::v1::MESSAGE_TYPE_QUERY:
        CollectQuery(message, *device);
        break;
      default:
        break;
    }
  }
  void CollectInstruction(const Message& message, const Device& device) {
    needs_.locked_ids.insert(device.account_id);
    const std::string payee = PayeeOf(message);
    if (payee.empty()) return;
    (confirms_within_batch_ ? needs_.locked_handles : needs_.read_handles).insert(payee);
  }
  void CollectQuery(const Message& message, const Device& device) {
    needs_.read_ids.insert(device.account_id);
    if (const std::string payee = PayeeOf(message); !payee.empty()) {
      needs_.read_handles.insert(payee);
    }
    const std::optional<PaymentId> id = QueriedPayment(message);
    const Payment* queried = id.has_value() ? loaded_.FindPayment(*id) : nullptr;
    if (queried != nullptr) needs_.read_ids.insert(queried->payer_account_id);
  }
  void Collect(const ExpirePayment& command) {
    const Payment* payment = loaded_.FindPayment(command.id);
    if (payment != nullptr && payment->state == payments::v1::PAYMENT_STATE_AUTHORIZED) {
      needs_.locked_ids.insert(payment->payer_account_id);
    }
  }
  void Collect(const OpenAccount& command) {
    if (!Validate(command).ok()) return;
    needs_.read_handles.insert(command.handle);
    if (command.deposit_minor > 0) {
      needs_.locked_handles.insert(SystemAccountHandle(command.currency_code));
    }
  }

  const WorkingSet& loaded_;
  const bool confirms_within_batch_;
  AccountNeeds needs_;
};

}  // namespace

Needs NeedsOf(const std::vector<Command>& commands) {
  Needs needs;
  for (const Command& command : commands) {
    if (const auto* message = std::get_if<Message>(&command)) {
      needs.locked_devices.insert(message->id.device_id);
      needs.payments.insert(message->id);
      if (const auto queried = QueriedPayment(*message)) needs.payments.insert(*queried);
    } else if (const auto* expire = std::get_if<ExpirePayment>(&command)) {
      needs.locked_devices.insert(expire->id.device_id);
      needs.payments.insert(expire->id);
    } else if (const auto* open = std::get_if<OpenAccount>(&command)) {
      if (!Validate(*open).ok()) continue;
      ++needs.new_accounts;
      if (open->deposit_minor > 0) {
        needs.system_currencies.insert(open->currency_code);
      }
    }
  }
  return needs;
}

AccountNeeds AccountNeedsOf(const std::vector<Command>& commands, const WorkingSet& loaded) {
  return AccountCollector(commands, loaded).Take();
}

}  // namespace signet::payment_platform
