// A receipt on file: protobuf JSON of a SignedReceipt, verified offline with the receipt public
// key.
#pragma once

#include <string>
#include <string_view>

#include "absl/status/statusor.h"
#include "signet/payments/v1/payment.pb.h"

namespace signet::terminal {

inline constexpr size_t kMaxReceiptFileBytes = 64 * 1024;

absl::StatusOr<std::string> ReceiptToJson(const payments::v1::SignedReceipt& receipt);

// The receipt, if its signature verifies under the key. UNAUTHENTICATED, with the one text "this is
// not a genuine receipt …", for a receipt that was altered or is of another key. INVALID_ARGUMENT,
// with the reason and the remedy, for what is no receipt: empty, not JSON, another command's JSON.
// A byte-order mark (RFC 8259, 8.1) and members that a later release adds are passed over: only
// what is signed is ever shown.
absl::StatusOr<payments::v1::Receipt> VerifyReceiptJson(std::string_view json,
                                                        std::string_view receipt_key_spki_der);
absl::StatusOr<payments::v1::Receipt> VerifyReceipt(const payments::v1::SignedReceipt& receipt,
                                                    std::string_view receipt_key_spki_der);

}  // namespace signet::terminal
