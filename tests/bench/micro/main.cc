// signet-micro-bench: a payment's small operations, measured by Google Benchmark, whose options it
// takes (--benchmark_filter=…).
#include <cstdio>
#include <exception>

#include "tests/bench/micro/benchmarks.h"
#include "tests/support/test_postgres.h"

namespace {

void Run() {
  using namespace signet;
  const auto token = bench::OrThrow(testing::SoftToken::Create("bench"));
  const auto postgres = bench::OrThrow(testing::TestPostgres::Start());
  bench::RegisterSoftwareBenchmarks();
  bench::RegisterModuleBenchmarks(*token);
  bench::RegisterLedgerBenchmarks(bench::OrThrow(postgres->CreateDatabase()));
  benchmark::RunSpecifiedBenchmarks();
  benchmark::Shutdown();
}

}  // namespace

int main(int argc, char** argv) {
  benchmark::Initialize(&argc, argv);
  if (benchmark::ReportUnrecognizedArguments(argc, argv)) return 2;
  try {
    Run();
  } catch (const std::exception& error) {
    std::fprintf(stderr, "signet-micro-bench: %s\n", error.what());
    return 1;
  }
  return 0;
}
