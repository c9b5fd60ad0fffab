// The bounds of what comes from outside, each once. In bytes.
#pragma once

#include <cstddef>

namespace signet {

// Text (text.h): platform/v1/operator.proto, payments/v1/payment.proto; PKCS#11 v2.40, 3.2.
inline constexpr size_t kMaxNameBytes = 100;  // of an account, a device
inline constexpr size_t kMaxReferenceBytes = 140;
inline constexpr size_t kMaxTokenLabelBytes = 32;

// Messages.
inline constexpr size_t kMaxSealedMessageBytes = 16 * 1024;

// Files: a certificate or a key, and a file of trust roots.
inline constexpr size_t kMaxPemFileBytes = 64 * 1024;
inline constexpr size_t kMaxTrustRootsBytes = 256 * 1024;
inline constexpr size_t kMaxPinBytes = 64;

}  // namespace signet
