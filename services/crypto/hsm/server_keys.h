// The server's keys: their names in the token, and exactly what each may do.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "libs/pkcs11/key_policy.h"
#include "libs/pkcs11/session.h"

namespace signet::crypto {

inline constexpr char kBdkLabel[] = "bdk";
inline constexpr char kReceiptKeyLabel[] = "receipt-key";
inline constexpr char kDeviceCaLabel[] = "device-ca";

// Derives devices' initial keys, nothing else. CKA_ID is the BDK ID, 4 bytes big-endian.
pkcs11::KeyPolicy BdkPolicy(uint32_t bdk_id);
// A P-256 pair: the private half only signs, the public half only verifies. CKA_ID is the label.
pkcs11::KeyPolicy SigningKeyPolicy(const std::string& label);
pkcs11::KeyPolicy VerifyingKeyPolicy(const std::string& label);

// What the service needs of a module; `init` needs the second list besides.
std::vector<pkcs11::Mechanism> MechanismsToRun();
std::vector<pkcs11::Mechanism> MechanismsToInit();

// Handles are the same in every session of a process (PKCS#11 v2.40, 2.6.5).
struct ServerKeys {
  uint32_t bdk_id = 0;
  pkcs11::ObjectHandle bdk = 0;
  pkcs11::ObjectHandle receipt_key = 0;
  pkcs11::ObjectHandle device_ca_key = 0;
  std::string receipt_public_der;    // SubjectPublicKeyInfo
  std::string device_ca_public_der;  // SubjectPublicKeyInfo
};

// Finds all of them in a session that is logged in. NOT_FOUND names the key that is missing;
// FAILED_PRECONDITION names a key that may do more than its policy, or could leave the module. The
// handles serve every session of the process while this one is open.
absl::StatusOr<ServerKeys> FindServerKeys(pkcs11::Session& session, uint32_t bdk_id);

// OK unless a secret or private key could leave the module, or may do anything but its policy.
absl::Status CheckKeyAgainstPolicy(const pkcs11::KeyDescription& key,
                                   const pkcs11::KeyPolicy& policy);

// SubjectPublicKeyInfo of the public half with that label. NOT_FOUND.
absl::StatusOr<std::string> PublicKeyDer(pkcs11::Session& session, const std::string& label);

}  // namespace signet::crypto
