// What operators do, against a real database.
#include "services/payment_platform/operator_actions.h"

#include <functional>
#include <string>
#include <vector>

#include "gmock/gmock.h"
#include "libs/base/ids.h"
#include "tests/integration/payment_platform/platform_fixture.h"

namespace signet::testing {
namespace {

using platform::v1::CreateAccountRequest;
using platform::v1::CreateAccountResponse;
using ::testing::HasSubstr;

class OperatorActionsTest : public PlatformTest {
 protected:
  static CreateAccountRequest ValidAccount() {
    CreateAccountRequest request;
    request.set_handle("alice");
    request.set_name("Alice Martin");
    request.set_kind(platform::v1::ACCOUNT_KIND_CUSTOMER);
    request.set_currency_code("EUR");
    request.set_opening_deposit_minor(10'000);
    request.set_payment_limit_minor(100'000);
    return request;
  }
  static platform::v1::AddDeviceRequest ValidDevice() {
    platform::v1::AddDeviceRequest request;
    request.set_account("alice");
    request.set_name("Alice's phone");
    request.set_activation_public_key(std::string(32, 'k'));
    request.set_activation_ttl_seconds(600);
    return request;
  }
  absl::Status SetState(uint32_t device_id, platform::v1::DeviceState state) {
    platform::v1::SetDeviceStateRequest request;
    request.set_device_id(FormatDeviceId(device_id));
    request.set_state(state);
    platform::v1::SetDeviceStateResponse response;
    const absl::Status status = actions_->SetDeviceState(request, kOperator, response);
    if (status.ok()) {
      EXPECT_EQ(response.device().state(), state);
    }
    return status;
  }
};

TEST_F(OperatorActionsTest, OpeningDepositIsBookedAgainstTheSystemAccount) {
  CreateAccountResponse response;
  const absl::Status status = actions_->CreateAccount(ValidAccount(), kOperator, response);
  ASSERT_TRUE(status.ok()) << status.message();
  EXPECT_EQ(response.account().posted().amount_minor(), 10'000);
  EXPECT_EQ(response.account().available().amount_minor(), 10'000);
  EXPECT_EQ(response.account().payment_limit().amount_minor(), 100'000);
  EXPECT_EQ(response.account().created_at_unix_ms(), clock_.NowUnixMs());

  platform::v1::GetAccountRequest request;
  request.set_handle("system-eur");
  platform::v1::GetAccountResponse system;
  ASSERT_TRUE(actions_->GetAccount(request, system).ok());
  EXPECT_EQ(system.account().kind(), platform::v1::ACCOUNT_KIND_SYSTEM);
  EXPECT_EQ(system.account().posted().amount_minor(), -10'000);
  EXPECT_EQ(Sql("SELECT sum(amount_minor) FROM entry"), "0");
  EXPECT_EQ(Sql("SELECT operator || ' ' || action || ' ' || subject FROM audit"),
            "dana account.create alice");
}

TEST_F(OperatorActionsTest, DuplicateHandleConflictsAndChangesNothing) {
  CreateAccountResponse response;
  ASSERT_TRUE(actions_->CreateAccount(ValidAccount(), kOperator, response).ok());
  const absl::Status again = actions_->CreateAccount(ValidAccount(), kOperator, response);
  EXPECT_EQ(again.code(), absl::StatusCode::kAlreadyExists);
  EXPECT_THAT(std::string(again.message()), HasSubstr("alice"));
  EXPECT_EQ(Sql("SELECT posted_minor FROM account WHERE handle = 'alice'"), "10000");
  EXPECT_EQ(Sql("SELECT count(*) FROM entry"), "2");
}

TEST_F(OperatorActionsTest, RefusesWhatIsNotAnAccount) {
  const std::vector<std::function<void(CreateAccountRequest&)>> breakages = {
      [](auto& r) { r.set_handle("A"); },
      [](auto& r) { r.set_handle("system-usd"); },
      [](auto& r) { r.set_name(""); },
      [](auto& r) { r.set_name("Ali\x1b[2Jce"); },
      [](auto& r) { r.set_name(std::string(101, 'n')); },
      [](auto& r) { r.set_kind(platform::v1::ACCOUNT_KIND_SYSTEM); },
      [](auto& r) { r.set_kind(platform::v1::ACCOUNT_KIND_UNSPECIFIED); },
      [](auto& r) { r.set_currency_code("XYZ"); },
      [](auto& r) { r.set_opening_deposit_minor(-1); },
      [](auto& r) { r.set_payment_limit_minor(-1); },
      [](auto& r) { r.clear_payment_limit_minor(); },
  };
  for (size_t i = 0; i < breakages.size(); ++i) {
    CreateAccountRequest request = ValidAccount();
    breakages[i](request);
    CreateAccountResponse response;
    EXPECT_EQ(actions_->CreateAccount(request, kOperator, response).code(),
              absl::StatusCode::kInvalidArgument)
        << "breakage " << i;
  }
  EXPECT_EQ(Sql("SELECT count(*) FROM account"), "0");
}

// 1000 units are a meal in one currency, and a fortune in another.
TEST_F(OperatorActionsTest, NoLimitIsGuessedWhateverTheCurrency) {
  for (const char* currency : {"EUR", "JPY", "KWD", "VND"}) {
    CreateAccountRequest request = ValidAccount();
    request.set_currency_code(currency);
    request.clear_payment_limit_minor();
    CreateAccountResponse response;
    const absl::Status status = actions_->CreateAccount(request, kOperator, response);
    EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument) << currency;
    EXPECT_THAT(std::string(status.message()), HasSubstr("--limit"));
  }
  EXPECT_EQ(Sql("SELECT count(*) FROM account"), "0");
}

TEST_F(OperatorActionsTest, UnknownAccountIsNotFound) {
  platform::v1::GetAccountRequest request;
  request.set_handle("nobody");
  platform::v1::GetAccountResponse response;
  EXPECT_EQ(actions_->GetAccount(request, response).code(), absl::StatusCode::kNotFound);
}

TEST_F(OperatorActionsTest, BlocksAndUnblocksAnAccountAndAuditsEachChange) {
  OpenAccount("alice", "Alice Martin", 10'000);
  const auto set = [&](const std::string& handle, platform::v1::AccountState state) {
    platform::v1::SetAccountStateRequest request;
    request.set_handle(handle);
    request.set_state(state);
    platform::v1::SetAccountStateResponse response;
    const absl::Status status = actions_->SetAccountState(request, kOperator, response);
    if (status.ok()) {
      EXPECT_EQ(response.account().state(), state);
      EXPECT_EQ(response.account().posted().amount_minor(), 10'000);
    }
    return status.code();
  };
  EXPECT_EQ(set("alice", platform::v1::ACCOUNT_STATE_BLOCKED), absl::StatusCode::kOk);
  EXPECT_EQ(Sql("SELECT state FROM account WHERE handle = 'alice'"), "2");
  EXPECT_EQ(set("alice", platform::v1::ACCOUNT_STATE_BLOCKED), absl::StatusCode::kOk) << "again";
  platform::v1::AddDeviceResponse device;
  EXPECT_EQ(actions_->AddDevice(ValidDevice(), kOperator, device).code(),
            absl::StatusCode::kFailedPrecondition);
  EXPECT_EQ(set("alice", platform::v1::ACCOUNT_STATE_ACTIVE), absl::StatusCode::kOk);
  EXPECT_TRUE(actions_->AddDevice(ValidDevice(), kOperator, device).ok());
  EXPECT_EQ(Sql("SELECT string_agg(action, ' ' ORDER BY audit_id) FROM audit"
                " WHERE operator = 'dana' AND subject = 'alice'"),
            "account.create account.block account.unblock");

  EXPECT_EQ(set("alice", platform::v1::ACCOUNT_STATE_UNSPECIFIED),
            absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(set("nobody", platform::v1::ACCOUNT_STATE_BLOCKED), absl::StatusCode::kNotFound);
  EXPECT_EQ(set("A", platform::v1::ACCOUNT_STATE_BLOCKED), absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(set("system-eur", platform::v1::ACCOUNT_STATE_BLOCKED),
            absl::StatusCode::kFailedPrecondition);
}

TEST_F(OperatorActionsTest, AddsAPendingDevice) {
  OpenAccount("alice", "Alice Martin", 0);
  platform::v1::AddDeviceResponse response;
  ASSERT_TRUE(actions_->AddDevice(ValidDevice(), kOperator, response).ok());
  EXPECT_EQ(response.device().state(), platform::v1::DEVICE_STATE_PENDING);
  EXPECT_EQ(response.device().account(), "alice");
  EXPECT_EQ(response.activation_expires_at_unix_ms(), clock_.NowUnixMs() + 600'000);
  EXPECT_EQ(Sql("SELECT subject FROM audit WHERE action = 'device.add'"),
            response.device().device_id());
}

TEST_F(OperatorActionsTest, RefusesWhatIsNotADevice) {
  OpenAccount("alice", "Alice Martin", 100);  // makes system-eur as well
  platform::v1::AddDeviceResponse response;
  const auto code_with = [&](const std::function<void(platform::v1::AddDeviceRequest&)>& change) {
    platform::v1::AddDeviceRequest request = ValidDevice();
    change(request);
    return actions_->AddDevice(request, kOperator, response).code();
  };
  EXPECT_EQ(code_with([](auto& r) { r.set_account("nobody"); }), absl::StatusCode::kNotFound);
  EXPECT_EQ(code_with([](auto& r) { r.set_account("system-eur"); }),
            absl::StatusCode::kFailedPrecondition);
  EXPECT_EQ(code_with([](auto& r) { r.set_name(""); }), absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(code_with([](auto& r) { r.set_activation_public_key("short"); }),
            absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(code_with([](auto& r) { r.set_activation_ttl_seconds(59); }),
            absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(code_with([](auto& r) { r.set_activation_ttl_seconds(604'801); }),
            absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(Sql("SELECT count(*) FROM device"), "0");
}

TEST_F(OperatorActionsTest, AnActivationCodeIsOfOneDevice) {
  OpenAccount("alice", "Alice Martin", 0);
  platform::v1::AddDeviceResponse response;
  ASSERT_TRUE(actions_->AddDevice(ValidDevice(), kOperator, response).ok());
  EXPECT_EQ(actions_->AddDevice(ValidDevice(), kOperator, response).code(),
            absl::StatusCode::kAlreadyExists);
  EXPECT_EQ(Sql("SELECT count(*) FROM device"), "1");
}

TEST_F(OperatorActionsTest, ListsDevicesInPages) {
  OpenAccount("alice", "Alice Martin", 0);
  OpenAccount("bob", "Bob Stone", 0);
  for (char key = 'a'; key < 'f'; ++key) AddPendingDevice(key == 'c' ? "bob" : "alice", key);
  platform::v1::ListDevicesRequest request;
  request.set_page_size(2);
  std::vector<std::string> ids;
  std::vector<int> page_sizes;
  do {
    platform::v1::ListDevicesResponse page;
    ASSERT_TRUE(actions_->ListDevices(request, page).ok());
    for (const auto& device : page.devices()) ids.push_back(device.device_id());
    page_sizes.push_back(page.devices_size());
    request.set_page_token(page.next_page_token());
  } while (!request.page_token().empty());
  EXPECT_THAT(ids,
              ::testing::ElementsAre("00000001", "00000002", "00000003", "00000004", "00000005"));
  EXPECT_THAT(page_sizes, ::testing::ElementsAre(2, 2, 1));

  request.set_account("bob");
  platform::v1::ListDevicesResponse of_bob;
  ASSERT_TRUE(actions_->ListDevices(request, of_bob).ok());
  ASSERT_EQ(of_bob.devices_size(), 1);
  EXPECT_EQ(of_bob.devices(0).device_id(), "00000003");
  request.set_account("nobody");
  EXPECT_EQ(actions_->ListDevices(request, of_bob).code(), absl::StatusCode::kNotFound);
  request.set_account("");
  request.set_page_token("not a token");
  EXPECT_EQ(actions_->ListDevices(request, of_bob).code(), absl::StatusCode::kInvalidArgument);
}

TEST_F(OperatorActionsTest, ListsWhatDevicesSignedInPages) {
  OpenAccount("alice", "Alice Martin", 10'000);
  OpenAccount("corner-coffee", "Corner Coffee", 0);
  const uint32_t device = AddActiveDevice("alice");
  Pay(device, 1, 100);
  Instruct(device, 2, 100);
  Pay(device, 3, 100);
  platform::v1::ListEvidenceRequest request;
  request.set_page_size(2);
  std::vector<platform::v1::PaymentEvidence> all;
  int pages = 0;
  do {
    platform::v1::ListEvidenceResponse page;
    ASSERT_TRUE(actions_->ListEvidence(request, page).ok());
    for (const auto& payment : page.payments()) all.push_back(payment);
    if (page.payments_size() > 0) {
      EXPECT_EQ(page.certificates().at("00000001"), "certificate");
    }
    request.set_page_token(page.next_page_token());
    ++pages;
  } while (!request.page_token().empty());
  EXPECT_EQ(pages, 3) << "the last one is empty";
  ASSERT_EQ(all.size(), 3U);
  EXPECT_EQ(all[0].payment_id(), "00000001-00000001");
  EXPECT_EQ(all[0].state(), payments::v1::PAYMENT_STATE_CONFIRMED);
  EXPECT_TRUE(all[0].has_confirmation());
  EXPECT_EQ(all[0].confirmation().signature().size(), 64U);
  EXPECT_EQ(all[1].state(), payments::v1::PAYMENT_STATE_AUTHORIZED);
  EXPECT_FALSE(all[1].has_confirmation());
  EXPECT_NE(all[1].instruction().body(), "");
  request.set_page_token("not a token");
  platform::v1::ListEvidenceResponse none;
  EXPECT_EQ(actions_->ListEvidence(request, none).code(), absl::StatusCode::kInvalidArgument);
}

TEST_F(OperatorActionsTest, MovesADeviceThroughItsLegalStatesAndAuditsEach) {
  OpenAccount("alice", "Alice Martin", 0);
  const uint32_t device = AddActiveDevice("alice");
  EXPECT_TRUE(SetState(device, platform::v1::DEVICE_STATE_SUSPENDED).ok());
  EXPECT_TRUE(SetState(device, platform::v1::DEVICE_STATE_SUSPENDED).ok()) << "asked again";
  EXPECT_TRUE(SetState(device, platform::v1::DEVICE_STATE_ACTIVE).ok());
  EXPECT_TRUE(SetState(device, platform::v1::DEVICE_STATE_REVOKED).ok());
  EXPECT_EQ(SetState(device, platform::v1::DEVICE_STATE_ACTIVE).code(),
            absl::StatusCode::kFailedPrecondition);
  EXPECT_EQ(SetState(device, platform::v1::DEVICE_STATE_SUSPENDED).code(),
            absl::StatusCode::kFailedPrecondition);
  EXPECT_EQ(SetState(device, platform::v1::DEVICE_STATE_PENDING).code(),
            absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(SetState(99, platform::v1::DEVICE_STATE_REVOKED).code(), absl::StatusCode::kNotFound);
  EXPECT_EQ(Sql("SELECT string_agg(action, ' ' ORDER BY audit_id) FROM audit"
                " WHERE operator = 'dana' AND subject = '00000001'"),
            "device.add device.suspend device.resume device.revoke");
}

TEST_F(OperatorActionsTest, APendingDeviceCanOnlyBeRevoked) {
  OpenAccount("alice", "Alice Martin", 0);
  const uint32_t device = AddPendingDevice("alice");
  EXPECT_EQ(SetState(device, platform::v1::DEVICE_STATE_ACTIVE).code(),
            absl::StatusCode::kFailedPrecondition);
  EXPECT_EQ(SetState(device, platform::v1::DEVICE_STATE_SUSPENDED).code(),
            absl::StatusCode::kFailedPrecondition);
  EXPECT_TRUE(SetState(device, platform::v1::DEVICE_STATE_REVOKED).ok());
}

TEST_F(OperatorActionsTest, ReportsItsStatus) {
  OpenAccount("alice", "Alice Martin", 5000);
  OpenAccount("corner-coffee", "Corner Coffee", 0);
  const uint32_t device = AddActiveDevice("alice");
  Pay(device, 1);
  Instruct(device, 2);
  Instruct(device, 3, 1'000'000);
  platform::v1::GetStatusResponse status;
  ASSERT_TRUE(actions_->GetStatus("9.9", status).ok());
  EXPECT_EQ(status.version(), "9.9");
  EXPECT_GE(status.schema_version(), 1);
  EXPECT_EQ(status.accounts(), 3U);
  EXPECT_EQ(status.devices_by_state().at("active"), 1U);
  EXPECT_EQ(status.devices_by_state().at("revoked"), 0U);
  EXPECT_EQ(status.open_payments(), 1U);
  EXPECT_GT(status.database_time_unix_ms(), 1'600'000'000'000);
}

TEST_F(OperatorActionsTest, VerifiesTheLedgerAndMeasuresIt) {
  OpenAccount("alice", "Alice Martin", 5000);
  platform::v1::VerifyLedgerResponse verdict;
  ASSERT_TRUE(actions_->VerifyLedger(nullptr, verdict).ok());
  EXPECT_TRUE(verdict.consistent());
  EXPECT_EQ(verdict.batches(), 1U);
  EXPECT_EQ(verdict.entries(), 2U);
  EXPECT_EQ(verdict.imbalance_minor().at("EUR"), 0);
  EXPECT_THAT(metrics_.Serialize(), HasSubstr("signet_ledger_imbalance{currency=\"EUR\"} 0"));
  EXPECT_EQ(actions_->VerifyLedger([] { return true; }, verdict).code(),
            absl::StatusCode::kCancelled);
}

}  // namespace
}  // namespace signet::testing
