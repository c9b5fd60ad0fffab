// The phase that asks how much of the crypto service's time is cryptography.
#include "libs/base/status.h"
#include "libs/rpc/channel.h"
#include "tests/bench/devices/sealed_payer.h"
#include "tests/bench/measure/module_floor.h"
#include "tests/bench/measure/process_usage.h"
#include "tests/bench/phases/phases.h"

namespace signet::bench {

// CPU time on both sides: on a machine that is shared with the platform, with Postgres and with the
// load generator, the clock on the wall would measure those as well.
absl::Status Phases::Crypto() {
  SIGNET_RETURN_IF_ERROR(NeedDevices(options_.crypto_in_flight));
  SIGNET_ASSIGN_OR_RETURN(const auto credentials, rpc::MutualTlsClient(stack_.CallAs("gateway")));
  crypto::v1::SealedExchange::Stub stub(rpc::Connect(stack_.crypto, "signet-crypto", credentials));
  CryptoPayer::Exchanges exchanges("exchange", [&](grpc::ClientContext* context, auto* reactor) {
    stub.async()->Exchange(context, reactor);
  });
  const SealedParts parts{*devices_, orders_, options_.payments_per_device};
  LoadPlan plan = Plan();
  std::map<Mark, absl::StatusOr<double>> cpu_seconds;
  plan.on_mark = [&](Mark mark) {
    cpu_seconds.emplace(mark, CpuSeconds(stack_.services.at("crypto")));
  };
  SIGNET_ASSIGN_OR_RETURN(
      const LoadResult result,
      RunLoad(plan, options_.crypto_in_flight, [&](grpc::CompletionQueue& queue) {
        return std::make_unique<CryptoPayer>(queue, parts, exchanges);
      }));
  SIGNET_RETURN_IF_ERROR(cpu_seconds.at(Mark::kStart).status());
  SIGNET_RETURN_IF_ERROR(cpu_seconds.at(Mark::kEnd).status());
  const double used_us = (*cpu_seconds.at(Mark::kEnd) - *cpu_seconds.at(Mark::kStart)) * 1e6 /
                         static_cast<double>(result.paid);
  SIGNET_ASSIGN_OR_RETURN(const ModuleFloor floor,
                          MeasureModule(options_.pkcs11_module, stack_.path + "/hsm"));
  report_.Set("crypto_payments_per_second", result.PaidPerSecond());
  report_.Set("crypto_cpu_us_per_payment", used_us);
  report_.Set("module_us_derive", floor.derive_us);
  report_.Set("module_us_open", floor.open_us);
  report_.Set("module_us_seal", floor.seal_us);
  report_.Set("module_us_sign", floor.sign_us);
  report_.Set("openssl_us_verify", floor.verify_us);
  report_.Set("module_us_per_payment", floor.PaymentUs());
  report_.Set("crypto_vs_module", floor.PaymentUs() / used_us);
  return absl::OkStatus();
}

}  // namespace signet::bench
