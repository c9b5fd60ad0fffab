// AES-DUKPT inside a PKCS#11 module against the published vectors. Every key is derived in the
// module and stays there; it is recognized by the AES-CMAC that it makes.
#include "gtest/gtest.h"
#include "libs/dukpt/host_walk.h"
#include "libs/dukpt/key_serial_number.h"
#include "libs/openssl/aes.h"
#include "tests/support/soft_token.h"
#include "tests/vectors/aes_dukpt_file.h"

namespace signet::vectors {
namespace {

using dukpt::KeyType;
using dukpt::KeyUsage;
using pkcs11::Mechanism;
using pkcs11::ObjectHandle;

pkcs11::KeyPolicy DeriveOnly(const std::string& label) {
  return {.label = label,
          .id = "vector",
          .usages = {pkcs11::Usage::kDerive},
          .allowed_mechanisms = {Mechanism::kAesEcbEncryptData}};
}

pkcs11::KeyPolicy CmacOnly() {
  return {.label = "probe",
          .id = "vector",
          .usages = {pkcs11::Usage::kSign},
          .allowed_mechanisms = {Mechanism::kAesCmac}};
}

// One suite's derivation, inside the module.
class ModuleHost {
 public:
  ModuleHost(pkcs11::Session& session, const DukptSuite& suite)
      : session_(session),
        suite_(suite),
        bdk_(session_.ImportAes(Secret(suite.bdk), DeriveOnly("bdk")).value()) {}

  // A key to derive from.
  ObjectHandle InitialKey() const {
    return session_
        .DeriveAes(bdk_, InitialKeyData(), dukpt::KeyBytes(suite_.derivation_type),
                   DeriveOnly("initial"))
        .value();
  }
  ObjectHandle IntermediateKey(uint32_t counter) const {
    return dukpt::WalkTo(InitialKey(), suite_.derivation_type, suite_.device_id, counter,
                         [&](ObjectHandle parent, const std::string& data) {
                           return session_.DeriveAes(parent, data,
                                                     dukpt::KeyBytes(suite_.derivation_type),
                                                     DeriveOnly("intermediate"));
                         })
        .value();
  }

  // Whether the key that the module derives has this value.
  void ExpectInitialKey(const std::string& value) const {
    ExpectDerived(bdk_, InitialKeyData(), value);
  }
  void ExpectIntermediateKey(uint32_t counter, const std::string& value) const {
    const uint32_t parent =
        counter & (counter - 1);  // without its lowest bit; 0 is the initial key
    ExpectDerived(parent == 0 ? InitialKey() : IntermediateKey(parent),
                  dukpt::DerivationData(KeyUsage::kKeyDerivation, suite_.derivation_type,
                                        suite_.device_id, counter),
                  value);
  }
  void ExpectWorkingKey(KeyUsage usage, KeyType type, uint32_t counter,
                        const std::string& value) const {
    ExpectDerived(IntermediateKey(counter),
                  dukpt::DerivationData(usage, type, suite_.device_id, counter), value);
  }

 private:
  std::string InitialKeyData() const {
    return dukpt::InitialKeyData(suite_.derivation_type, suite_.bdk_id, suite_.device_id);
  }
  void ExpectDerived(ObjectHandle parent, const std::string& data, const std::string& value) const {
    const auto key = session_.DeriveAes(parent, data, value.size(), CmacOnly());
    ASSERT_TRUE(key.ok()) << key.status();
    const auto probe = session_.SignCmac(*key, "which key is this?");
    ASSERT_TRUE(probe.ok()) << probe.status();
    EXPECT_EQ(*probe, openssl::AesCmac(Secret(value), "which key is this?").value());
  }

  pkcs11::Session& session_;
  const DukptSuite& suite_;
  const ObjectHandle bdk_;
};

class AesDukptInModule : public ::testing::TestWithParam<std::string> {
 protected:
  static void SetUpTestSuite() {
    auto token = signet::testing::SoftToken::Create("vectors");
    ASSERT_TRUE(token.ok()) << token.status();
    token_ = std::move(token)->release();
  }
  static void TearDownTestSuite() {
    delete token_;
    token_ = nullptr;
  }
  void SetUp() override {
    auto loaded = LoadDukptVectors(GetParam());
    ASSERT_TRUE(loaded.ok()) << loaded.status();
    vectors_ = *std::move(loaded);
    auto session = token_->LoggedIn();
    ASSERT_TRUE(session.ok()) << session.status();
    session_ = *std::move(session);
  }

  static signet::testing::SoftToken* token_;
  DukptVectors vectors_;
  std::unique_ptr<pkcs11::Session> session_;
};

signet::testing::SoftToken* AesDukptInModule::token_ = nullptr;

TEST_P(AesDukptInModule, InitialAndUpdateKeys) {
  for (const DukptSuite& suite : vectors_.suites) {
    const ModuleHost host(*session_, suite);
    if (!suite.initial_key.empty()) host.ExpectInitialKey(suite.initial_key);
    if (suite.update_key.empty()) continue;
    host.ExpectWorkingKey(KeyUsage::kKeyEncryption, KeyTypeOfBytes(suite.update_key.size()).value(),
                          0xFFFFFFFF, suite.update_key);
  }
}

TEST_P(AesDukptInModule, IntermediateKeysAndRegisters) {
  for (const DukptSuite& suite : vectors_.suites) {
    const ModuleHost host(*session_, suite);
    for (const auto& [counter, key] : suite.intermediate_keys) {
      SCOPED_TRACE(counter);
      host.ExpectIntermediateKey(counter, key);
    }
    for (const auto& [index, key] : suite.registers_after_load) {
      SCOPED_TRACE(index);
      host.ExpectIntermediateKey(uint32_t{1} << index, key);
    }
  }
}

TEST_P(AesDukptInModule, WorkingKeys) {
  for (const DukptSuite& suite : vectors_.suites) {
    const ModuleHost host(*session_, suite);
    for (const WorkingKeyVector& key : suite.working_keys) {
      SCOPED_TRACE(key.name);
      host.ExpectWorkingKey(key.usage, suite.working_type, key.counter, key.value);
    }
  }
}

INSTANTIATE_TEST_SUITE_P(File, AesDukptInModule, ::testing::ValuesIn(DukptVectorFiles()),
                         [](const ::testing::TestParamInfo<std::string>& param) {
                           return param.index == 0 ? "Published" : "Extra";
                         });

}  // namespace
}  // namespace signet::vectors
