#include "tests/bench/measure/module_floor.h"

#include <cstdlib>
#include <ctime>
#include <memory>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "libs/base/secret.h"
#include "libs/base/status.h"
#include "libs/dukpt/derivation.h"
#include "libs/openssl/p256.h"
#include "libs/pkcs11/session.h"
#include "tests/bench/measure/stack_folder.h"

namespace signet::bench {
namespace {

using pkcs11::KeyPolicy;
using pkcs11::Mechanism;
using pkcs11::ObjectHandle;
using pkcs11::ScopedObject;
using pkcs11::Session;
using pkcs11::Usage;

constexpr char kTokenLabel[] = "signet-server";
constexpr int kTimes = 1000;
constexpr size_t kKeyBytes = 32;
constexpr size_t kNonceBytes = 12;
// As large as those of a payment, on the average.
constexpr size_t kHeaderBytes = 20;
constexpr size_t kBodyBytes = 200;

double ThreadCpuUs() {
  timespec now{};
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
  return static_cast<double>(now.tv_sec) * 1e6 + static_cast<double>(now.tv_nsec) / 1e3;
}

template <typename Operation>
absl::StatusOr<double> MicrosecondsOf(const Operation& operation) {
  const double start = ThreadCpuUs();
  for (int i = 0; i < kTimes; ++i) SIGNET_RETURN_IF_ERROR(operation());
  return (ThreadCpuUs() - start) / kTimes;
}

KeyPolicy SessionKey(std::vector<Usage> usages, Mechanism mechanism) {
  KeyPolicy policy;
  policy.usages = std::move(usages);
  policy.allowed_mechanisms = {mechanism};
  return policy;
}

absl::StatusOr<std::unique_ptr<Session>> LogIn(const pkcs11::Module& module,
                                               const std::string& token_folder) {
  SIGNET_ASSIGN_OR_RETURN(const pkcs11::Slot slot, module.FindToken(kTokenLabel));
  SIGNET_ASSIGN_OR_RETURN(auto session, Session::Open(slot));
  SIGNET_ASSIGN_OR_RETURN(const std::string pin, ReadTextFile(token_folder + "/pin"));
  SIGNET_RETURN_IF_ERROR(session->Login(Secret(pin.substr(0, pin.find('\n')))));
  return session;
}

absl::StatusOr<ObjectHandle> Find(Session& session, const std::string& label,
                                  const std::string& object_class) {
  pkcs11::ObjectFilter filter;
  filter.label = label;
  filter.object_class = object_class;
  SIGNET_ASSIGN_OR_RETURN(const ObjectHandle key, session.FindOne(filter));
  return session.ForUse(key);
}

absl::Status MeasureMessages(Session& session, ObjectHandle bdk, ModuleFloor& floor) {
  const std::string data =
      dukpt::DerivationData(dukpt::KeyUsage::kKeyDerivation, dukpt::KeyType::kAes256, 1, 1);
  const KeyPolicy derive = SessionKey({Usage::kDerive}, Mechanism::kAesEcbEncryptData);
  SIGNET_ASSIGN_OR_RETURN(floor.derive_us, MicrosecondsOf([&]() -> absl::Status {
                            SIGNET_ASSIGN_OR_RETURN(
                                const ObjectHandle key,
                                session.DeriveAes(bdk, data, kKeyBytes, derive));
                            return session.Destroy(key);
                          }));

  SIGNET_ASSIGN_OR_RETURN(
      const ObjectHandle made,
      session.DeriveAes(bdk, data, kKeyBytes,
                        SessionKey({Usage::kEncrypt, Usage::kDecrypt}, Mechanism::kAesGcm)));
  const ScopedObject key(session, made);
  const std::string header(kHeaderBytes, 'h'), body(kBodyBytes, 'b');
  std::string nonce, sealed;
  SIGNET_ASSIGN_OR_RETURN(floor.seal_us, MicrosecondsOf([&]() -> absl::Status {
                            SIGNET_ASSIGN_OR_RETURN(nonce, session.Random(kNonceBytes));
                            SIGNET_ASSIGN_OR_RETURN(
                                sealed, session.EncryptGcm(key.get(), nonce, header, body));
                            return absl::OkStatus();
                          }));
  SIGNET_ASSIGN_OR_RETURN(floor.open_us, MicrosecondsOf([&] {
                            return session.DecryptGcm(key.get(), nonce, header, sealed).status();
                          }));
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<ModuleFloor> MeasureModule(const std::string& pkcs11_module,
                                          const std::string& token_folder) {
  setenv("SOFTHSM2_CONF", (token_folder + "/softhsm2.conf").c_str(), /*overwrite=*/1);
  std::string parameters;
  if (absl::StrContains(pkcs11_module, "softokn3")) {
    parameters = absl::StrCat("configdir='sql:", token_folder, "/tokens' dbTokenDescription='",
                              kTokenLabel, "' secmod='' flags=noModDB");
  }
  SIGNET_ASSIGN_OR_RETURN(const pkcs11::Module module,
                          pkcs11::Module::Load(pkcs11_module, parameters));
  SIGNET_ASSIGN_OR_RETURN(const auto session, LogIn(module, token_folder));
  SIGNET_ASSIGN_OR_RETURN(const ObjectHandle bdk, Find(*session, "bdk", "secret"));
  SIGNET_ASSIGN_OR_RETURN(const ObjectHandle receipt_key, Find(*session, "receipt-key", "private"));
  ModuleFloor floor;
  SIGNET_RETURN_IF_ERROR(MeasureMessages(*session, bdk, floor));
  const std::string digest(32, 'd');
  SIGNET_ASSIGN_OR_RETURN(floor.sign_us, MicrosecondsOf([&] {
                            return session->SignEcdsa(receipt_key, digest, nullptr).status();
                          }));
  SIGNET_ASSIGN_OR_RETURN(const auto signer, openssl::P256PrivateKey::Generate());
  SIGNET_ASSIGN_OR_RETURN(const auto verifier, openssl::ParseP256PublicKey(signer->PublicKeyDer()));
  SIGNET_ASSIGN_OR_RETURN(const std::string signature, signer->SignDigest(digest));
  SIGNET_ASSIGN_OR_RETURN(
      floor.verify_us, MicrosecondsOf([&] { return verifier->VerifyDigest(digest, signature); }));
  return floor;
}

}  // namespace signet::bench
