// One session with the server's HSM and what is done in it. Every key derived here is a session
// object; none can leave the module, but for an initial key on its way to be wrapped. Used by one
// thread at a time.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "absl/status/statusor.h"
#include "libs/dukpt/key_serial_number.h"
#include "libs/openssl/certificate.h"
#include "libs/openssl/rsa.h"
#include "libs/pkcs11/session.h"
#include "libs/sealing/envelope.h"
#include "services/crypto/hsm/server_keys.h"
#include "services/crypto/hsm/transaction_keys.h"

namespace signet::crypto {

struct WrappedInitialKey {
  std::string wrapped;      // RSA-OAEP (SHA-1, MGF1-SHA-1)
  std::string check_value;  // first 5 bytes of AES-CMAC(initial key, 16 zero bytes)
};

class HsmSession {
 public:
  // cached_keys: of transactions, derived and kept.
  HsmSession(std::unique_ptr<pkcs11::Session> session, const ServerKeys& keys, size_t cached_keys)
      : session_(std::move(session)),
        keys_(keys),
        transaction_keys_(*session_, keys_, cached_keys) {}

  // With the device-to-host key (usage 3000) of the header's KSN. UNAUTHENTICATED where the message
  // does not open; any other error is the module's.
  absl::StatusOr<sealing::OpenedMessage> OpenMessage(const sealing::v1::SealedMessage& message,
                                                     const sealing::Header& header);
  // With the host-to-device key (usage 3001). signature: of a receipt, else empty. Any answer but
  // an authorization ends the exchange.
  absl::StatusOr<sealing::v1::SealedMessage> SealAnswer(const sealing::Header& header,
                                                        std::string_view body,
                                                        std::string_view signature);
  // r || s over the receipt digest.
  absl::StatusOr<std::string> SignReceipt(std::string_view receipt_body);
  absl::StatusOr<WrappedInitialKey> WrapInitialKey(uint32_t device_id,
                                                   const openssl::RsaPublicKey& transport_key);
  // Signed by the device CA key, issued by device_ca_der (empty: a self-signed CA).
  absl::StatusOr<std::string> IssueCertificate(const openssl::CertificateSpec& spec,
                                               std::string_view device_ca_der);
  // r || s by the device CA key over the enrollment answer digest, which no certificate can have.
  absl::StatusOr<std::string> SignEnrollmentAnswer(std::string_view request_hash,
                                                   std::string_view content);

  // Session objects made so far: some modules free their memory only when they are finalized.
  uint64_t objects_made() const { return objects_made_ + transaction_keys_.objects_made(); }

 private:
  std::unique_ptr<pkcs11::Session> session_;
  const ServerKeys& keys_;
  TransactionKeys transaction_keys_;
  uint64_t objects_made_ = 0;
};

}  // namespace signet::crypto
