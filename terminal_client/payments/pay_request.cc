#include "terminal_client/payments/pay_request.h"

#include "absl/strings/str_cat.h"
#include "libs/base/ids.h"
#include "libs/base/money.h"
#include "libs/base/status.h"
#include "terminal_client/failure.h"
#include "terminal_client/text.h"

namespace signet::terminal {
namespace {

absl::Status AsUsage(const absl::Status& error) {
  return UsageFailure(std::string(error.message()));
}

absl::Status CheckReference(const std::string& reference) {
  if (reference.size() > kMaxReferenceBytes) {
    return UsageFailure(absl::StrCat("the reference has ", reference.size(), " bytes; at most ",
                                     kMaxReferenceBytes, " are allowed"));
  }
  if (!IsUtf8(reference)) return UsageFailure("the reference is not UTF-8 text");
  if (Printable(reference) != reference) {
    return UsageFailure("the reference holds control characters; write it as one line of text");
  }
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<device::v1::BeginPaymentRequest> CheckPayRequest(const PayText& text) {
  if (!text.amount.empty() && text.amount.front() == '-') {
    return UsageFailure(absl::StrCat("amount \"", Printable(text.amount),
                                     "\": it is negative; write digits without a sign"));
  }
  const auto money = ParseMoney(text.amount, text.currency);
  if (!money.ok()) return AsUsage(money.status());
  if (money->amount_minor <= 0) {
    return UsageFailure(absl::StrCat("amount \"", text.amount, "\": a payment must be above zero"));
  }
  if (const absl::Status handle = ValidateHandle(text.payee); !handle.ok()) {
    return UsageFailure(
        absl::StrCat("payee \"", Printable(text.payee), "\": ", std::string(handle.message())));
  }
  SIGNET_RETURN_IF_ERROR(CheckReference(text.reference));
  device::v1::BeginPaymentRequest request;
  request.mutable_amount()->set_currency_code(money->currency_code);
  request.mutable_amount()->set_amount_minor(money->amount_minor);
  request.set_payee(text.payee);
  request.set_reference(text.reference);
  return request;
}

}  // namespace signet::terminal
