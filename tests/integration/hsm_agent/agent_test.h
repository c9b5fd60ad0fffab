// An agent in this process, with a SoftHSM token of its own and the other side in software.
#pragma once

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "hsm_agent/agent.h"
#include "libs/base/clock.h"
#include "libs/openssl/p256.h"
#include "tests/integration/hsm_agent/software_host.h"
#include "tests/support/soft_token.h"
#include "tests/unit/hsm_agent/temp_folder.h"

namespace signet::hsm_agent {

#define SIGNET_ASSERT_OK(expr)                                    \
  do {                                                            \
    const absl::Status signet_test_status_ = (expr);              \
    ASSERT_TRUE(signet_test_status_.ok()) << signet_test_status_; \
  } while (false)

template <typename T>
const absl::Status& StatusOf(const absl::StatusOr<T>& result) {
  return result.status();
}

// Somebody at the PIN prompt.
class Person final : public PinEntry {
 public:
  absl::StatusOr<Secret> Ask(const PinPrompt& prompt) override {
    prompts.push_back(prompt);
    if (pins.empty()) return absl::CancelledError("refused at the PIN prompt");
    const std::string pin = pins.front();
    if (pins.size() > 1) pins.erase(pins.begin());
    return Secret(pin);
  }
  bool asks_a_person() const override { return is_person; }

  bool is_person = true;
  std::vector<std::string> pins{"135790"};  // the last one again and again; none: refuses
  std::vector<PinPrompt> prompts;
};

// Hands the agent a person that outlives it.
class BorrowedPerson final : public PinEntry {
 public:
  explicit BorrowedPerson(Person& person) : person_(person) {}
  absl::StatusOr<Secret> Ask(const PinPrompt& prompt) override { return person_.Ask(prompt); }
  bool asks_a_person() const override { return person_.asks_a_person(); }

 private:
  Person& person_;
};

class AgentTest : public ::testing::Test {
 protected:
  friend class SharedToken;

  void SetUp() override;
  void TearDown() override;

  // As a restart of the process would.
  void RestartAgent();

  device::v1::BeginEnrollmentRequest EnrollmentRequest() const;
  void Enroll();
  // Each a whole exchange with the host.
  absl::StatusOr<device::v1::CompleteQueryResponse> Ask(const payments::v1::Query& query);
  absl::StatusOr<device::v1::CompleteQueryResponse> AskForPayee(const std::string& handle);
  absl::StatusOr<device::v1::CompleteQueryResponse> AskForPayment(const std::string& payment_id);
  absl::StatusOr<device::v1::CompleteQueryResponse> AskForReceipt(const std::string& payment_id);
  absl::StatusOr<device::v1::BeginPaymentResponse> Begin(int64_t amount_minor = 1250,
                                                         const std::string& payee = "coffee");
  absl::StatusOr<device::v1::ConfirmPaymentResponse> Confirm(
      const std::string& payment_id, const sealing::v1::SealedMessage& answer);
  absl::StatusOr<device::v1::CompletePaymentResponse> Complete(
      const std::string& payment_id, const sealing::v1::SealedMessage& answer);
  absl::StatusOr<device::v1::AbandonPaymentResponse> Abandon(const std::string& payment_id);
  // Verifies the payee and begins.
  device::v1::BeginPaymentResponse BeginOrFail();
  // … and confirms.
  sealing::v1::SealedMessage ConfirmOrFail(const device::v1::BeginPaymentResponse& begun);
  bool IsPaymentOpen();
  // The open payment's working keys are gone from the token, and the agent is started again.
  void LosePaymentKeys();

  // Everything on the device's token (and in its sessions, where asked for), one line an object,
  // sorted.
  std::vector<std::string> TokenObjects(bool with_session_objects = false);
  // A session of the test's own with the device's token, with whatever login the agent has.
  std::unique_ptr<pkcs11::Session> OpenSession();

  static testing::SoftToken* soft_token_;
  static pkcs11::Session* server_session_;
  static int next_device_;

  TempFolder state_folder_;
  SystemClock clock_;
  Person person_;
  std::string module_path_ = testing::kSoftHsmPath;  // the agent's
  std::string token_label_;
  std::optional<pkcs11::Slot> slot_;
  std::string device_ca_;  // what the agent is given at its next start: the host's
  std::unique_ptr<openssl::P256PrivateKey> terminal_key_;
  std::string terminal_csr_;
  std::unique_ptr<SoftwareHost> host_;
  std::unique_ptr<Agent> agent_;
};

// A device that is enrolled already.
class EnrolledAgentTest : public AgentTest {
 protected:
  void SetUp() override {
    AgentTest::SetUp();
    Enroll();
  }
};

}  // namespace signet::hsm_agent
