#include "libs/sealing/envelope.h"

#include <optional>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "libs/base/status.h"
#include "libs/digests/digests.h"

namespace signet::sealing {
namespace {

bool HasUnknownFields(const google::protobuf::Message& message) {
  return !message.GetReflection()->GetUnknownFields(message).empty();
}

bool IsKnown(v1::MessageType type) {
  return v1::MessageType_IsValid(type) && type != v1::MESSAGE_TYPE_UNSPECIFIED;
}

// The device's signature, or on a receipt the receipt key's.
bool CarriesSignature(v1::MessageType type) {
  return IsSigned(type) || type == v1::MESSAGE_TYPE_RECEIPT;
}

bool SignatureFits(v1::MessageType type, std::string_view signature) {
  return signature.size() == (CarriesSignature(type) ? kSignatureBytes : 0);
}

// Null and the header, or why the bytes are not a header of this protocol.
const char* ReadHeader(std::string_view bytes, Header& header) {
  if (bytes.size() > kMaxSealedMessageBytes) return "size";
  v1::MessageHeader wire;
  if (!wire.ParseFromArray(bytes.data(), static_cast<int>(bytes.size()))) return "header_encoding";
  if (wire.version() != kProtocolVersion) return "version";
  if (wire.suite() != v1::SUITE_AES256_DUKPT_GCM_P256) return "suite";
  if (!IsKnown(wire.type())) return "type";
  const absl::StatusOr<dukpt::KeySerialNumber> ksn = dukpt::ParseKeySerialNumber(wire.ksn());
  if (!ksn.ok()) return "ksn";
  header = Header{wire.type(), *ksn};
  // One header has one encoding: no unknown, repeated or reordered field. What is authenticated
  // and signed is still the received bytes.
  if (SerializeHeader(header) != bytes) return "header_encoding";
  return nullptr;
}

const char* ReadMessage(const v1::SealedMessage& message, Header& header) {
  if (message.ByteSizeLong() > kMaxSealedMessageBytes) return "size";
  if (HasUnknownFields(message)) return "message_encoding";
  if (message.nonce().size() != kNonceBytes) return "nonce";
  if (message.ciphertext().size() < kTagBytes) return "ciphertext";
  return ReadHeader(message.header(), header);
}

}  // namespace

bool IsSigned(v1::MessageType type) {
  return type == v1::MESSAGE_TYPE_PAYMENT_INSTRUCTION ||
         type == v1::MESSAGE_TYPE_PAYMENT_CONFIRMATION;
}

bool IsFromDevice(v1::MessageType type) { return type == v1::MESSAGE_TYPE_QUERY || IsSigned(type); }

std::string SerializeHeader(const Header& header) {
  v1::MessageHeader wire;
  wire.set_version(kProtocolVersion);
  wire.set_suite(v1::SUITE_AES256_DUKPT_GCM_P256);
  wire.set_type(header.type);
  wire.set_ksn(dukpt::Serialize(header.ksn));
  return wire.SerializeAsString();
}

std::string CheckHeader(const v1::SealedMessage& message) {
  Header header;
  const char* problem = ReadMessage(message, header);
  return problem == nullptr ? "" : problem;
}

absl::StatusOr<Header> ParseHeader(const v1::SealedMessage& message) {
  Header header;
  if (ReadMessage(message, header) != nullptr) return Refused();
  return header;
}

absl::StatusOr<v1::SealedMessage> Seal(std::string_view header_bytes, std::string_view body,
                                       std::string_view signature, MessageKey& key) {
  Header header;
  if (const char* problem = ReadHeader(header_bytes, header); problem != nullptr) {
    return absl::InvalidArgumentError(absl::StrCat("cannot seal under this header: ", problem));
  }
  if (!SignatureFits(header.type, signature)) {
    return absl::InvalidArgumentError(absl::StrCat(
        v1::MessageType_Name(header.type), CarriesSignature(header.type) ? " needs" : " takes no",
        " signature of ", kSignatureBytes, " bytes; this one has ", signature.size()));
  }
  if (body.size() > kMaxSealedMessageBytes) {
    return absl::InvalidArgumentError("a sealed message has at most 16 KiB; shorten the body");
  }
  v1::SignedBody plaintext;
  plaintext.set_body(std::string(body));
  plaintext.set_signature(std::string(signature));
  SIGNET_ASSIGN_OR_RETURN(GcmOutput sealed, key.Seal(header_bytes, plaintext.SerializeAsString()));
  v1::SealedMessage message;
  message.set_header(std::string(header_bytes));
  message.set_nonce(std::move(sealed.nonce));
  message.set_ciphertext(std::move(sealed.ciphertext));
  if (const char* problem = ReadMessage(message, header); problem != nullptr) {
    return absl::InvalidArgumentError(
        absl::StrCat("the sealed message breaks the protocol's limits: ", problem));
  }
  return message;
}

absl::StatusOr<OpenedMessage> Open(const v1::SealedMessage& message, const Header& header,
                                   MessageKey& key) {
  // Not trusted to the caller: the header must be this message's own.
  Header own;
  if (ReadMessage(message, own) != nullptr) return Refused();
  if (own.type != header.type || own.ksn != header.ksn) return Refused();
  absl::StatusOr<std::string> plaintext =
      key.Open(message.header(), message.nonce(), message.ciphertext());
  if (absl::IsUnauthenticated(plaintext.status())) return Refused();
  if (!plaintext.ok()) return plaintext.status();
  v1::SignedBody signed_body;
  if (!signed_body.ParseFromString(*plaintext) || HasUnknownFields(signed_body)) return Refused();
  if (!SignatureFits(header.type, signed_body.signature())) return Refused();
  return OpenedMessage{header, std::move(*signed_body.mutable_body()),
                       std::move(*signed_body.mutable_signature())};
}

absl::Status VerifySignature(std::string_view header_bytes, const OpenedMessage& opened,
                             VerifyingKey& key) {
  if (!IsSigned(opened.header.type) || opened.signature.size() != kSignatureBytes) {
    return Refused();
  }
  const absl::Status status =
      key.VerifyDigest(MessageDigest(header_bytes, opened.body), opened.signature);
  return absl::IsUnauthenticated(status) ? Refused() : status;
}

absl::Status Refused() { return absl::UnauthenticatedError("message refused"); }

}  // namespace signet::sealing
