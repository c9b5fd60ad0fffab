// Threads with a session each.
#include <atomic>
#include <thread>
#include <vector>

#include "tests/integration/pkcs11/token_fixture.h"

namespace signet::testing {
namespace {

constexpr int kRounds = 100;

class ThreadsTest : public TokenTest {};

// One payment's worth of work; the number of steps that went wrong.
int DeriveSealAndSign(pkcs11::Session& session, pkcs11::ObjectHandle base,
                      const pkcs11::KeyPair& pair, char name) {
  int failures = 0;
  const std::string nonce(12, name);
  for (int round = 0; round < kRounds; ++round) {
    std::string data(32, name);
    data[0] = static_cast<char>(round);
    auto derived = session.DeriveAes(base, data, 32, MessagePolicy());
    if (!derived.ok()) return kRounds;
    const pkcs11::ScopedObject key(session, *derived);
    const auto sealed = session.EncryptGcm(key.get(), nonce, "aad", data);
    const auto opened = sealed.ok() ? session.DecryptGcm(key.get(), nonce, "aad", *sealed)
                                    : absl::StatusOr<std::string>(sealed.status());
    if (!opened.ok() || *opened != data) ++failures;
    const auto signature = session.SignEcdsa(pair.private_key, data, nullptr);
    if (!signature.ok() || !session.VerifyEcdsa(pair.public_key, data, *signature).ok()) ++failures;
  }
  return failures;
}

TEST_F(ThreadsTest, EachWithASessionOfItsOwn) {
  const auto base = OrThrow(session().GenerateAes256(OnToken(DerivePolicy())));
  const auto pair =
      OrThrow(session().GenerateP256(OnToken(SigningPolicy()), OnToken(VerifyingPolicy())));
  std::atomic<int> failures = 0;
  std::vector<std::thread> threads;
  for (const char name : {'a', 'b'}) {
    threads.emplace_back([this, base, pair, name, &failures] {
      // The login of the first session covers this one.
      auto session = pkcs11::Session::Open(OrThrow(token().slot()));
      failures += session.ok() ? DeriveSealAndSign(**session, base, pair, name) : kRounds;
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(failures, 0);
}

TEST_F(ThreadsTest, LoadAndUnloadFromSeveralThreads) {
  CloseSession();
  token().Unload();
  std::atomic<int> failures = 0;
  std::vector<std::thread> threads;
  for (int i = 0; i < 2; ++i) {
    threads.emplace_back([&failures] {
      for (int round = 0; round < 50; ++round) {
        const auto module = pkcs11::Module::Load(kSoftHsmPath);
        if (!module.ok() || !module->FindToken("signet-test").ok()) ++failures;
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(failures, 0);
}

}  // namespace
}  // namespace signet::testing
