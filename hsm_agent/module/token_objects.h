// Every object that may be on a device's token, and exactly what it may do.
#pragma once

#include <string>
#include <vector>

#include "libs/dukpt/key_serial_number.h"
#include "libs/pkcs11/key_policy.h"
#include "libs/pkcs11/session.h"

namespace signet::hsm_agent {

inline constexpr char kSigningLabel[] = "device-signing";
inline constexpr char kTransportLabel[] = "transport";
inline constexpr char kReceiptKeyLabel[] = "receipt-key";
inline constexpr char kDeviceCaLabel[] = "device-ca";
inline constexpr char kRegisterLabel[] = "dukpt-register";
inline constexpr char kPaymentRequestLabel[] = "payment-request";
inline constexpr char kPaymentResponseLabel[] = "payment-response";

// Made at enrollment. The private key asks for the PIN at each use.
pkcs11::KeyPolicy SigningKeyPolicy();
// Made at enrollment and destroyed once the initial key has been taken in.
pkcs11::KeyPolicy TransportKeyPolicy();
// The public half of a new pair: read once, gone with the session, of no use.
pkcs11::KeyPolicy PublicHalfPolicy(const std::string& label);
// A session object: derives the registers, proves its check value, is destroyed.
pkcs11::KeyPolicy InitialKeyPolicy();
// Public keys that never change after enrollment.
pkcs11::KeyPolicy ReceiptKeyPolicy();
pkcs11::KeyPolicy DeviceCaPolicy();
// CKA_ID: the KSN with the register's counter.
pkcs11::KeyPolicy RegisterPolicy(const dukpt::KeySerialNumber& ksn);
// Working keys: on the token for a payment (it must outlive a crash), in the session for a query.
pkcs11::KeyPolicy RequestKeyPolicy(const dukpt::KeySerialNumber& ksn, bool on_token);
pkcs11::KeyPolicy ResponseKeyPolicy(const dukpt::KeySerialNumber& ksn, bool on_token);

// Destroys every token object with one of the labels.
absl::Status DestroyLabelled(pkcs11::Session& session, const std::vector<std::string>& labels);
// All labels above.
std::vector<std::string> AllLabels();

}  // namespace signet::hsm_agent
