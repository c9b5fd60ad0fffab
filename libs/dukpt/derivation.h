// Key derivation of AES-DUKPT (ANSI X9.24-3-2017, 6.3.2): the data that a key encrypts to give the
// next key. Pure; thread-safe.
#pragma once

#include <cstdint>
#include <string>

#include "libs/dukpt/key_serial_number.h"

namespace signet::dukpt {

enum class KeyUsage : uint16_t {
  kKeyEncryption = 0x0002,
  kPinEncryption = 0x1000,
  kMacGeneration = 0x2000,
  kMacVerification = 0x2001,
  kMacBoth = 0x2002,
  kDataEncryption = 0x3000,  // device to host
  kDataDecryption = 0x3001,  // host to device
  kDataBoth = 0x3002,
  kKeyDerivation = 0x8000,
  kInitialKey = 0x8001,
};

enum class KeyType : uint16_t { kAes128 = 0x0002, kAes192 = 0x0003, kAes256 = 0x0004 };

size_t KeyBytes(KeyType type);  // 16, 24, 32

// Derivation data, one 16-byte block per 128 bits of output, blocks numbered from 1 in byte 1:
//   0  version 01 | 1 block number | 2 usage (2) | 4 algorithm (2) | 6 length in bits (2) | 8 the
//   eight bytes below
// Derive(K, data) = the leftmost KeyBytes(type) of AES-ECB-Encrypt(K, data): one C_DeriveKey with
// CKM_AES_ECB_ENCRYPT_DATA.

// Last eight bytes: BDK ID || device ID.
std::string InitialKeyData(KeyType type, uint32_t bdk_id, uint32_t device_id);
// Last eight bytes: device ID || counter. For intermediate keys (usage kKeyDerivation) and working
// keys.
std::string DerivationData(KeyUsage usage, KeyType type, uint32_t device_id, uint32_t counter);

}  // namespace signet::dukpt
