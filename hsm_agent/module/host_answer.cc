#include "hsm_agent/module/host_answer.h"

#include <algorithm>

#include "libs/base/status.h"
#include "libs/digests/digests.h"
#include "libs/pkcs11/module_keys.h"

namespace signet::hsm_agent {

absl::StatusOr<sealing::OpenedMessage> OpenAnswer(
    pkcs11::Session& session, const sealing::v1::SealedMessage& answer,
    const dukpt::KeySerialNumber& ksn, pkcs11::ObjectHandle response_key,
    std::initializer_list<sealing::v1::MessageType> types) {
  SIGNET_ASSIGN_OR_RETURN(const sealing::Header header, sealing::ParseHeader(answer));
  if (header.ksn != ksn) return sealing::Refused();
  if (std::find(types.begin(), types.end(), header.type) == types.end()) {
    return sealing::Refused();
  }
  pkcs11::ModuleMessageKey key(session, response_key);
  return sealing::Open(answer, header, key);
}

absl::StatusOr<payments::v1::SignedReceipt> VerifiedReceipt(KeyRing& keys,
                                                            const sealing::OpenedMessage& opened) {
  SIGNET_RETURN_IF_ERROR(keys.VerifyReceipt(ReceiptDigest(opened.body), opened.signature));
  payments::v1::SignedReceipt receipt;
  receipt.set_receipt(opened.body);
  receipt.set_signature(opened.signature);
  return receipt;
}

}  // namespace signet::hsm_agent
