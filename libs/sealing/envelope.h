// The sealed message: layout, limits, and what is bound to what. Pure, over the interfaces of
// libs/keys.
#pragma once

#include <string>
#include <string_view>

#include "absl/status/statusor.h"
#include "libs/dukpt/key_serial_number.h"
#include "libs/keys/keys.h"
#include "signet/sealing/v1/sealed_message.pb.h"

namespace signet::sealing {

inline constexpr size_t kMaxSealedMessageBytes = 16 * 1024;
inline constexpr size_t kNonceBytes = 12;
inline constexpr size_t kTagBytes = 16;
inline constexpr size_t kSignatureBytes = 64;
inline constexpr uint32_t kProtocolVersion = 1;

// A header whose every field has been checked.
struct Header {
  v1::MessageType type = v1::MESSAGE_TYPE_UNSPECIFIED;
  dukpt::KeySerialNumber ksn;
};

// Whether the device signs messages of this type.
bool IsSigned(v1::MessageType type);
// Whether messages of this type come from the device.
bool IsFromDevice(v1::MessageType type);

std::string SerializeHeader(const Header& header);
// Checks size limits (before any key is derived), version, suite, type, KSN, nonce and ciphertext
// lengths. UNAUTHENTICATED: the message does not say which, Status payload-free; callers log
// `reason` of CheckHeader.
absl::StatusOr<Header> ParseHeader(const v1::SealedMessage& message);
// Why ParseHeader refuses, as a word for the log and the metric, never for the sender: "size",
// "message_encoding", "nonce", "ciphertext", "header_encoding", "version", "suite", "type", "ksn".
// Empty where it does not refuse.
std::string CheckHeader(const v1::SealedMessage& message);

// body and, where the type is signed, its signature (64 bytes over MessageDigest(header, body)).
struct OpenedMessage {
  Header header;
  std::string body;
  std::string signature;
};

// Seals under key. header_bytes must be the bytes that were signed. INVALID_ARGUMENT where
// ParseHeader or Open would refuse what came out.
absl::StatusOr<v1::SealedMessage> Seal(std::string_view header_bytes, std::string_view body,
                                       std::string_view signature, MessageKey& key);
// Opens a message whose header was parsed by ParseHeader. Does not verify the signature, but
// requires one of 64 bytes where the type is signed (or is a receipt) and none elsewhere.
// UNAUTHENTICATED, with one and the same text for every cause. Where the key itself could not be
// used (a module's failure), its own error.
absl::StatusOr<OpenedMessage> Open(const v1::SealedMessage& message, const Header& header,
                                   MessageKey& key);
// Verifies opened.signature over MessageDigest(header_bytes, body). Same error as Open.
absl::Status VerifySignature(std::string_view header_bytes, const OpenedMessage& opened,
                             VerifyingKey& key);

// The one error of this library: UNAUTHENTICATED "message refused".
absl::Status Refused();

}  // namespace signet::sealing
