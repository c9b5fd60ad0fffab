#include "terminal_client/receipt.h"

#include "absl/strings/str_cat.h"
#include "google/protobuf/util/json_util.h"
#include "libs/base/status.h"
#include "libs/digests/digests.h"
#include "libs/openssl/p256.h"
#include "terminal_client/text.h"

namespace signet::terminal {
namespace {

absl::Status NotGenuine() {
  return absl::UnauthenticatedError(
      "this is not a genuine receipt: its signature does not verify under the receipt key");
}

absl::Status NoReceipt(const std::string& why) {
  return absl::InvalidArgumentError(
      absl::StrCat("this is no receipt: ", why,
                   "; name the file that `signet pay` gave as the receipt, or get it again with "
                   "`signet receipt fetch ID`"));
}

// Protobuf's reason goes on to quote the text, over several lines.
std::string FirstLine(const google::protobuf::util::Status& error) {
  const std::string text(error.message());
  return Printable(text.substr(0, text.find('\n')));
}

absl::StatusOr<payments::v1::SignedReceipt> ParseReceipt(std::string_view json) {
  constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";
  if (json.substr(0, kByteOrderMark.size()) == kByteOrderMark) {
    json.remove_prefix(kByteOrderMark.size());
  }
  if (json.find_first_not_of(" \t\r\n") == std::string_view::npos) return NoReceipt("it is empty");
  google::protobuf::util::JsonParseOptions options;
  options.ignore_unknown_fields = true;
  payments::v1::SignedReceipt receipt;
  const auto parsed = google::protobuf::util::JsonStringToMessage(
      google::protobuf::StringPiece(json.data(), json.size()), &receipt, options);
  if (!parsed.ok()) return NoReceipt(FirstLine(parsed));
  if (receipt.receipt().empty()) return NoReceipt("it is JSON, but nothing in it is a receipt");
  return receipt;
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
  SIGNET_ASSIGN_OR_RETURN(const payments::v1::SignedReceipt receipt, ParseReceipt(json));
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
