// A module that comes back is taken back, whatever it said and whatever mended it, and the payment
// that was under way is finished.
#include <chrono>
#include <set>

#include "absl/time/clock.h"
#include "hsm_agent/device_agent_service.h"
#include "libs/pkcs11/fault.h"
#include "tests/integration/hsm_agent/agent_test.h"
#include "tests/support/failing_module.h"
#include "tests/support/return_codes.h"

namespace signet::hsm_agent {
namespace {

using testing::FailurePlan;
using testing::Heals;
using testing::ReturnCode;

constexpr unsigned long kDeviceError = 0x30;
constexpr int kStages = 3;

// What C_Decrypt says of a message that does not fit.
const std::set<std::string>& MessageFaults() {
  static const auto* const faults = new std::set<std::string>{
      "CKR_ENCRYPTED_DATA_INVALID", "CKR_ENCRYPTED_DATA_LEN_RANGE", "CKR_DATA_INVALID",
      "CKR_DATA_LEN_RANGE",         "CKR_SIGNATURE_INVALID",        "CKR_SIGNATURE_LEN_RANGE",
      "CKR_WRAPPED_KEY_INVALID",    "CKR_WRAPPED_KEY_LEN_RANGE",    "CKR_PUBLIC_KEY_INVALID",
      "CKR_KEY_INDIGESTIBLE"};
  return *faults;
}

class ModuleRecoveryTest : public AgentTest {
 protected:
  void SetUp() override {
    module_path_ = failing_.path();
    AgentTest::SetUp();
    Enroll();
    SIGNET_ASSERT_OK(StatusOf(AskForPayee("coffee")));
  }
  void TearDown() override {
    failing_.Mend();
    AgentTest::TearDown();
  }

  // Until it is done. Whatever it fails with until then is the module's trouble, told as such.
  template <typename Operation>
  auto Until(const Operation& operation) {
    tries_ = 0;
    const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(30);
    while (true) {
      auto result = operation();
      ++tries_;
      if (result.ok() || std::chrono::steady_clock::now() > end) return result;
      EXPECT_TRUE(pkcs11::IsModuleTrouble(result.status())) << result.status();
      EXPECT_TRUE(absl::IsInternal(ToCallerStatus(result.status())));
      if (!pkcs11::IsModuleTrouble(result.status())) return result;
      absl::SleepFor(absl::Milliseconds(2));
    }
  }

  // A payment; the plan comes into force before one of its three operations.
  void Pay(const FailurePlan& plan, int stage, int most_tries) {
    const size_t paid = host_->paid();
    const auto at = [&](int now) {
      if (now == stage) failing_.Fail(plan);
    };
    at(0);
    const auto begun = Until([&] { return Begin(); });
    SIGNET_ASSERT_OK(begun.status());
    EXPECT_LE(tries_, stage == 0 ? most_tries : 1);
    const auto authorization = host_->Exchange(begun->instruction());
    SIGNET_ASSERT_OK(authorization.status());
    at(1);
    const auto confirmed = Until([&] { return Confirm(begun->payment_id(), *authorization); });
    SIGNET_ASSERT_OK(confirmed.status());
    EXPECT_LE(tries_, stage == 1 ? most_tries : 1);
    const auto receipt = host_->Exchange(confirmed->confirmation());
    SIGNET_ASSERT_OK(receipt.status());
    at(2);
    const auto completed = Until([&] { return Complete(begun->payment_id(), *receipt); });
    SIGNET_ASSERT_OK(completed.status());
    EXPECT_LE(tries_, stage == 2 ? most_tries : 1);
    EXPECT_TRUE(completed->has_receipt());
    EXPECT_EQ(host_->paid(), paid + 1);
    EXPECT_FALSE(failing_.broken());
  }

  // first_stage: so that the tests together break each code at each stage.
  void ExpectEveryCodeMended(Heals heals, int first_stage, int most_tries) {
    int stage = first_stage;
    for (const ReturnCode& code : testing::AllReturnCodes()) {
      SCOPED_TRACE(code.name);
      Pay({.code = code.value, .heals = heals, .after = std::chrono::milliseconds(50)},
          stage++ % kStages, most_tries);
      if (HasFatalFailure()) return;
    }
    const auto module = agent_->DescribeModule({}, nullptr);
    SIGNET_ASSERT_OK(module.status());
    EXPECT_EQ(module->pin_tries_left(), kMaxPinFailures);  // no PIN was taken for a wrong one
  }

  testing::FailingModule failing_;
  int tries_ = 0;
};

// A PIN from a file is there again: whoever pays does not notice.
TEST_F(ModuleRecoveryTest, EveryCodeThatANewSessionMends) {
  person_.is_person = false;
  ExpectEveryCodeMended(Heals::kAtNewSession, 0, 1);
}

TEST_F(ModuleRecoveryTest, EveryCodeThatALoginMends) {
  person_.is_person = false;
  ExpectEveryCodeMended(Heals::kAtLogin, 1, 1);
}

TEST_F(ModuleRecoveryTest, EveryCodeThatInitializingMends) {
  person_.is_person = false;
  ExpectEveryCodeMended(Heals::kAtInitialize, 2, 1);
}

TEST_F(ModuleRecoveryTest, EveryCodeThatTimeMends) {
  person_.is_person = false;
  ExpectEveryCodeMended(Heals::kAfter, 0, 1);
}

// A person is asked for the PIN again only when they ask again.
TEST_F(ModuleRecoveryTest, APersonTriesAgainAndItIsMended) {
  ExpectEveryCodeMended(Heals::kAtInitialize, 0, 2);
}

TEST_F(ModuleRecoveryTest, AModuleThatIsAwayForThreeSecondsIsTakenBack) {
  person_.is_person = false;
  for (int stage = 0; stage < kStages; ++stage) {
    Pay({.code = kDeviceError, .heals = Heals::kAfter, .after = std::chrono::seconds(3)}, stage,
        1000);
  }
}

TEST_F(ModuleRecoveryTest, AModuleThatCannotBeInitializedForAWhileIsTakenBack) {
  for (const char* function : {"C_Initialize", "C_OpenSession", "C_Login", "C_Finalize"}) {
    SCOPED_TRACE(function);
    failing_.Fail({.code = kDeviceError});
    EXPECT_FALSE(Begin().ok());  // and closed
    Pay({.code = kDeviceError,
         .function = function,
         .heals = Heals::kAfter,
         .after = std::chrono::milliseconds(100)},
        0, 1000);
  }
}

TEST_F(ModuleRecoveryTest, AMessageThatDoesNotFitIsRefusedAndNothingElseHappens) {
  const auto begun = Begin();
  SIGNET_ASSERT_OK(begun.status());
  const auto authorization = host_->Exchange(begun->instruction());
  SIGNET_ASSERT_OK(authorization.status());
  const int sessions = failing_.Calls("C_OpenSession");
  for (const ReturnCode& code : testing::AllReturnCodes()) {
    if (!MessageFaults().contains(code.name)) continue;
    SCOPED_TRACE(code.name);
    failing_.Fail({.code = code.value, .function = "C_Decrypt"});
    const absl::Status status = Confirm(begun->payment_id(), *authorization).status();
    EXPECT_FALSE(status.ok() || pkcs11::IsModuleTrouble(status)) << status;
  }
  failing_.Mend();
  SIGNET_ASSERT_OK(Confirm(begun->payment_id(), *authorization).status());
  EXPECT_EQ(failing_.Calls("C_OpenSession"), sessions);
}

TEST_F(ModuleRecoveryTest, ARefusedPinIsNotTriedAgain) {
  person_.is_person = false;
  const std::set<std::string> pin_codes = {"CKR_PIN_INCORRECT", "CKR_PIN_EXPIRED", "CKR_PIN_LOCKED",
                                           "CKR_USER_PIN_NOT_INITIALIZED"};
  for (const ReturnCode& code : testing::AllReturnCodes()) {
    if (!pin_codes.contains(code.name)) continue;
    SCOPED_TRACE(code.name);
    RestartAgent();
    const int logins = failing_.Calls("C_Login");
    failing_.Fail({.code = code.value, .function = "C_Login"});
    const absl::Status status = ToCallerStatus(AskForPayee("coffee").status());
    EXPECT_TRUE(absl::IsUnauthenticated(status) || absl::IsFailedPrecondition(status)) << status;
    EXPECT_EQ(failing_.Calls("C_Login"), logins + 1);
    failing_.Mend();
  }
}

// `signet module`: what is told is told by a module that works.
TEST_F(ModuleRecoveryTest, ToDescribeTheModuleHasItWork) {
  person_.is_person = true;
  for (const bool unlocked : {true, false}) {
    if (!unlocked) RestartAgent();
    failing_.Fail({.code = kDeviceError, .function = "C_GenerateRandom"});
    EXPECT_TRUE(absl::IsInternal(ToCallerStatus(agent_->DescribeModule({}, nullptr).status())));
    failing_.Mend();
    SIGNET_ASSERT_OK(agent_->DescribeModule({}, nullptr).status());
  }
}

// The token's own count is shown, and heeded before a PIN is asked for.
TEST_F(ModuleRecoveryTest, ATokenThatHasLockedItsPinIsNotAskedAgain) {
  constexpr unsigned long kLocked = 1UL << 18;    // CKF_USER_PIN_LOCKED
  constexpr unsigned long kFinalTry = 1UL << 17;  // CKF_USER_PIN_FINAL_TRY
  RestartAgent();
  failing_.SetTokenInfo(testing::FailingModule::kAsItIs, kFinalTry);
  SIGNET_ASSERT_OK(StatusOf(AskForPayee("coffee")));
  EXPECT_EQ(person_.prompts.back().tries_left, 1U);
  EXPECT_EQ(agent_->DescribeModule({}, nullptr)->pin_tries_left(), 1U);

  RestartAgent();
  const size_t prompts = person_.prompts.size();
  failing_.SetTokenInfo(testing::FailingModule::kAsItIs, kLocked);
  const absl::Status status = AskForPayee("coffee").status();
  EXPECT_TRUE(absl::IsFailedPrecondition(status)) << status;
  EXPECT_THAT(std::string(status.message()), ::testing::HasSubstr("locked its PIN"));
  EXPECT_EQ(person_.prompts.size(), prompts);
  const auto module = agent_->DescribeModule({}, nullptr);
  EXPECT_EQ(module->pin_tries_left(), 0U);
  EXPECT_THAT(module->pin_notes(), ::testing::ElementsAre("locked by the token"));
  failing_.SetTokenInfo(testing::FailingModule::kAsItIs, 0);
}

}  // namespace
}  // namespace signet::hsm_agent
