// Whose fault each return code is: the table, as a table.
#include "libs/pkcs11/fault.h"

#include <map>
#include <set>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "libs/base/status.h"
#include "libs/pkcs11/error.h"
#include "tests/support/return_codes.h"

namespace signet::pkcs11 {
namespace {

using testing::ReturnCode;

const std::map<Fault, std::set<std::string>>& Expected() {
  static const auto* const expected = new std::map<Fault, std::set<std::string>>{
      {Fault::kMessage,
       {"CKR_ENCRYPTED_DATA_INVALID", "CKR_ENCRYPTED_DATA_LEN_RANGE", "CKR_DATA_INVALID",
        "CKR_DATA_LEN_RANGE", "CKR_SIGNATURE_INVALID", "CKR_SIGNATURE_LEN_RANGE",
        "CKR_WRAPPED_KEY_INVALID", "CKR_WRAPPED_KEY_LEN_RANGE", "CKR_PUBLIC_KEY_INVALID",
        "CKR_KEY_INDIGESTIBLE"}},
      {Fault::kPin,
       {"CKR_PIN_INCORRECT", "CKR_PIN_INVALID", "CKR_PIN_LEN_RANGE", "CKR_PIN_TOO_WEAK",
        "CKR_PIN_EXPIRED", "CKR_PIN_LOCKED", "CKR_USER_PIN_NOT_INITIALIZED", "CKR_NEW_PIN_MODE",
        "CKR_NEXT_OTP"}},
      {Fault::kLogin,
       {"CKR_USER_NOT_LOGGED_IN", "CKR_USER_ALREADY_LOGGED_IN",
        "CKR_USER_ANOTHER_ALREADY_LOGGED_IN", "CKR_USER_TOO_MANY_TYPES", "CKR_USER_TYPE_INVALID"}},
      {Fault::kSession,
       {"CKR_SESSION_HANDLE_INVALID", "CKR_SESSION_CLOSED", "CKR_OBJECT_HANDLE_INVALID",
        "CKR_KEY_HANDLE_INVALID", "CKR_WRAPPING_KEY_HANDLE_INVALID",
        "CKR_UNWRAPPING_KEY_HANDLE_INVALID", "CKR_KEY_CHANGED", "CKR_KEY_NEEDED",
        "CKR_KEY_NOT_NEEDED", "CKR_OPERATION_ACTIVE", "CKR_OPERATION_NOT_INITIALIZED",
        "CKR_BUFFER_TOO_SMALL", "CKR_SAVED_STATE_INVALID", "CKR_STATE_UNSAVEABLE",
        "CKR_SESSION_EXISTS", "CKR_SESSION_READ_ONLY", "CKR_SESSION_READ_ONLY_EXISTS",
        "CKR_SESSION_READ_WRITE_SO_EXISTS", "CKR_SESSION_PARALLEL_NOT_SUPPORTED"}},
      {Fault::kResource, {"CKR_HOST_MEMORY", "CKR_DEVICE_MEMORY", "CKR_SESSION_COUNT"}},
      {Fault::kModule,
       {"CKR_GENERAL_ERROR",
        "CKR_FUNCTION_FAILED",
        "CKR_DEVICE_ERROR",
        "CKR_DEVICE_REMOVED",
        "CKR_TOKEN_NOT_PRESENT",
        "CKR_CRYPTOKI_NOT_INITIALIZED",
        "CKR_SLOT_ID_INVALID",
        "CKR_TOKEN_NOT_RECOGNIZED",
        "CKR_TOKEN_WRITE_PROTECTED",
        "CKR_CRYPTOKI_ALREADY_INITIALIZED",
        "CKR_CANT_LOCK",
        "CKR_NEED_TO_CREATE_THREADS",
        "CKR_LIBRARY_LOAD_FAILED",
        "CKR_FIPS_SELF_TEST_FAILED",
        "CKR_RANDOM_NO_RNG",
        "CKR_MUTEX_BAD",
        "CKR_MUTEX_NOT_LOCKED",
        "CKR_FUNCTION_CANCELED",
        "CKR_FUNCTION_REJECTED",
        "CKR_CANCEL",
        "CKR_FUNCTION_NOT_PARALLEL",
        "CKR_NO_EVENT",
        "CKR_VENDOR_DEFINED"}}};
  return *expected;
}

// All that stand nowhere in the table above are of this kind.
Fault ExpectedOf(const ReturnCode& code) {
  for (const auto& [fault, names] : Expected()) {
    if (names.contains(code.name)) return fault;
  }
  return Fault::kCall;
}

class FaultTest : public ::testing::TestWithParam<ReturnCode> {};

TEST_P(FaultTest, HasANameARemedyAndAFault) {
  const ReturnCode& code = GetParam();
  const bool has_name = code.name != "CKR_VENDOR_DEFINED";
  EXPECT_EQ(CkrName(code.value), has_name ? code.name : "CKR_0x80004711");
  const absl::Status status = Check(code.value, "C_Some");
  EXPECT_THAT(std::string(status.message()),
              ::testing::StartsWith("C_Some: " + CkrName(code.value) + ": "));
  EXPECT_NE(FaultOf(status), Fault::kNone);
}

TEST_P(FaultTest, DependsOnWhatTheFunctionWasGiven) {
  const ReturnCode& code = GetParam();
  const Fault fault = ExpectedOf(code);
  const auto expect = [&](const char* function, Fault expected) {
    EXPECT_EQ(FaultName(Classify(code.value, function)), std::string(FaultName(expected)))
        << function;
  };
  const bool only_with_pin = fault == Fault::kPin;
  for (const char* function : {"C_Decrypt", "C_Verify"}) {
    expect(function, only_with_pin ? Fault::kModule : fault);
  }
  for (const char* function : {"C_CreateObject", "C_WrapKey", "C_UnwrapKey"}) {
    expect(function, only_with_pin           ? Fault::kModule
                     : fault == Fault::kCall ? Fault::kMessage
                                             : fault);
  }
  for (const char* function : {"C_DecryptInit", "C_SignInit", "C_Sign", "C_DeriveKey",
                               "C_GenerateKeyPair", "C_FindObjects", "C_OpenSession"}) {
    expect(function, only_with_pin              ? Fault::kModule
                     : fault == Fault::kMessage ? Fault::kCall
                                                : fault);
  }
  for (const char* function : {"C_Login", "C_InitPIN", "C_InitToken"}) {
    expect(function, fault == Fault::kMessage ? Fault::kCall : fault);
  }
}

// UNAUTHENTICATED makes a refused message or a counted PIN of it.
TEST_P(FaultTest, ATroubleIsNeverTakenForARefusal) {
  for (const char* function : {"C_Sign", "C_DeriveKey", "C_Decrypt", "C_Verify", "C_Login"}) {
    const absl::Status status = Check(GetParam().value, function);
    EXPECT_FALSE(IsModuleTrouble(status) && absl::IsUnauthenticated(status)) << status;
  }
}

INSTANTIATE_TEST_SUITE_P(Every, FaultTest, ::testing::ValuesIn(testing::AllReturnCodes()),
                         [](const auto& of) { return of.param.name; });

TEST(FaultTableTest, NamesNoCodeThatIsNone) {
  std::set<std::string> all;
  for (const ReturnCode& code : testing::AllReturnCodes()) all.insert(code.name);
  for (const auto& [fault, names] : Expected()) {
    for (const std::string& name : names) EXPECT_TRUE(all.contains(name)) << name;
  }
}

TEST(FaultTableTest, AFaultStaysWithItsStatus) {
  const absl::Status status = Check(CKR_DEVICE_ERROR, "C_Sign");
  EXPECT_EQ(FaultOf(Annotate(status, "here")), Fault::kModule);
  EXPECT_TRUE(IsModuleTrouble(status));
  EXPECT_FALSE(IsModuleTrouble(Check(CKR_PIN_INCORRECT, "C_Login")));
  EXPECT_FALSE(IsModuleTrouble(Check(CKR_ENCRYPTED_DATA_INVALID, "C_Decrypt")));
  for (const absl::Status& other : {absl::OkStatus(), Refused(), absl::InternalError("of ours")}) {
    EXPECT_EQ(FaultOf(other), Fault::kNone);
    EXPECT_FALSE(IsModuleTrouble(other));
  }
}

}  // namespace
}  // namespace signet::pkcs11
