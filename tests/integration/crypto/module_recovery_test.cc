// A module that comes back is taken back, whatever it said and whatever mended it, by the service
// itself.
#include <gtest/gtest.h>

#include <chrono>
#include <set>
#include <string>

#include "absl/time/clock.h"
#include "tests/integration/crypto/crypto_harness.h"
#include "tests/integration/crypto/server_token.h"
#include "tests/support/failing_module.h"
#include "tests/support/return_codes.h"

namespace signet::crypto {
namespace {

using grpc::StatusCode;
using sealing::v1::MessageType;
using testing::Heals;
using testing::ReturnCode;

constexpr unsigned long kDeviceError = 0x30;
constexpr unsigned long kGeneralError = 0x05;
constexpr std::chrono::seconds kPatience{30};

HarnessLimits Impatient() {
  HarnessLimits limits;
  limits.module = testing::FailingModule().path();
  limits.reopen_pause = std::chrono::milliseconds(10);
  limits.proof_interval = std::chrono::milliseconds(50);
  return limits;
}

// Nothing is tried again by the service's own thread.
HarnessLimits Patient() {
  HarnessLimits limits = Impatient();
  limits.reopen_pause = limits.proof_interval = std::chrono::hours(1);
  return limits;
}

class Exchanges {
 public:
  explicit Exchanges(const HarnessLimits& limits) : harness_(limits) {
    harness_.platform().SetProcessor(
        [](const platform::v1::ProcessRequest&, platform::v1::ProcessResponse& response) {
          response.set_answer_type(MessageType::MESSAGE_TYPE_RECEIPT);
          response.set_answer_body("receipt");
          return grpc::Status::OK;
        });
  }

  // Derives, opens, signs, seals.
  StatusCode Once() { return harness_.Exchange(message_, 7).status.error_code(); }
  // Until it is done. Whatever it is answered until then, it is not that the message was bad.
  ::testing::AssertionResult Until(std::chrono::seconds patience = kPatience) {
    const auto end = std::chrono::steady_clock::now() + patience;
    StatusCode code = Once();
    while (code != StatusCode::OK) {
      if (code != StatusCode::UNAVAILABLE && code != StatusCode::INTERNAL) {
        return ::testing::AssertionFailure() << "answered with status " << code;
      }
      if (std::chrono::steady_clock::now() > end) {
        return ::testing::AssertionFailure() << "not mended: status " << code;
      }
      absl::SleepFor(absl::Milliseconds(2));
      code = Once();
    }
    return ::testing::AssertionSuccess();
  }
  CryptoHarness& harness() { return harness_; }

 private:
  CryptoHarness harness_;
  SoftwareDevice device_ = harness_.AddDevice(7);
  const sealing::v1::SealedMessage message_ =
      device_.Seal(MessageType::MESSAGE_TYPE_QUERY, 1, "query");
};

class ModuleRecoveryTest : public ::testing::Test {
 protected:
  void ExpectEveryCodeMended(const std::string& function, Heals heals,
                             const std::set<std::string>& but = {}) {
    Exchanges exchanges(Impatient());
    for (const ReturnCode& code : testing::AllReturnCodes()) {
      if (but.contains(code.name)) continue;
      SCOPED_TRACE(code.name);
      failing_.Fail({.code = code.value,
                     .function = function,
                     .heals = heals,
                     .after = std::chrono::milliseconds(100)});
      ASSERT_TRUE(exchanges.Until());
      EXPECT_FALSE(failing_.broken());
    }
    EXPECT_EQ(exchanges.harness().Rejected("bad_tag"), 0);
    EXPECT_TRUE(exchanges.harness().AllLeft());
  }

  testing::FailingModule failing_;
};

// What C_Decrypt says of a message that does not fit.
const std::set<std::string>& MessageFaults() {
  static const auto* const faults = new std::set<std::string>{
      "CKR_ENCRYPTED_DATA_INVALID", "CKR_ENCRYPTED_DATA_LEN_RANGE", "CKR_DATA_INVALID",
      "CKR_DATA_LEN_RANGE",         "CKR_SIGNATURE_INVALID",        "CKR_SIGNATURE_LEN_RANGE",
      "CKR_WRAPPED_KEY_INVALID",    "CKR_WRAPPED_KEY_LEN_RANGE",    "CKR_PUBLIC_KEY_INVALID",
      "CKR_KEY_INDIGESTIBLE"};
  return *faults;
}

TEST_F(ModuleRecoveryTest, EveryCodeThatANewSessionMends) {
  ExpectEveryCodeMended("", Heals::kAtNewSession);
}

TEST_F(ModuleRecoveryTest, EveryCodeThatALoginMends) { ExpectEveryCodeMended("", Heals::kAtLogin); }

TEST_F(ModuleRecoveryTest, EveryCodeThatInitializingMends) {
  ExpectEveryCodeMended("", Heals::kAtInitialize);
}

TEST_F(ModuleRecoveryTest, EveryCodeThatTimeMends) { ExpectEveryCodeMended("", Heals::kAfter); }

TEST_F(ModuleRecoveryTest, EveryCodeOfOneFunctionAlone) {
  for (const char* function :
       {"C_SignInit", "C_Sign", "C_DeriveKey", "C_Encrypt", "C_DecryptInit", "C_GenerateRandom"}) {
    SCOPED_TRACE(function);
    if (std::string(function) == "C_GenerateRandom") continue;
    ExpectEveryCodeMended(function, Heals::kAtInitialize);
  }
  ExpectEveryCodeMended("C_Decrypt", Heals::kAtInitialize, MessageFaults());
}

TEST_F(ModuleRecoveryTest, AMessageThatDoesNotFitIsRefusedAndNothingElseHappens) {
  Exchanges exchanges(Patient());
  ASSERT_EQ(exchanges.Once(), StatusCode::OK);
  const int sessions = failing_.Calls("C_OpenSession");
  int refused = 0;
  for (const ReturnCode& code : testing::AllReturnCodes()) {
    if (!MessageFaults().contains(code.name)) continue;
    SCOPED_TRACE(code.name);
    failing_.Fail({.code = code.value, .function = "C_Decrypt"});
    const StatusCode answer = exchanges.Once();
    // Only some of them can come of a forgery; none is the module's trouble.
    EXPECT_TRUE(answer == StatusCode::PERMISSION_DENIED || answer == StatusCode::INTERNAL)
        << answer;
    if (answer == StatusCode::PERMISSION_DENIED) ++refused;
    failing_.Mend();
    EXPECT_EQ(exchanges.Once(), StatusCode::OK);
  }
  EXPECT_GE(refused, 2);
  EXPECT_EQ(failing_.Calls("C_OpenSession"), sessions);
}

TEST_F(ModuleRecoveryTest, AModuleThatIsAwayForThreeSecondsIsTakenBackAsTheProgramIsBuilt) {
  HarnessLimits limits;
  limits.module = failing_.path();
  for (const unsigned long code : {kDeviceError, kGeneralError}) {
    Exchanges exchanges(limits);
    failing_.Fail({.code = code, .heals = Heals::kAfter, .after = std::chrono::seconds(3)});
    EXPECT_TRUE(exchanges.Until(std::chrono::seconds(8)));
  }
}

TEST_F(ModuleRecoveryTest, AModuleThatCannotBeInitializedForAWhileIsTakenBack) {
  Exchanges exchanges(Impatient());
  failing_.LogOutAtDecrypt();
  failing_.Fail({.code = kDeviceError,
                 .function = "C_Initialize",
                 .heals = Heals::kAfter,
                 .after = std::chrono::milliseconds(200)});
  EXPECT_TRUE(exchanges.Until());
}

// The kind of module that C_Finalize does not leave finalized.
TEST_F(ModuleRecoveryTest, AModuleThatCannotBeFinalizedIsTakenBack) {
  Exchanges exchanges(Impatient());
  for (const char* function : {"C_Finalize", "C_OpenSession"}) {
    SCOPED_TRACE(function);
    failing_.LogOutAtDecrypt();
    failing_.Fail({.code = kDeviceError,
                   .function = function,
                   .heals = Heals::kAfter,
                   .after = std::chrono::milliseconds(100)});
    EXPECT_TRUE(exchanges.Until());
  }
}

TEST_F(ModuleRecoveryTest, AnIdleServiceFindsAndMendsTheTroubleItself) {
  Exchanges exchanges(Impatient());
  const auto becomes = [&](bool ready) {
    const auto end = std::chrono::steady_clock::now() + kPatience;
    while (exchanges.harness().hsm().Ready().ok() != ready) {
      if (std::chrono::steady_clock::now() > end) return false;
      absl::SleepFor(absl::Milliseconds(2));
    }
    return true;
  };
  failing_.Fail({.code = kDeviceError});
  EXPECT_TRUE(becomes(false));
  EXPECT_EQ(exchanges.harness().Metric("signet_hsm_up"), 0);
  failing_.Fail({.code = kDeviceError, .heals = Heals::kAtInitialize});
  EXPECT_TRUE(becomes(true));
  EXPECT_EQ(exchanges.harness().Metric("signet_hsm_up"), 1);
}

TEST_F(ModuleRecoveryTest, ToAskWhetherItIsReadyChangesNothing) {
  Exchanges exchanges(Patient());
  const int calls = failing_.Calls("C_Initialize");
  failing_.Fail({.code = kDeviceError});
  EXPECT_EQ(exchanges.Once(), StatusCode::UNAVAILABLE);
  const int tried = failing_.Calls("C_Initialize");
  EXPECT_EQ(tried, calls + 1);
  failing_.Mend();
  for (int i = 0; i < 100; ++i) EXPECT_FALSE(exchanges.harness().hsm().Ready().ok());
  EXPECT_EQ(failing_.Calls("C_Initialize"), tried);
}

// Tokens lock.
TEST_F(ModuleRecoveryTest, ARefusedPinIsNeverTriedAgain) {
  const std::set<std::string> pin_codes = {"CKR_PIN_INCORRECT", "CKR_PIN_INVALID",
                                           "CKR_PIN_LEN_RANGE", "CKR_PIN_EXPIRED",
                                           "CKR_PIN_LOCKED",    "CKR_USER_PIN_NOT_INITIALIZED"};
  for (const ReturnCode& code : testing::AllReturnCodes()) {
    if (!pin_codes.contains(code.name)) continue;
    SCOPED_TRACE(code.name);
    Exchanges exchanges(Impatient());
    const int logins = failing_.Calls("C_Login");
    failing_.LogOutAtDecrypt();
    failing_.Fail({.code = code.value, .function = "C_Login"});
    const auto end = std::chrono::steady_clock::now() + std::chrono::milliseconds(100);
    do {
      EXPECT_EQ(exchanges.Once(), StatusCode::UNAVAILABLE);
    } while (std::chrono::steady_clock::now() < end);
    EXPECT_EQ(failing_.Calls("C_Login"), logins + 1);
    failing_.Mend();
  }
}

}  // namespace
}  // namespace signet::crypto
