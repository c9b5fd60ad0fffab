#include "libs/dukpt/device_registers.h"

#include <algorithm>
#include <bit>

#include "absl/strings/str_cat.h"
#include "libs/base/status.h"
#include "libs/dukpt/key_serial_number.h"

namespace signet::dukpt {
namespace {

constexpr int kRegisters = 32;  // one per bit of the counter

// The last counter that a register leads to: its own name with every lower bit set.
uint32_t LastCounterOf(uint32_t register_counter) {
  return register_counter | (register_counter - 1);
}

// Names of the registers that replace a register when its counter is spent, highest first. A
// counter with the most one bits allowed has none: its larger neighbours hang on other registers.
std::vector<uint32_t> ChildrenOf(uint32_t counter) {
  std::vector<uint32_t> children;
  if (std::popcount(counter) >= kMaxCounterOnes) return children;
  for (int i = std::countr_zero(counter) - 1; i >= 0; --i) {
    children.push_back(counter | (uint32_t{1} << i));
  }
  return children;
}

// The smallest live register. OUT_OF_RANGE where there is none.
absl::StatusOr<uint32_t> Smallest(RegisterStore& store) {
  SIGNET_ASSIGN_OR_RETURN(const std::vector<uint32_t> live, store.Live());
  for (const uint32_t counter : live) {
    if (!IsUsableCounter(counter)) {
      return absl::DataLossError(absl::StrCat("the store holds a DUKPT register for counter ",
                                              absl::Hex(counter, absl::kZeroPad8),
                                              ", which no device can have; enroll it anew"));
    }
  }
  const auto smallest = std::min_element(live.begin(), live.end());
  if (smallest == live.end()) {
    return absl::OutOfRangeError(
        "no DUKPT counter is left on this device; the device must be enrolled anew");
  }
  return *smallest;
}

}  // namespace

absl::Status LoadRegisters(RegisterStore& store) {
  // What an earlier initial key, or an earlier attempt, left behind must not mix with the new ones.
  SIGNET_ASSIGN_OR_RETURN(const std::vector<uint32_t> old, store.Live());
  for (const uint32_t counter : old) SIGNET_RETURN_IF_ERROR(store.Destroy(counter));
  for (int i = kRegisters - 1; i >= 0; --i) {
    SIGNET_RETURN_IF_ERROR(store.DeriveFromInitialKey(uint32_t{1} << i));
  }
  return absl::OkStatus();
}

absl::StatusOr<uint32_t> NextCounter(RegisterStore& store) { return Smallest(store); }

absl::StatusOr<uint32_t> TakeCounter(RegisterStore& store) {
  SIGNET_ASSIGN_OR_RETURN(const uint32_t counter, Smallest(store));
  SIGNET_RETURN_IF_ERROR(store.DeriveWorkingKeys(counter));
  for (const uint32_t child : ChildrenOf(counter)) {
    SIGNET_RETURN_IF_ERROR(store.DeriveFromRegister(counter, child));
  }
  SIGNET_RETURN_IF_ERROR(store.Destroy(counter));
  return counter;
}

absl::Status SkipThrough(RegisterStore& store, uint32_t counter) {
  while (true) {
    const absl::StatusOr<uint32_t> smallest = Smallest(store);
    if (absl::IsOutOfRange(smallest.status())) return absl::OkStatus();
    if (!smallest.ok()) return smallest.status();
    if (*smallest > counter) return absl::OkStatus();
    // Only the children that lead past the counter are needed, so a skip costs about as many
    // derivations as the counter has bits, however far it reaches.
    for (const uint32_t child : ChildrenOf(*smallest)) {
      if (LastCounterOf(child) <= counter) break;  // as do all smaller ones
      SIGNET_RETURN_IF_ERROR(store.DeriveFromRegister(*smallest, child));
    }
    SIGNET_RETURN_IF_ERROR(store.Destroy(*smallest));
  }
}

}  // namespace signet::dukpt
