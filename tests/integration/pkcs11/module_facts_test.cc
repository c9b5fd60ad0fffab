// What modules say of themselves, in all the ways in which the standard lets them say it.
#include "libs/pkcs11/cryptoki.h"
#include "tests/integration/pkcs11/token_fixture.h"
#include "tests/support/failing_module.h"

namespace signet::testing {
namespace {

using pkcs11::Mechanism;
using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

class ModuleFactsTest : public ::testing::Test {
 protected:
  void SetUp() override {
    token_ = OrThrow(SoftToken::Create("signet-test"));
    module_.emplace(OrThrow(pkcs11::Module::Load(failing_.path())));
  }
  void TearDown() override {
    failing_.SetTokenInfo(FailingModule::kAsItIs, 0);
    failing_.TakeMechanismFlags(CK_UNAVAILABLE_INFORMATION, 0);
  }
  pkcs11::Slot Empty() { return OrThrow(module_->FindEmptySlot()); }
  pkcs11::PinState Pin(unsigned long flags) {
    failing_.SetTokenInfo(FailingModule::kAsItIs, flags);
    return OrThrow(OrThrow(module_->FindToken("signet-test")).Info()).pin;
  }

  FailingModule failing_;
  std::unique_ptr<SoftToken> token_;
  std::optional<pkcs11::Module> module_;
};

TEST_F(ModuleFactsTest, AMaximalPinLengthOfZeroOrAllOnesIsNone) {
  int token = 0;
  for (const unsigned long no_limit : {CK_EFFECTIVELY_INFINITE, CK_UNAVAILABLE_INFORMATION}) {
    failing_.SetTokenInfo(no_limit, 0);
    const absl::Status status =
        Empty().Initialize("t" + std::to_string(++token), token_->so_pin(), token_->pin());
    EXPECT_TRUE(status.ok()) << status;
  }
  failing_.SetTokenInfo(4, 0);
  const absl::Status status = Empty().Initialize("t3", token_->so_pin(), token_->pin());
  EXPECT_TRUE(absl::IsInvalidArgument(status)) << status;
  EXPECT_THAT(Message(status), HasSubstr("4 to 4 characters"));
}

TEST_F(ModuleFactsTest, AMechanismWithoutItsUseIsToldAsThatBeforeATokenIsInitialized) {
  failing_.TakeMechanismFlags(CKM_AES_ECB_ENCRYPT_DATA, CKF_DERIVE);
  const absl::Status status =
      Empty().Initialize("other", token_->so_pin(), token_->pin(),
                         {Mechanism::kAesGcm, Mechanism::kAesEcbEncryptData});
  EXPECT_TRUE(absl::IsFailedPrecondition(status)) << status;
  EXPECT_THAT(Message(status),
              AllOf(HasSubstr("has CKM_AES_ECB_ENCRYPT_DATA, but without CKF_DERIVE"),
                    Not(HasSubstr("lacks")), Not(HasSubstr("GCM"))));
  EXPECT_TRUE(absl::IsNotFound(module_->FindToken("other").status()));  // nothing was initialized
  failing_.TakeMechanismFlags(CKM_AES_GCM, CKF_ENCRYPT);
  EXPECT_TRUE(Empty().RequireMechanisms({Mechanism::kAesGcm}).ok());  // one of its uses is there
}

TEST_F(ModuleFactsTest, TheSmallerCountOfPinTriesHolds) {
  struct Row {
    unsigned long flags;
    uint32_t of_five, of_none;
    std::string note;
  };
  const Row rows[] = {
      {0, 5, 0, ""},
      {CKF_USER_PIN_COUNT_LOW, 5, 0, "a wrong PIN was tried since the last login"},
      {CKF_USER_PIN_COUNT_LOW | CKF_USER_PIN_FINAL_TRY, 1, 0, "one more wrong PIN locks it"},
      {CKF_USER_PIN_LOCKED | CKF_USER_PIN_FINAL_TRY, 0, 0, "locked by the token"},
      {CKF_USER_PIN_TO_BE_CHANGED, 5, 0, "must be changed"},
  };
  for (const Row& row : rows) {
    SCOPED_TRACE(row.note);
    const pkcs11::PinState pin = Pin(row.flags);
    EXPECT_EQ(pin.TriesLeft(5), row.of_five);
    EXPECT_EQ(pin.TriesLeft(0), row.of_none);
    if (row.note.empty()) {
      EXPECT_THAT(pin.Notes(), IsEmpty());
    } else {
      EXPECT_THAT(pin.Notes(), ElementsAre(row.note));
    }
  }
}

}  // namespace
}  // namespace signet::testing
