// A power cut at every operation of a transaction, before and after the operation took effect: no
// counter is ever released twice, and the device always goes on.
#include <memory>
#include <set>

#include "gtest/gtest.h"
#include "libs/dukpt/device_registers.h"
#include "libs/dukpt/key_serial_number.h"
#include "tests/support/software_registers.h"

namespace signet::dukpt {
namespace {

using ::signet::testing::SoftwareRegisters;

// A process over a store that outlives it. At the given operation the power fails; from then on
// nothing of this process reaches the store.
class PowerCut final : public RegisterStore {
 public:
  PowerCut(RegisterStore& disk, int at_operation, bool takes_effect)
      : disk_(disk), left_(at_operation), takes_effect_(takes_effect) {}

  absl::StatusOr<std::vector<uint32_t>> Live() override {
    std::vector<uint32_t> live;
    const absl::Status status = Do([&] {
      auto read = disk_.Live();
      if (read.ok()) live = *read;
      return read.status();
    });
    if (!status.ok()) return status;
    return live;
  }
  absl::Status DeriveFromInitialKey(uint32_t counter) override {
    return Do([&] { return disk_.DeriveFromInitialKey(counter); });
  }
  absl::Status DeriveFromRegister(uint32_t from, uint32_t counter) override {
    return Do([&] { return disk_.DeriveFromRegister(from, counter); });
  }
  absl::Status DeriveWorkingKeys(uint32_t counter) override {
    return Do([&] { return disk_.DeriveWorkingKeys(counter); });
  }
  absl::Status Destroy(uint32_t counter) override {
    return Do([&] { return disk_.Destroy(counter); });
  }
  bool is_off() const { return off_; }

 private:
  template <typename Operation>
  absl::Status Do(const Operation& operation) {
    if (off_) return absl::UnavailableError("no power");
    if (left_-- > 0) return operation();
    off_ = true;
    if (takes_effect_) operation().IgnoreError();
    return absl::UnavailableError("no power");
  }

  RegisterStore& disk_;
  int left_;
  bool takes_effect_;
  bool off_ = false;
};

constexpr uint32_t kDevice = 7;

class RegisterCrash : public ::testing::TestWithParam<bool> {
 protected:
  static SoftwareRegisters Loaded(uint32_t through) {
    SoftwareRegisters disk(Secret("an initial key of 32 bytes......"), KeyType::kAes256, kDevice);
    EXPECT_TRUE(LoadRegisters(disk).ok());
    EXPECT_TRUE(SkipThrough(disk, through).ok());
    return disk;
  }

  // Runs transactions on one disk; each one's first attempts are cut at every operation in turn
  // until one comes through. Returns the number of cuts.
  int Endure(SoftwareRegisters& disk, int transactions, std::set<uint32_t>& released) {
    int cuts = 0;
    for (int done = 0; done < transactions;) {
      for (int operation = 0;; ++operation) {
        PowerCut process(disk, operation, GetParam());
        const absl::StatusOr<uint32_t> counter = TakeCounter(process);
        if (absl::IsOutOfRange(counter.status())) return cuts;
        if (process.is_off()) {
          EXPECT_FALSE(counter.ok());
          ++cuts;
          continue;
        }
        EXPECT_TRUE(counter.ok()) << counter.status();
        if (!counter.ok()) return cuts;
        EXPECT_TRUE(IsUsableCounter(*counter));
        EXPECT_TRUE(released.empty() || *counter > *released.rbegin()) << *counter;
        EXPECT_TRUE(released.insert(*counter).second) << *counter << " was used twice";
        ++done;
        break;
      }
    }
    return cuts;
  }
};

TEST_P(RegisterCrash, NoCounterIsReleasedTwiceFromTheStart) {
  SoftwareRegisters disk = Loaded(0);
  std::set<uint32_t> released;
  const int cuts = Endure(disk, 1'500, released);
  EXPECT_EQ(released.size(), 1'500u);
  EXPECT_GE(cuts, 1'500 * 3);
}

TEST_P(RegisterCrash, NoCounterIsReleasedTwiceWhereRegistersHaveManyChildren) {
  for (const uint32_t through : {0x0000FFFEu, 0x7FFFFFFFu, 0x80000000u, 0xFFFDFFFFu}) {
    SoftwareRegisters disk = Loaded(through);
    std::set<uint32_t> released;
    Endure(disk, 60, released);
    EXPECT_FALSE(released.empty());
    EXPECT_GT(*released.begin(), through);
  }
}

TEST_P(RegisterCrash, ASpentCounterStaysSpentWhereverTheNextOneIsCut) {
  for (int operation = 0; operation < 40; ++operation) {
    SoftwareRegisters disk = Loaded(0x7FFFFFFE);  // the next is 80000000, with 31 children
    const uint32_t first = TakeCounter(disk).value();
    PowerCut process(disk, operation, GetParam());
    const absl::StatusOr<uint32_t> cut = TakeCounter(process);
    const uint32_t last_released = cut.ok() ? *cut : first;
    std::set<uint32_t> after;
    for (int i = 0; i < 20; ++i) after.insert(TakeCounter(disk).value());
    EXPECT_EQ(after.size(), 20u);
    EXPECT_GT(*after.begin(), last_released);
  }
}

TEST_P(RegisterCrash, ACutSkipIsFinishedByTheNextSkip) {
  for (const uint32_t through : {1u, 0x00012345u, 0x80000123u, 0xFFFEFFFFu}) {
    bool whole = false;
    for (int operation = 0; !whole; ++operation) {
      SoftwareRegisters disk = Loaded(0);
      PowerCut process(disk, operation, GetParam());
      whole = SkipThrough(process, through).ok();
      ASSERT_TRUE(SkipThrough(disk, through).ok());
      SoftwareRegisters straight = Loaded(through);
      ASSERT_EQ(NextCounter(disk).value(), NextCounter(straight).value());
      for (int i = 0; i < 5; ++i) {
        const auto cut_key = TakeCounter(disk);
        const auto straight_key = TakeCounter(straight);
        ASSERT_EQ(cut_key.status(), straight_key.status());
        if (cut_key.ok()) {
          ASSERT_EQ(*cut_key, *straight_key);
        }
      }
    }
  }
}

TEST_P(RegisterCrash, ACutLoadIsDoneAgain) {
  bool whole = false;
  for (int operation = 0; !whole; ++operation) {
    SoftwareRegisters disk = Loaded(5);
    PowerCut process(disk, operation, GetParam());
    whole = LoadRegisters(process).ok();
    ASSERT_TRUE(LoadRegisters(disk).ok());
    ASSERT_EQ(disk.Live().value().size(), 32u);
    ASSERT_EQ(TakeCounter(disk).value(), 1u);
  }
}

INSTANTIATE_TEST_SUITE_P(Operation, RegisterCrash, ::testing::Bool(),
                         [](const ::testing::TestParamInfo<bool>& param) {
                           return param.param ? "TookEffect" : "HadNoEffect";
                         });

}  // namespace
}  // namespace signet::dukpt
