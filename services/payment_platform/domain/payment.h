// A payment: one instruction, what it was bound to, and its sticky answers. Pure.
#pragma once

#include <cstdint>
#include <string>

#include "libs/base/ids.h"
#include "signet/payments/v1/payment.pb.h"
#include "signet/payments/v1/query.pb.h"
#include "signet/sealing/v1/sealed_message.pb.h"

namespace signet::payment_platform {

// A message as the device signed it, kept as evidence.
struct Evidence {
  std::string hash;  // MessageDigest(header, body), 32 bytes; empty: there is no such message
  std::string header;
  std::string body;
  std::string signature;
};

// A sealed answer's plaintext. The same message always gets these bytes.
struct Answer {
  sealing::v1::MessageType type = sealing::v1::MESSAGE_TYPE_UNSPECIFIED;
  std::string body;
  friend bool operator==(const Answer&, const Answer&) = default;
};

struct Payment {
  PaymentId id;
  payments::v1::PaymentState state = payments::v1::PAYMENT_STATE_UNSPECIFIED;
  payments::v1::DeclineReason decline_reason = payments::v1::DECLINE_REASON_UNSPECIFIED;
  int64_t payer_account_id = 0;
  int64_t payee_account_id = 0;  // 0: declined, payee unknown
  std::string currency_code;
  int64_t amount_minor = 0;
  std::string payee_handle;
  std::string payee_name;
  std::string reference;
  Evidence instruction;
  Answer answer;  // authorization or decline
  Evidence confirmation;
  Answer outcome;  // receipt, or decline where the confirmation came too late
  int64_t created_at_unix_ms = 0;
  int64_t expires_at_unix_ms = 0;    // 0: declined
  int64_t completed_at_unix_ms = 0;  // 0: authorized
};

}  // namespace signet::payment_platform
