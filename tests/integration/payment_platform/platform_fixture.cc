#include "tests/integration/payment_platform/platform_fixture.h"

#include <utility>

#include "libs/base/ids.h"
#include "services/payment_platform/store/enrollment_store.h"
#include "services/payment_platform/store/postgres/migrations.h"
#include "tests/support/payment_messages.h"

namespace signet::testing {

using payment_platform::Connection;
using payment_platform::LedgerStore;
using payment_platform::Outcome;

std::unique_ptr<TestPostgres> PlatformTest::postgres_;

void PlatformTest::SetUpTestSuite() {
  auto postgres = TestPostgres::Start();
  ASSERT_TRUE(postgres.ok()) << postgres.status().message();
  postgres_ = *std::move(postgres);
}

void PlatformTest::TearDownTestSuite() { postgres_.reset(); }

void PlatformTest::SetUp() {
  const auto created = postgres_->CreateDatabase();
  ASSERT_TRUE(created.ok()) << created.status().message();
  connection_string_ = *created;
  StartPlatform();
}

void PlatformTest::StartPlatform() {
  actions_.reset();
  batcher_.reset();
  database_.reset();
  Connection connection(connection_string_);
  const auto version = Migrate(connection, payment_platform::EmbeddedMigrations());
  ASSERT_TRUE(version.ok()) << version.status().message();

  database_metrics_ = std::make_unique<payment_platform::DatabaseMetrics>(metrics_);
  auto database = payment_platform::Database::Open({connection_string_, 4}, *database_metrics_);
  ASSERT_TRUE(database.ok()) << database.status().message();
  database_ = *std::move(database);
  // Two writers, so that an account's postings stand in two chains.
  std::vector<std::unique_ptr<LedgerStore>> writers;
  for (int i = 0; i < 2; ++i) {
    writers.push_back(std::make_unique<LedgerStore>(connection_string_, payment_platform::Rules{},
                                                    clock_, *database_metrics_));
  }
  batcher_ = std::make_unique<payment_platform::Batcher>(
      std::move(writers), payment_platform::BatcherOptions{}, metrics_);
  actions_ = std::make_unique<payment_platform::OperatorActions>(*database_, *batcher_, clock_,
                                                                 ledger_metrics_);
}

std::string PlatformTest::Sql(const std::string& statement) {
  std::string value;
  Connection connection(connection_string_);
  const absl::Status status = connection.Run([&](pqxx::transaction_base& transaction) {
    const pqxx::result rows = transaction.exec(statement);
    value = rows.empty() || rows.columns() == 0 ? "" : rows[0][0].as<std::string>("");
    return absl::OkStatus();
  });
  EXPECT_TRUE(status.ok()) << statement << ": " << status.message();
  return value;
}

void PlatformTest::Tamper(const std::string& statement) {
  Sql("SET session_replication_role = replica; " + statement);
}

void PlatformTest::OpenAccount(const std::string& handle, const std::string& name,
                               int64_t deposit_minor, const std::string& currency_code) {
  platform::v1::CreateAccountRequest request;
  request.set_handle(handle);
  request.set_name(name);
  request.set_kind(platform::v1::ACCOUNT_KIND_CUSTOMER);
  request.set_currency_code(currency_code);
  request.set_opening_deposit_minor(deposit_minor);
  request.set_payment_limit_minor(100'000);
  platform::v1::CreateAccountResponse response;
  const absl::Status status = actions_->CreateAccount(request, kOperator, response);
  ASSERT_TRUE(status.ok()) << status.message();
}

uint32_t PlatformTest::AddPendingDevice(const std::string& account, char key) {
  platform::v1::AddDeviceRequest request;
  request.set_account(account);
  request.set_name("a phone");
  request.set_activation_public_key(std::string(32, key));
  request.set_activation_ttl_seconds(3600);
  platform::v1::AddDeviceResponse response;
  const absl::Status status = actions_->AddDevice(request, kOperator, response);
  EXPECT_TRUE(status.ok()) << status.message();
  return ParseDeviceId(response.device().device_id()).value_or(0);
}

uint32_t PlatformTest::AddActiveDevice(const std::string& account, char key) {
  const uint32_t device_id = AddPendingDevice(account, key);
  const std::string activation_key(32, key);
  const std::string request_hash(32, 'h');
  const auto begun = BeginEnrollment(*database_, activation_key, request_hash, clock_.NowUnixMs());
  EXPECT_TRUE(begun.ok() && IsAdmitted(begun->result));
  const auto completed = CompleteEnrollment(
      *database_, {activation_key, request_hash, device_id, "certificate"}, clock_.NowUnixMs());
  EXPECT_TRUE(completed.ok() && IsAdmitted(*completed));
  return device_id;
}

Outcome PlatformTest::Instruct(uint32_t device_id, uint32_t counter, int64_t amount_minor) {
  InstructionFields fields;
  fields.amount_minor = amount_minor;
  return batcher_->SubmitAndWait(Instruction({device_id, counter}, fields));
}

void PlatformTest::Pay(uint32_t device_id, uint32_t counter, int64_t amount_minor) {
  InstructionFields fields;
  fields.amount_minor = amount_minor;
  const payment_platform::Message instruction = Instruction({device_id, counter}, fields);
  const Outcome authorized = batcher_->SubmitAndWait(instruction);
  ASSERT_EQ(authorized.payment_state, payments::v1::PAYMENT_STATE_AUTHORIZED);
  const Outcome confirmed =
      batcher_->SubmitAndWait(Confirmation(instruction, authorized.answer.body));
  ASSERT_EQ(confirmed.payment_state, payments::v1::PAYMENT_STATE_CONFIRMED);
}

}  // namespace signet::testing
