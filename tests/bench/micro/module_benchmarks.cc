#include "libs/dukpt/derivation.h"
#include "libs/openssl/random.h"
#include "libs/pkcs11/module_keys.h"
#include "tests/bench/micro/benchmarks.h"

namespace signet::bench {
namespace {

using pkcs11::KeyPolicy;
using pkcs11::Mechanism;
using pkcs11::ObjectHandle;
using pkcs11::Usage;
using testing::SoftToken;

constexpr size_t kKeyBytes = 32;

KeyPolicy SessionKey(std::vector<Usage> usages, Mechanism mechanism) {
  KeyPolicy policy;
  policy.usages = std::move(usages);
  policy.allowed_mechanisms = {mechanism};
  return policy;
}

ObjectHandle MessageKeyIn(pkcs11::Session& session) {
  return OrThrow(
      session.ImportAes(openssl::RandomSecret(kKeyBytes),
                        SessionKey({Usage::kEncrypt, Usage::kDecrypt}, Mechanism::kAesGcm)));
}

pkcs11::KeyPair SigningPairIn(pkcs11::Session& session) {
  return OrThrow(session.GenerateP256(SessionKey({Usage::kSign}, Mechanism::kEcdsa),
                                      SessionKey({Usage::kVerify}, Mechanism::kEcdsa)));
}

void Derive(benchmark::State& state, const SoftToken& token) {
  const auto session = OrThrow(token.LoggedIn());
  const KeyPolicy policy = SessionKey({Usage::kDerive}, Mechanism::kAesEcbEncryptData);
  const pkcs11::ScopedObject parent(
      *session, OrThrow(session->ImportAes(openssl::RandomSecret(kKeyBytes), policy)));
  const std::string data =
      dukpt::DerivationData(dukpt::KeyUsage::kKeyDerivation, dukpt::KeyType::kAes256, 1, 1);
  for (auto _ : state) {
    const ObjectHandle key = OrThrow(session->DeriveAes(parent.get(), data, kKeyBytes, policy));
    OrThrow(session->Destroy(key));
  }
}

void Seal(benchmark::State& state, const SoftToken& token) {
  const auto session = OrThrow(token.LoggedIn());
  pkcs11::ModuleMessageKey key(*session, MessageKeyIn(*session));
  for (auto _ : state) benchmark::DoNotOptimize(OrThrow(key.Seal(kHeader, kBody)));
}

void Open(benchmark::State& state, const SoftToken& token) {
  const auto session = OrThrow(token.LoggedIn());
  pkcs11::ModuleMessageKey key(*session, MessageKeyIn(*session));
  const GcmOutput sealed = OrThrow(key.Seal(kHeader, kBody));
  for (auto _ : state) {
    benchmark::DoNotOptimize(OrThrow(key.Open(kHeader, sealed.nonce, sealed.ciphertext)));
  }
}

void Sign(benchmark::State& state, const SoftToken& token) {
  const auto session = OrThrow(token.LoggedIn());
  const pkcs11::KeyPair pair = SigningPairIn(*session);
  for (auto _ : state) {
    benchmark::DoNotOptimize(OrThrow(session->SignEcdsa(pair.private_key, kDigest, nullptr)));
  }
}

void Verify(benchmark::State& state, const SoftToken& token) {
  const auto session = OrThrow(token.LoggedIn());
  const pkcs11::KeyPair pair = SigningPairIn(*session);
  const std::string signature = OrThrow(session->SignEcdsa(pair.private_key, kDigest, nullptr));
  for (auto _ : state) OrThrow(session->VerifyEcdsa(pair.public_key, kDigest, signature));
}

}  // namespace

void RegisterModuleBenchmarks(const SoftToken& token) {
  const auto add = [&token](const char* name, void (*run)(benchmark::State&, const SoftToken&)) {
    benchmark::RegisterBenchmark(name,
                                 [run, &token](benchmark::State& state) { run(state, token); });
  };
  add("module/derive", Derive);
  add("module/seal", Seal);
  add("module/open", Open);
  add("module/sign", Sign);
  add("module/verify", Verify);
}

}  // namespace signet::bench
