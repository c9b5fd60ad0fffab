#include "libs/dukpt/host_walk.h"
#include "libs/openssl/aes.h"
#include "libs/openssl/p256.h"
#include "libs/openssl/random.h"
#include "tests/bench/micro/benchmarks.h"
#include "tests/support/software_registers.h"

namespace signet::bench {
namespace {

constexpr auto kType = dukpt::KeyType::kAes256;
constexpr uint32_t kDevice = 0x0000002a;

void WalkToCounter(benchmark::State& state) {
  const Secret initial_key = openssl::RandomSecret(32);
  const auto counter = static_cast<uint32_t>((1 << state.range(0)) - 1);  // so many one bits
  for (auto _ : state) {
    benchmark::DoNotOptimize(
        OrThrow(dukpt::WalkTo(initial_key, kType, kDevice, counter, openssl::AesEcbEncrypt)));
  }
}

void TakeCounter(benchmark::State& state) {
  testing::SoftwareRegisters registers(openssl::RandomSecret(32), kType, kDevice);
  OrThrow(dukpt::LoadRegisters(registers));
  for (auto _ : state) {
    const uint32_t counter = OrThrow(dukpt::TakeCounter(registers));
    benchmark::DoNotOptimize(OrThrow(registers.TakeWorkingKeys(counter)));
  }
}

void Seal(benchmark::State& state) {
  const auto key = OrThrow(openssl::CreateMessageKey(openssl::RandomSecret(32)));
  for (auto _ : state) benchmark::DoNotOptimize(OrThrow(key->Seal(kHeader, kBody)));
}

void Open(benchmark::State& state) {
  const auto key = OrThrow(openssl::CreateMessageKey(openssl::RandomSecret(32)));
  const GcmOutput sealed = OrThrow(key->Seal(kHeader, kBody));
  for (auto _ : state) {
    benchmark::DoNotOptimize(OrThrow(key->Open(kHeader, sealed.nonce, sealed.ciphertext)));
  }
}

void Sign(benchmark::State& state) {
  const auto key = OrThrow(openssl::P256PrivateKey::Generate());
  for (auto _ : state) benchmark::DoNotOptimize(OrThrow(key->SignDigest(kDigest)));
}

void Verify(benchmark::State& state) {
  const auto key = OrThrow(openssl::P256PrivateKey::Generate());
  const auto verifier = OrThrow(openssl::ParseP256PublicKey(key->PublicKeyDer()));
  const std::string signature = OrThrow(key->SignDigest(kDigest));
  for (auto _ : state) OrThrow(verifier->VerifyDigest(kDigest, signature));
}

}  // namespace

void RegisterSoftwareBenchmarks() {
  benchmark::RegisterBenchmark("software/walk_to_counter", WalkToCounter)->Arg(1)->Arg(8)->Arg(16);
  benchmark::RegisterBenchmark("software/take_counter", TakeCounter);
  benchmark::RegisterBenchmark("software/seal", Seal);
  benchmark::RegisterBenchmark("software/open", Open);
  benchmark::RegisterBenchmark("software/sign", Sign);
  benchmark::RegisterBenchmark("software/verify", Verify);
}

}  // namespace signet::bench
