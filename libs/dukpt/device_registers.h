// The device's side of AES-DUKPT (ANSI X9.24-3-2017, 6.5), over whatever keeps its keys.
//
// A register is named by the counter it was derived with; the lowest one bit of that counter is its
// index. So the set of live registers is the whole state: the next counter is the smallest live
// register, and a register lost to a power cut skips its counters by itself. Pure.
#pragma once

#include <cstdint>
#include <vector>

#include "absl/status/statusor.h"

namespace signet::dukpt {

// Where the registers live: a hardware module, or memory in tests. Each call is durable when it
// returns.
class RegisterStore {
 public:
  virtual ~RegisterStore() = default;
  // Counters of all live registers, in any order.
  virtual absl::StatusOr<std::vector<uint32_t>> Live() = 0;
  // From the initial key (while it is held). Replaces a register of that name.
  virtual absl::Status DeriveFromInitialKey(uint32_t register_counter) = 0;
  // From another register. Replaces a register of that name.
  virtual absl::Status DeriveFromRegister(uint32_t from, uint32_t register_counter) = 0;
  // Makes the working keys of the counter from the register of that name, for use after Advance.
  virtual absl::Status DeriveWorkingKeys(uint32_t counter) = 0;
  virtual absl::Status Destroy(uint32_t register_counter) = 0;
};

// Makes all 32 registers from the initial key. The caller then destroys the initial key.
absl::Status LoadRegisters(RegisterStore& store);

// The next transaction's counter. OUT_OF_RANGE once all are used up ("the device must be enrolled
// anew").
absl::StatusOr<uint32_t> NextCounter(RegisterStore& store);

// Takes the next counter: derives its working keys, then its children, then destroys its register,
// in that order. The counter is spent when this returns; only now may anything made with its
// working keys be released. After a crash inside, the same counter is taken again, or skipped; it
// is never used twice.
absl::StatusOr<uint32_t> TakeCounter(RegisterStore& store);

// Spends every counter up to and including the given one without using it (after the store was
// found older than what had been released).
absl::Status SkipThrough(RegisterStore& store, uint32_t counter);

}  // namespace signet::dukpt
