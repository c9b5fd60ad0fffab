#include "hsm_agent/pin/pin_gate.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <utility>
#include <vector>

#include "tests/unit/hsm_agent/temp_folder.h"

namespace signet::hsm_agent {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

class ScriptedEntry final : public PinEntry {
 public:
  ScriptedEntry(std::vector<std::string> pins, bool is_person)
      : pins_(std::move(pins)), is_person_(is_person) {}
  absl::StatusOr<Secret> Ask(const PinPrompt& prompt) override {
    tries_shown.push_back(prompt.tries_left);
    errors_shown.push_back(prompt.error);
    if (next_ == pins_.size()) return absl::CancelledError("refused");
    return Secret(pins_[next_++]);
  }
  void Refused(const Secret& pin) override { refused.emplace_back(pin.reveal()); }
  bool asks_a_person() const override { return is_person_; }

  std::vector<std::string> refused;
  std::vector<uint32_t> tries_shown;
  std::vector<std::string> errors_shown;

 private:
  std::vector<std::string> pins_;
  bool is_person_;
  size_t next_ = 0;
};

class PinGateTest : public ::testing::Test {
 protected:
  StateFile Open() { return *StateFile::Open(folder_.path()); }
  uint32_t FailuresOnDisk() { return Open().state().pin_failures(); }

  absl::Status TryPin(const Secret& pin) {
    failures_on_disk_when_tried_.push_back(FailuresOnDisk());
    return pin == Secret("1234") ? absl::OkStatus() : absl::UnauthenticatedError("wrong");
  }
  absl::StatusOr<Secret> Ask(StateFile& state, PinEntry& entry) {
    PinGate gate(state, entry);
    return gate.Ask({"Pay", nullptr}, [this](const Secret& pin) { return TryPin(pin); });
  }

  TempFolder folder_;
  std::vector<uint32_t> failures_on_disk_when_tried_;
};

TEST_F(PinGateTest, CountsOnDiskBeforeEachTryAndResetsAfterSuccess) {
  StateFile state = Open();
  ScriptedEntry person({"0000", "1111", "1234"}, true);
  const absl::StatusOr<Secret> pin = Ask(state, person);
  ASSERT_TRUE(pin.ok()) << pin.status();
  EXPECT_TRUE(*pin == Secret("1234"));
  EXPECT_THAT(failures_on_disk_when_tried_, ElementsAre(1, 2, 3));
  EXPECT_THAT(person.tries_shown, ElementsAre(5, 4, 3));
  EXPECT_THAT(person.refused, ElementsAre("0000", "1111"));
  EXPECT_THAT(person.errors_shown,
              ElementsAre("", "Wrong PIN; tries left: 4", "Wrong PIN; tries left: 3"));
  EXPECT_EQ(FailuresOnDisk(), 0U);
}

TEST_F(PinGateTest, FiveWrongInARowBlockEvenAfterARestart) {
  ScriptedEntry person({"0", "0", "0", "0", "0", "1234"}, true);
  StateFile state = Open();
  const absl::StatusOr<Secret> blocked = Ask(state, person);
  EXPECT_EQ(blocked.status().code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_THAT(std::string(blocked.status().message()), HasSubstr("signet-agent unblock"));
  EXPECT_THAT(failures_on_disk_when_tried_, ElementsAre(1, 2, 3, 4, 5));

  StateFile after_restart = Open();
  ScriptedEntry right({"1234"}, true);
  EXPECT_EQ(Ask(after_restart, right).status().code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_TRUE(right.tries_shown.empty()) << "asked although blocked";
}

TEST_F(PinGateTest, AFileIsTriedOnceACall) {
  ScriptedEntry file({"0", "0", "1234"}, false);
  StateFile state = Open();
  EXPECT_EQ(Ask(state, file).status().code(), absl::StatusCode::kUnauthenticated);
  EXPECT_EQ(FailuresOnDisk(), 1U);
  const absl::StatusOr<Secret> again = Ask(state, file);
  EXPECT_THAT(std::string(again.status().message()), HasSubstr("tries left: 3"));
  EXPECT_TRUE(Ask(state, file).ok());
  EXPECT_EQ(FailuresOnDisk(), 0U);
}

TEST_F(PinGateTest, AHeldPinThatIsWrongNowIsCountedAndToldToItsSource) {
  ScriptedEntry file({}, false);
  StateFile state = Open();
  PinGate gate(state, file);
  EXPECT_TRUE(gate.CountRefused(Secret("1234")).ok());
  EXPECT_EQ(FailuresOnDisk(), 1U);
  EXPECT_THAT(file.refused, ElementsAre("1234"));
}

TEST_F(PinGateTest, AFailureThatSaysNothingOfThePinIsNotCounted) {
  StateFile state = Open();
  ScriptedEntry person({"0", "1234"}, true);
  PinGate gate(state, person);
  int calls = 0;
  const absl::StatusOr<Secret> result = gate.Ask({"Pay", nullptr}, [&](const Secret&) {
    return ++calls == 1 ? absl::UnauthenticatedError("wrong") : absl::InternalError("module");
  });
  EXPECT_EQ(result.status().code(), absl::StatusCode::kInternal);
  EXPECT_EQ(FailuresOnDisk(), 1U);
}

TEST_F(PinGateTest, NoTryWhereTheCountCannotBeWritten) {
  StateFile state = Open();
  std::filesystem::create_directory(folder_.File("state.new"));
  ScriptedEntry person({"1234"}, true);
  EXPECT_EQ(Ask(state, person).status().code(), absl::StatusCode::kInternal);
  EXPECT_TRUE(failures_on_disk_when_tried_.empty());
}

TEST_F(PinGateTest, NoTryForACallerWhoLeft) {
  StateFile state = Open();
  ScriptedEntry person({"1234"}, true);
  PinGate gate(state, person);
  const absl::StatusOr<Secret> result =
      gate.Ask({"Pay", [] { return true; }}, [this](const Secret& pin) { return TryPin(pin); });
  EXPECT_EQ(result.status().code(), absl::StatusCode::kCancelled);
  EXPECT_TRUE(failures_on_disk_when_tried_.empty());
  EXPECT_EQ(FailuresOnDisk(), 0U);
}

}  // namespace
}  // namespace signet::hsm_agent
