#include "tests/integration/crypto/software_device.h"

#include "libs/digests/digests.h"
#include "libs/dukpt/derivation.h"
#include "libs/dukpt/host_walk.h"
#include "libs/openssl/aes.h"

namespace signet::crypto {
namespace {

constexpr auto kType = dukpt::KeyType::kAes256;

}  // namespace

SoftwareDevice::SoftwareDevice(const Secret& bdk, uint32_t bdk_id, uint32_t device_id)
    : bdk_id_(bdk_id),
      device_id_(device_id),
      initial_key_(
          openssl::AesEcbEncrypt(bdk, dukpt::InitialKeyData(kType, bdk_id, device_id)).value()),
      signing_key_(openssl::P256PrivateKey::Generate().value()) {}

Secret SoftwareDevice::WorkingKey(bool to_host, uint32_t counter) const {
  auto derive = [](const Secret& parent, const std::string& data) {
    return openssl::AesEcbEncrypt(parent, data);
  };
  const Secret key = dukpt::WalkTo(initial_key_, kType, device_id_, counter, derive).value();
  const auto usage = to_host ? dukpt::KeyUsage::kDataEncryption : dukpt::KeyUsage::kDataDecryption;
  return derive(key, dukpt::DerivationData(usage, kType, device_id_, counter)).value();
}

sealing::v1::SealedMessage SoftwareDevice::Seal(sealing::v1::MessageType type, uint32_t counter,
                                                const std::string& body, SigningKey* signer) const {
  const std::string header = sealing::SerializeHeader({type, {bdk_id_, device_id_, counter}});
  std::string signature;
  if (sealing::IsSigned(type)) {
    SigningKey& key = signer != nullptr ? *signer : *signing_key_;
    signature = key.SignDigest(MessageDigest(header, body)).value();
  }
  auto key = openssl::CreateMessageKey(WorkingKey(true, counter)).value();
  return sealing::Seal(header, body, signature, *key).value();
}

absl::StatusOr<sealing::OpenedMessage> SoftwareDevice::Open(
    const sealing::v1::SealedMessage& answer) const {
  auto header = sealing::ParseHeader(answer);
  if (!header.ok()) return header.status();
  auto key = openssl::CreateMessageKey(WorkingKey(false, header->ksn.counter)).value();
  return sealing::Open(answer, *header, *key);
}

}  // namespace signet::crypto
