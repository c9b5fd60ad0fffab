// AES-DUKPT in software against the published vectors: the host's walk and the device's registers.
#include <bit>
#include <iostream>

#include "gtest/gtest.h"
#include "libs/base/hex.h"
#include "libs/dukpt/device_registers.h"
#include "libs/dukpt/host_walk.h"
#include "libs/dukpt/key_serial_number.h"
#include "libs/openssl/aes.h"
#include "tests/support/software_registers.h"
#include "tests/vectors/aes_dukpt_file.h"

namespace signet::vectors {
namespace {

using dukpt::KeyType;
using dukpt::KeyUsage;
using ::signet::testing::SoftwareRegisters;

absl::StatusOr<Secret> Derive(const Secret& parent, const std::string& data, KeyType type) {
  const auto blocks = openssl::AesEcbEncrypt(parent, data);
  if (!blocks.ok()) return blocks.status();
  return Secret(blocks->reveal().substr(0, dukpt::KeyBytes(type)));
}

// One suite's derivation, from its BDK.
class Host {
 public:
  explicit Host(const DukptSuite& suite) : suite_(suite) {}

  Secret InitialKey() const {
    return Derive(Secret(suite_.bdk),
                  dukpt::InitialKeyData(suite_.derivation_type, suite_.bdk_id, suite_.device_id),
                  suite_.derivation_type)
        .value();
  }
  Secret IntermediateKey(uint32_t counter) const {
    return dukpt::WalkTo(InitialKey(), suite_.derivation_type, suite_.device_id, counter,
                         [&](const Secret& parent, const std::string& data) {
                           return Derive(parent, data, suite_.derivation_type);
                         })
        .value();
  }
  Secret WorkingKey(KeyUsage usage, KeyType type, uint32_t counter) const {
    return Derive(IntermediateKey(counter),
                  dukpt::DerivationData(usage, type, suite_.device_id, counter), type)
        .value();
  }

 private:
  const DukptSuite& suite_;
};

std::string Hex(const Secret& key) { return ToHex(key.reveal()); }

class AesDukpt : public ::testing::TestWithParam<std::string> {
 protected:
  void SetUp() override {
    auto loaded = LoadDukptVectors(GetParam());
    ASSERT_TRUE(loaded.ok()) << loaded.status();
    vectors_ = *std::move(loaded);
  }
  // Files of others may say less, or more.
  static bool IsOurs() { return GetParam() == DukptVectorFiles().front(); }

  DukptVectors vectors_;
};

TEST_P(AesDukpt, EveryFieldIsChecked) {
  if (IsOurs()) {
    EXPECT_EQ(vectors_.unused_fields, std::vector<std::string>());
  }
  for (const std::string& field : vectors_.unused_fields) {
    std::cout << GetParam() << ": the field " << field << " is not checked by this test\n";
  }
}

TEST_P(AesDukpt, InitialKeys) {
  for (const DukptSuite& suite : vectors_.suites) {
    if (suite.initial_key.empty()) continue;
    EXPECT_EQ(Hex(Host(suite).InitialKey()), ToHex(suite.initial_key));
  }
}

// The update key wraps a new initial key: the key-encryption key of the counter FFFFFFFF, which no
// transaction can have. Signet enrolls anew instead and does not use it.
TEST_P(AesDukpt, UpdateKeys) {
  for (const DukptSuite& suite : vectors_.suites) {
    if (suite.update_key.empty()) continue;
    const KeyType type = KeyTypeOfBytes(suite.update_key.size()).value();
    EXPECT_EQ(Hex(Host(suite).WorkingKey(KeyUsage::kKeyEncryption, type, 0xFFFFFFFF)),
              ToHex(suite.update_key));
  }
}

TEST_P(AesDukpt, IntermediateKeysOnTheHostsWay) {
  for (const DukptSuite& suite : vectors_.suites) {
    for (const auto& [counter, key] : suite.intermediate_keys) {
      EXPECT_EQ(Hex(Host(suite).IntermediateKey(counter)), ToHex(key)) << counter;
    }
  }
}

TEST_P(AesDukpt, WorkingKeys) {
  for (const DukptSuite& suite : vectors_.suites) {
    for (const WorkingKeyVector& key : suite.working_keys) {
      EXPECT_EQ(Hex(Host(suite).WorkingKey(key.usage, suite.working_type, key.counter)),
                ToHex(key.value))
          << key.name << " of counter " << key.counter;
    }
  }
}

TEST_P(AesDukpt, RegistersAfterLoad) {
  for (const DukptSuite& suite : vectors_.suites) {
    SoftwareRegisters registers(Host(suite).InitialKey(), suite.derivation_type, suite.device_id);
    ASSERT_TRUE(dukpt::LoadRegisters(registers).ok());
    EXPECT_EQ(registers.Live().value().size(), 32u);
    EXPECT_EQ(dukpt::NextCounter(registers).value(), 1u);
    for (const auto& [index, key] : suite.registers_after_load) {
      EXPECT_EQ(Hex(registers.Register(uint32_t{1} << index).value()), ToHex(key)) << index;
    }
  }
}

TEST_P(AesDukpt, IntermediateKeysOnTheDevicesWay) {
  for (const DukptSuite& suite : vectors_.suites) {
    for (const auto& [counter, key] : suite.intermediate_keys) {
      if (!dukpt::IsUsableCounter(counter)) continue;  // the host alone can compute it
      SoftwareRegisters registers(Host(suite).InitialKey(), suite.derivation_type, suite.device_id);
      ASSERT_TRUE(dukpt::LoadRegisters(registers).ok());
      ASSERT_TRUE(dukpt::SkipThrough(registers, counter - 1).ok());
      ASSERT_EQ(dukpt::NextCounter(registers).value(), counter);
      EXPECT_EQ(Hex(registers.Register(counter).value()), ToHex(key)) << counter;
    }
  }
}

TEST_P(AesDukpt, LastCounter) {
  if (!vectors_.last_counter.has_value()) {
    ASSERT_FALSE(IsOurs());
    GTEST_SKIP() << "the file does not say";
  }
  EXPECT_EQ(dukpt::kLastCounter, *vectors_.last_counter);
  for (const DukptSuite& suite : vectors_.suites) {
    SoftwareRegisters registers(Host(suite).InitialKey(), suite.derivation_type, suite.device_id);
    ASSERT_TRUE(dukpt::LoadRegisters(registers).ok());
    ASSERT_TRUE(dukpt::SkipThrough(registers, *vectors_.last_counter - 1).ok());
    EXPECT_EQ(dukpt::TakeCounter(registers).value(), *vectors_.last_counter);
    EXPECT_TRUE(absl::IsOutOfRange(dukpt::TakeCounter(registers).status()));
  }
}

// 2^32 counters, counted by halves: all that share a number of one bits are alike but for zero.
TEST_P(AesDukpt, UsableCounters) {
  if (!vectors_.usable_counters.has_value()) {
    ASSERT_FALSE(IsOurs());
    GTEST_SKIP() << "the file does not say";
  }
  uint64_t with_ones[17] = {};
  uint32_t example[17] = {};
  for (uint32_t half = 0; half <= 0xFFFF; ++half) {
    ++with_ones[std::popcount(half)];
    example[std::popcount(half)] = half;
  }
  uint64_t usable = 0;
  for (int high = 0; high <= 16; ++high) {
    for (int low = 0; low <= 16; ++low) {
      const uint32_t counter = (example[high] << 16) | example[low];
      if (dukpt::IsUsableCounter(counter)) usable += with_ones[high] * with_ones[low];
    }
  }
  EXPECT_EQ(usable, *vectors_.usable_counters);
}

INSTANTIATE_TEST_SUITE_P(File, AesDukpt, ::testing::ValuesIn(DukptVectorFiles()),
                         [](const ::testing::TestParamInfo<std::string>& param) {
                           return param.index == 0 ? "Published" : "Extra";
                         });

}  // namespace
}  // namespace signet::vectors
