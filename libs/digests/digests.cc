#include "libs/digests/digests.h"

#include <cstdint>
#include <initializer_list>

#include "libs/base/big_endian.h"
#include "libs/openssl/digest.h"

namespace signet {
namespace {

std::string NamedDigest(std::string_view name, std::initializer_list<std::string_view> parts) {
  size_t size = name.size() + 1;
  for (const std::string_view part : parts) size += 4 + part.size();
  std::string input;
  input.reserve(size);
  input.append(name).push_back('\0');
  for (const std::string_view part : parts) {
    // Lengths stay far below 2^32: messages are at most 16 KiB, journal batches a few MiB.
    AppendBigEndian32(input, static_cast<uint32_t>(part.size()));
    input.append(part);
  }
  return openssl::Sha256(input);
}

}  // namespace

std::string MessageDigest(std::string_view header, std::string_view body) {
  return NamedDigest("signet/1", {header, body});
}

std::string AuthorizationDigest(std::string_view authorization_body) {
  return NamedDigest("signet/authorization/1", {authorization_body});
}

std::string ReceiptDigest(std::string_view receipt_body) {
  return NamedDigest("signet/receipt/1", {receipt_body});
}

std::string EnrollmentDigest(std::string_view content) {
  return NamedDigest("signet/enrollment/1", {content});
}

std::string EnrollmentAnswerDigest(std::string_view request_hash, std::string_view content) {
  return NamedDigest("signet/enrollment-answer/1", {request_hash, content});
}

std::string JournalDigest(std::string_view previous_hash, std::string_view batch) {
  return NamedDigest("signet/journal/1", {previous_hash, batch});
}

}  // namespace signet
