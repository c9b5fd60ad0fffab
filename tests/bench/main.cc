// signet-bench: load on a running stack, measured. Never shipped: its devices' hardware module is
// software.
#include <cstdio>
#include <utility>

#include "absl/synchronization/mutex.h"
#include "libs/base/status.h"
#include "tests/bench/phases/phases.h"

namespace {

absl::Status Run(const signet::bench::Options& options) {
  using namespace signet::bench;
  SIGNET_ASSIGN_OR_RETURN(StackFolder stack, StackFolder::Load(options.stack));
  SIGNET_ASSIGN_OR_RETURN(Report report, Report::Load(options.report));
  return Phases(options, std::move(stack), std::move(report)).Run();
}

}  // namespace

int main(int argc, char** argv) {
  // Debian's Abseil looks for deadlocks at each lock; the load should cost little.
  absl::SetMutexDeadlockDetectionMode(absl::OnDeadlockCycle::kIgnore);
  CLI::App app("Loads a running stack and measures it; tools/dev/bench.sh runs all of it.",
               "signet-bench");
  signet::bench::Options options;
  signet::bench::RegisterOptions(app, options);
  CLI11_PARSE(app, argc, argv);
  if (const absl::Status status = Run(options); !status.ok()) {
    std::fprintf(stderr, "signet-bench: %s\n", status.ToString().c_str());
    return 1;
  }
  return 0;
}
