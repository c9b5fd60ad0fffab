#include "hsm_agent/answers.h"

#include <algorithm>

#include "libs/base/status.h"
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

}  // namespace signet::hsm_agent
