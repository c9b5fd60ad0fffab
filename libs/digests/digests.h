// What is hashed, and under which name: every digest that is signed, compared or chained. Each
// starts with a name of its own and a zero byte, and each part is preceded by its length (4 bytes,
// big-endian), so that no digest can stand for another and no boundary can be moved. SHA-256 (FIPS
// 180-4), 32 bytes. Pure; thread-safe.
#pragma once

#include <string>
#include <string_view>

namespace signet {

// "signet/1" 00 | len header | header | len body | body: what the device signs, and a message's
// hash.
std::string MessageDigest(std::string_view header, std::string_view body);
// "signet/authorization/1" 00 | len body | body: what a confirmation repeats.
std::string AuthorizationDigest(std::string_view authorization_body);
// "signet/receipt/1" 00 | len receipt | receipt: what the receipt key signs.
std::string ReceiptDigest(std::string_view receipt_body);
// "signet/enrollment/1" 00 | len content | content: what the activation code's key signs.
std::string EnrollmentDigest(std::string_view content);
// "signet/enrollment-answer/1" 00 | len request | request | len content | content: what the device
// CA's key signs besides certificates. request: the request's EnrollmentDigest. No certificate has
// this digest: what is signed of one (TBSCertificate) is DER and begins with 30, not with "s".
std::string EnrollmentAnswerDigest(std::string_view request_hash, std::string_view content);
// "signet/journal/1" 00 | len previous | previous | len batch | batch: the ledger's hash chain.
std::string JournalDigest(std::string_view previous_hash, std::string_view batch);

}  // namespace signet
