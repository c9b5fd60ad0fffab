#include "services/payment_platform/domain/device_rules.h"

#include <set>
#include <string>

#include "gtest/gtest.h"

namespace signet::payment_platform {
namespace {

constexpr int64_t kNow = 1'000'000;
const std::string kRequest(32, 'r');
const std::string kOther(32, 'o');

Enrollment Fresh() {
  Enrollment enrollment;
  enrollment.device_id = 7;
  enrollment.expires_at_unix_ms = kNow + 1;
  enrollment.tries_left = kEnrollmentTries;
  return enrollment;
}
Enrollment Begun() {
  Enrollment enrollment = Fresh();
  enrollment.request_hash = kRequest;
  --enrollment.tries_left;
  return enrollment;
}
Enrollment Completed() {
  Enrollment enrollment = Begun();
  enrollment.completed = true;
  enrollment.device_state = DeviceState::kActive;
  return enrollment;
}

TEST(CheckStateMoveTest, OnlyLegalMovesAreMade) {
  using enum DeviceState;
  const std::set<std::pair<DeviceState, DeviceState>> legal = {
      {kPending, kRevoked},  {kActive, kSuspended},    {kActive, kRevoked},
      {kSuspended, kActive}, {kSuspended, kRevoked},   {kPending, kPending},
      {kActive, kActive},    {kSuspended, kSuspended}, {kRevoked, kRevoked},
  };
  for (const DeviceState from : {kPending, kActive, kSuspended, kRevoked}) {
    for (const DeviceState to : {kPending, kActive, kSuspended, kRevoked}) {
      EXPECT_EQ(CheckStateMove(from, to).ok(), legal.contains({from, to}))
          << DeviceStateName(from) << " to " << DeviceStateName(to);
    }
  }
}

TEST(AdmitEnrollmentTest, TheFirstRequestBindsTheCodeAndSpendsATry) {
  const Admission admission = AdmitEnrollment(Fresh(), kRequest, kNow);
  EXPECT_EQ(admission.result, EnrollmentResult::kAdmitted);
  EXPECT_TRUE(admission.binds_request);
  EXPECT_TRUE(admission.spends_try);
}

TEST(AdmitEnrollmentTest, ARepetitionCostsNothing) {
  for (const Enrollment& enrollment : {Begun(), Completed()}) {
    const Admission admission = AdmitEnrollment(enrollment, kRequest, kNow);
    EXPECT_EQ(admission.result, EnrollmentResult::kRepeated);
    EXPECT_FALSE(admission.binds_request || admission.spends_try);
  }
}

TEST(AdmitEnrollmentTest, AnotherRequestIsRefusedAndSpendsATry) {
  const Admission admission = AdmitEnrollment(Begun(), kOther, kNow);
  EXPECT_EQ(admission.result, EnrollmentResult::kOtherRequest);
  EXPECT_TRUE(admission.spends_try);
  EXPECT_FALSE(admission.binds_request);
}

TEST(AdmitEnrollmentTest, RefusesEverythingElseAtNoCost) {
  EXPECT_EQ(AdmitEnrollment(std::nullopt, kRequest, kNow).result, EnrollmentResult::kUnknownCode);
  EXPECT_EQ(AdmitEnrollment(Fresh(), kRequest, kNow + 1).result, EnrollmentResult::kExpired);
  Enrollment enrollment = Begun();
  enrollment.tries_left = 0;
  EXPECT_EQ(AdmitEnrollment(enrollment, kRequest, kNow).result, EnrollmentResult::kTriesExhausted);
  EXPECT_EQ(AdmitEnrollment(Completed(), kOther, kNow).result, EnrollmentResult::kUsed);
  enrollment = Completed();
  enrollment.highest_counter = 1;
  EXPECT_EQ(AdmitEnrollment(enrollment, kRequest, kNow).result, EnrollmentResult::kUsed);
  for (const DeviceState state : {DeviceState::kSuspended, DeviceState::kRevoked}) {
    enrollment = Completed();
    enrollment.device_state = state;
    const Admission admission = AdmitEnrollment(enrollment, kRequest, kNow);
    EXPECT_EQ(admission.result, EnrollmentResult::kDeviceBlocked);
    EXPECT_FALSE(admission.spends_try);
  }
}

TEST(DecideCompletionTest, CompletesWhatWasBegun) {
  EXPECT_EQ(DecideCompletion(Begun(), kRequest, 7, kNow), EnrollmentResult::kCompleted);
  EXPECT_EQ(DecideCompletion(Completed(), kRequest, 7, kNow), EnrollmentResult::kRepeated);
  EXPECT_EQ(DecideCompletion(Fresh(), kRequest, 7, kNow), EnrollmentResult::kNotBegun);
  EXPECT_EQ(DecideCompletion(Begun(), kRequest, 8, kNow), EnrollmentResult::kNotBegun);
  EXPECT_EQ(DecideCompletion(Begun(), kOther, 7, kNow), EnrollmentResult::kOtherRequest);
  EXPECT_EQ(DecideCompletion(Begun(), kRequest, 7, kNow + 1), EnrollmentResult::kExpired);
  EXPECT_EQ(DecideCompletion(Completed(), kOther, 7, kNow), EnrollmentResult::kUsed);
  EXPECT_EQ(DecideCompletion(std::nullopt, kRequest, 7, kNow), EnrollmentResult::kUnknownCode);
}

TEST(EnrollmentResultLabelTest, EachHasItsOwn) {
  std::set<std::string> labels;
  for (int i = 0; i < kEnrollmentResults; ++i) {
    labels.insert(EnrollmentResultLabel(static_cast<EnrollmentResult>(i)));
  }
  EXPECT_EQ(labels.size(), static_cast<size_t>(kEnrollmentResults));
  EXPECT_FALSE(labels.contains("unknown"));
}

}  // namespace
}  // namespace signet::payment_platform
