// What a CK_RV becomes.
#include "libs/pkcs11/error.h"

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace signet::pkcs11 {
namespace {

using absl::StatusCode;

TEST(ErrorTest, OkIsOk) {
  EXPECT_TRUE(Check(CKR_OK, "C_Sign").ok());
  EXPECT_EQ(CkrName(CKR_OK), "CKR_OK");
}

TEST(ErrorTest, CodesAreThoseThatTheHeaderPromises) {
  const std::pair<CK_RV, StatusCode> expected[] = {
      {CKR_PIN_INCORRECT, StatusCode::kUnauthenticated},
      {CKR_USER_NOT_LOGGED_IN, StatusCode::kPermissionDenied},
      {CKR_PIN_LOCKED, StatusCode::kPermissionDenied},
      {CKR_KEY_FUNCTION_NOT_PERMITTED, StatusCode::kPermissionDenied},
      {CKR_KEY_UNEXTRACTABLE, StatusCode::kPermissionDenied},
      {CKR_OBJECT_HANDLE_INVALID, StatusCode::kNotFound},
      {CKR_ARGUMENTS_BAD, StatusCode::kInvalidArgument},
      {CKR_TEMPLATE_INCOMPLETE, StatusCode::kInvalidArgument},
      {CKR_TEMPLATE_INCONSISTENT, StatusCode::kInvalidArgument},
      {CKR_DATA_LEN_RANGE, StatusCode::kInvalidArgument},
      {CKR_MECHANISM_INVALID, StatusCode::kFailedPrecondition},
      {CKR_TOKEN_NOT_RECOGNIZED, StatusCode::kFailedPrecondition},
      {CKR_DEVICE_REMOVED, StatusCode::kUnavailable},
      {CKR_TOKEN_NOT_PRESENT, StatusCode::kUnavailable},
      {CKR_SESSION_HANDLE_INVALID, StatusCode::kUnavailable},
      {CKR_SESSION_COUNT, StatusCode::kResourceExhausted},
      {CKR_GENERAL_ERROR, StatusCode::kInternal},
      {CKR_VENDOR_DEFINED | 7, StatusCode::kInternal},
  };
  for (const auto& [rv, code] : expected) {
    const absl::Status status = Check(rv, "C_Login");
    EXPECT_EQ(status.code(), code) << CkrName(rv);
    EXPECT_THAT(std::string(status.message()), ::testing::StartsWith("C_Login: " + CkrName(rv)));
  }
}

TEST(ErrorTest, MessagesNameTheCodeAndTheRemedy) {
  EXPECT_EQ(Check(CKR_PIN_INCORRECT, "C_Login").message(),
            "C_Login: CKR_PIN_INCORRECT: the token refused the PIN; enter it again");
  EXPECT_EQ(CkrName(CKR_VENDOR_DEFINED | 7), "CKR_0x80000007");
}

}  // namespace
}  // namespace signet::pkcs11
