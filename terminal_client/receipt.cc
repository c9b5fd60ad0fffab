#include "terminal_client/receipt.h"

#include "google/protobuf/util/json_util.h"
#include "libs/base/status.h"
#include "libs/digests/digests.h"
#include "libs/openssl/p256.h"

namespace signet::terminal {
namespace {

absl::Status NotGenuine() {
  return absl::UnauthenticatedError(
      "this is not a genuine receipt: its signature does not verify under the receipt key");
}

}  // namespace

absl::StatusOr<std::string> ReceiptToJson(const payments::v1::SignedReceipt& receipt) {
  std::string json;
  if (!google::protobuf::util::MessageToJsonString(receipt, &json).ok()) {
    return absl::InternalError("the receipt cannot be written as JSON");
  }
  return json + "\n";
}

absl::StatusOr<payments::v1::Receipt> VerifyReceiptJson(std::string_view json,
                                                        std::string_view receipt_key_spki_der) {
  payments::v1::SignedReceipt receipt;
  const google::protobuf::StringPiece text(json.data(), json.size());
  if (!google::protobuf::util::JsonStringToMessage(text, &receipt).ok()) return NotGenuine();
  return VerifyReceipt(receipt, receipt_key_spki_der);
}

absl::StatusOr<payments::v1::Receipt> VerifyReceipt(const payments::v1::SignedReceipt& receipt,
                                                    std::string_view receipt_key_spki_der) {
  SIGNET_ASSIGN_OR_RETURN(const auto key, openssl::ParseP256PublicKey(receipt_key_spki_der));
  const absl::Status verified =
      key->VerifyDigest(ReceiptDigest(receipt.receipt()), receipt.signature());
  if (!verified.ok()) return NotGenuine();
  // Only now is it worth reading.
  payments::v1::Receipt content;
  if (!content.ParseFromString(receipt.receipt())) return NotGenuine();
  return content;
}

}  // namespace signet::terminal
