// The device's registers against the host's walk: whatever counter a device takes, the host reaches
// the same keys by another way.
#include "libs/dukpt/device_registers.h"

#include <bit>
#include <random>

#include "gtest/gtest.h"
#include "libs/dukpt/host_walk.h"
#include "libs/dukpt/key_serial_number.h"
#include "libs/openssl/aes.h"
#include "tests/support/software_registers.h"

namespace signet::dukpt {
namespace {

using ::signet::testing::SoftwareRegisters;

constexpr uint32_t kDevice = 0x90123456;
constexpr KeyType kType = KeyType::kAes256;

Secret InitialKey() { return Secret("an initial key of 32 bytes......"); }

absl::StatusOr<Secret> Derive(const Secret& parent, const std::string& data) {
  return openssl::AesEcbEncrypt(parent, data);
}

Secret HostKey(KeyUsage usage, uint32_t counter) {
  const absl::StatusOr<Secret> walked = WalkTo(InitialKey(), kType, kDevice, counter, Derive);
  const absl::StatusOr<Secret> key =
      Derive(walked.value(), DerivationData(usage, kType, kDevice, counter));
  return key.value();
}

class DeviceRegisters : public ::testing::Test {
 protected:
  void SetUp() override { ASSERT_TRUE(LoadRegisters(store_).ok()); }

  // Takes up to the given number of counters from the first that is at least start, and returns how
  // many there were.
  int Run(uint32_t start, int transactions) {
    EXPECT_TRUE(SkipThrough(store_, start - 1).ok());
    uint32_t last = start - 1;
    for (int done = 0; done < transactions; ++done) {
      const absl::StatusOr<uint32_t> next = NextCounter(store_);
      const absl::StatusOr<uint32_t> counter = TakeCounter(store_);
      if (absl::IsOutOfRange(counter.status())) {
        EXPECT_EQ(last, kLastCounter);
        EXPECT_TRUE(absl::IsOutOfRange(next.status()));
        return done;
      }
      EXPECT_TRUE(counter.ok()) << counter.status();
      if (!counter.ok() || !Check(*counter, last)) return done;
      EXPECT_EQ(*next, *counter);
      last = *counter;
    }
    return transactions;
  }

  SoftwareRegisters store_{InitialKey(), kType, kDevice};

 private:
  // The smallest usable counter above the last one, with the host's keys.
  bool Check(uint32_t counter, uint32_t last) {
    uint32_t expected = last + 1;
    while (!IsUsableCounter(expected)) expected += expected & -expected;
    EXPECT_EQ(counter, expected);
    EXPECT_LE(std::popcount(counter), kMaxCounterOnes);
    const auto keys = store_.TakeWorkingKeys(counter);
    EXPECT_TRUE(keys.ok()) << keys.status();
    if (!keys.ok() || counter != expected) return false;
    EXPECT_TRUE(keys->request == HostKey(KeyUsage::kDataEncryption, counter)) << counter;
    EXPECT_TRUE(keys->response == HostKey(KeyUsage::kDataDecryption, counter)) << counter;
    EXPECT_FALSE(keys->request == keys->response);
    return !HasFailure();
  }
};

TEST_F(DeviceRegisters, FirstFortyThousandTransactions) { EXPECT_EQ(Run(1, 40'000), 40'000); }

TEST_F(DeviceRegisters, FortyThousandTransactionsFromRandomPlaces) {
  std::mt19937 random(20170101);
  uint32_t start = 1;
  for (int round = 0; round < 40; ++round) {
    start += static_cast<uint32_t>(random()) % 0x06000000;  // 40 of these stay below FFFF0000
    ASSERT_EQ(Run(start, 1'000), 1'000) << start;
    start += 0x00010000;
  }
}

TEST_F(DeviceRegisters, EveryTransactionFromFfe00000ToExhaustion) {
  const uint32_t start = 0xFFE00000;
  int usable = 0;
  for (uint64_t counter = start; counter <= 0xFFFFFFFF; ++counter) {
    if (IsUsableCounter(static_cast<uint32_t>(counter))) ++usable;
  }
  EXPECT_EQ(usable, 27'896);  // of 2,097,152: few counters up there have at most 16 one bits
  EXPECT_EQ(Run(start, usable + 1), usable);
  EXPECT_TRUE(absl::IsOutOfRange(TakeCounter(store_).status()));
  EXPECT_TRUE(absl::IsOutOfRange(NextCounter(store_).status()));
  EXPECT_TRUE(SkipThrough(store_, 0xFFFFFFFF).ok());
  EXPECT_TRUE(store_.Live().value().empty());
}

TEST_F(DeviceRegisters, SpentRegistersAreGone) {
  for (int i = 0; i < 1'000; ++i) {
    const uint32_t counter = TakeCounter(store_).value();
    EXPECT_TRUE(absl::IsNotFound(store_.Register(counter).status()));
    const std::vector<uint32_t> live = store_.Live().value();
    for (const uint32_t left : live) EXPECT_GT(left, counter);
    EXPECT_LE(live.size(), 32u);
  }
}

TEST_F(DeviceRegisters, SkipThroughLandsOnTheNextUsableCounter) {
  std::mt19937 random(7);
  for (int round = 0; round < 300; ++round) {
    SoftwareRegisters store(InitialKey(), kType, kDevice);
    ASSERT_TRUE(LoadRegisters(store).ok());
    const uint32_t through = static_cast<uint32_t>(random()) % kLastCounter;
    ASSERT_TRUE(SkipThrough(store, through).ok());
    uint64_t expected = uint64_t{through} + 1;
    while (!IsUsableCounter(static_cast<uint32_t>(expected))) expected += expected & -expected;
    EXPECT_EQ(NextCounter(store).value(), expected) << through;
    const uint32_t counter = TakeCounter(store).value();
    EXPECT_TRUE(store.TakeWorkingKeys(counter)->request ==
                HostKey(KeyUsage::kDataEncryption, counter));
  }
}

TEST_F(DeviceRegisters, SkippingBackwardsChangesNothing) {
  ASSERT_TRUE(SkipThrough(store_, 1'000).ok());
  ASSERT_TRUE(SkipThrough(store_, 10).ok());
  ASSERT_TRUE(SkipThrough(store_, 0).ok());
  EXPECT_EQ(NextCounter(store_).value(), 1'001u);
}

TEST_F(DeviceRegisters, LoadingAgainLeavesNothingOfTheOldKey) {
  for (int i = 0; i < 100; ++i) ASSERT_TRUE(TakeCounter(store_).ok());
  ASSERT_TRUE(LoadRegisters(store_).ok());
  const std::vector<uint32_t> live = store_.Live().value();
  EXPECT_EQ(live.size(), 32u);
  for (const uint32_t counter : live) EXPECT_TRUE(std::has_single_bit(counter));
}

TEST(DeviceRegistersWithoutKey, AnEmptyStoreIsExhausted) {
  SoftwareRegisters store(InitialKey(), kType, kDevice);
  EXPECT_TRUE(absl::IsOutOfRange(TakeCounter(store).status()));
}

TEST(DeviceRegistersWithoutKey, AnImpossibleRegisterIsReportedNotUsed) {
  for (const uint32_t impossible : {0u, 0x0001FFFFu}) {
    SoftwareRegisters store(InitialKey(), kType, kDevice);
    ASSERT_TRUE(store.DeriveFromInitialKey(impossible).ok());
    EXPECT_TRUE(absl::IsDataLoss(TakeCounter(store).status()));
    EXPECT_TRUE(absl::IsDataLoss(NextCounter(store).status()));
    EXPECT_TRUE(absl::IsDataLoss(SkipThrough(store, 5)));
  }
}

}  // namespace
}  // namespace signet::dukpt
