// Enrolls simulated devices as real ones: the operator's API gives the activation code, the crypto
// service answers the request. It is called as the gateway would, since the gateway's own
// enrollment listener lets through only a few a second. All devices share one transport key: making
// an RSA key for each would take the longest of all.
#pragma once

#include <cstddef>
#include <memory>
#include <vector>

#include "absl/status/statusor.h"
#include "tests/bench/devices/simulated_device.h"
#include "tests/bench/measure/stack_folder.h"

namespace signet::bench {

// One device for each of the first `count` accounts.
absl::StatusOr<std::vector<std::unique_ptr<SimulatedDevice>>> EnrollDevices(
    const StackFolder& stack, size_t count);
// As many that pay at the ledger itself: their name is kLedgerDevice, their key a LedgerSigner's.
inline constexpr char kLedgerDevice[] = "ledger device";
absl::Status EnrollLedgerDevices(const StackFolder& stack, size_t count);

}  // namespace signet::bench
