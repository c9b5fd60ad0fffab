// A release works on the schema of the next one, which only added to it: its replicas run beside
// the next one's while that is rolled out, and it can be rolled back to.
#include <google/protobuf/message.h>

#include <string>
#include <vector>

#include "absl/strings/str_replace.h"
#include "gmock/gmock.h"
#include "libs/digests/digests.h"
#include "services/payment_platform/device_registry_service.h"
#include "services/payment_platform/expiry_sweeper.h"
#include "services/payment_platform/store/postgres/migrations.h"
#include "services/payment_platform/store/status_store.h"
#include "tests/integration/payment_platform/platform_fixture.h"
#include "tests/support/payment_messages.h"
#include "tests/support/process.h"

namespace signet::testing {
namespace {

using payment_platform::Connection;
using payment_platform::Outcome;
using ::testing::HasSubstr;

// What a release may add to any table. Columns go by the names of the other tables' columns, too: a
// statement that does not say whose column it means would be ambiguous.
constexpr const char* kAdditions[] = {
    "ALTER TABLE TABLE_NAME ADD note text",
    "ALTER TABLE TABLE_NAME ADD added_at_unix_ms bigint NOT NULL DEFAULT 7",
    "ALTER TABLE TABLE_NAME ADD serial bigint GENERATED ALWAYS AS IDENTITY",
    "CREATE INDEX TABLE_NAME_note ON TABLE_NAME (note)",
    "CREATE TABLE more_of_TABLE_NAME (id bigint PRIMARY KEY, note text)",
    R"(DO $$ DECLARE other record; BEGIN
       FOR other IN SELECT DISTINCT ON (attname) attname, format_type(atttypid, atttypmod) AS type
         FROM pg_attribute a JOIN pg_class c ON c.oid = attrelid
         WHERE c.relnamespace = 'public'::regnamespace AND c.relkind = 'r' AND attnum > 0
           AND attname NOT IN (SELECT attname FROM pg_attribute
                               WHERE attrelid = 'TABLE_NAME'::regclass)
       LOOP
         EXECUTE format('ALTER TABLE TABLE_NAME ADD %I %s', other.attname, other.type);
       END LOOP; END $$)",
};

class NewerSchemaTest : public PlatformTest {
 protected:
  void SetUp() override {
    PlatformTest::SetUp();
    OpenAccount("corner-coffee", "Corner Coffee", 0);
  }

  // As the next release's `signet-platform migrate`, while this one's programs run.
  void Migrate(const std::string& sql) {
    const int version = migrations_.back().version + 1;
    migrations_.push_back({version, "next_" + std::to_string(version), sql});
    Connection connection(connection_string_);
    const absl::StatusOr<int> migrated = payment_platform::Migrate(connection, migrations_);
    ASSERT_TRUE(migrated.ok()) << sql << ": " << migrated.status();
  }

  // All that devices, the crypto service and operators ask of the platform.
  void UseEverything() {
    payer_ = "payer-" + std::to_string(++round_);
    OpenAccount(payer_, "Payer", 10'000);
    UseDevice(AddActiveDevice(payer_, static_cast<char>(round_)));
    UseAsOperator();
    VerifyLedger();
  }

  void UseDevice(uint32_t device) {
    Pay(device, 1, 100);
    EXPECT_EQ(Instruct(device, 2, 1'000'000).payment_state, payments::v1::PAYMENT_STATE_DECLINED);
    EXPECT_TRUE(Instruct(device, 2, 1'000'000).replayed);
    Instruct(device, 3, 200);
    clock_.Advance(120'001);
    payment_platform::ExpirySweeper sweeper(*database_, *batcher_, clock_);
    EXPECT_EQ(sweeper.SweepOnce().value_or(0), 1U);
    const std::string paid = FormatPaymentId({device, 1});
    for (const payment_platform::Message& query :
         {AccountQuery({device, 4}), PaymentQuery({device, 5}, paid),
          ReceiptQuery({device, 6}, paid), PayeeQuery({device, 7}, "corner-coffee")}) {
      const Outcome answered = batcher_->SubmitAndWait(query);
      EXPECT_TRUE(answered.status.ok()) << answered.status;
      EXPECT_NE(answered.answer.type, sealing::v1::MESSAGE_TYPE_DECLINE) << query.id.counter;
    }
    payment_platform::DeviceRegistryService registry(*database_, clock_, metrics_);
    platform::v1::GetDeviceRequest request;
    request.set_device_id(device);
    platform::v1::GetDeviceResponse response;
    EXPECT_TRUE(registry.Get(request, response).ok());
    EXPECT_EQ(response.device_certificate_der(), "certificate");
  }

  void UseAsOperator() {
    platform::v1::SetAccountStateRequest account;
    account.set_handle(payer_);
    for (const auto state :
         {platform::v1::ACCOUNT_STATE_BLOCKED, platform::v1::ACCOUNT_STATE_ACTIVE}) {
      account.set_state(state);
      platform::v1::SetAccountStateResponse response;
      EXPECT_TRUE(actions_->SetAccountState(account, kOperator, response).ok());
      EXPECT_EQ(response.account().posted().amount_minor(), 9900);
    }
    platform::v1::ListDevicesRequest of_payer;
    of_payer.set_account(payer_);
    platform::v1::ListDevicesResponse devices;
    EXPECT_TRUE(actions_->ListDevices(of_payer, devices).ok());
    ASSERT_EQ(devices.devices_size(), 1);
    platform::v1::SetDeviceStateRequest device;
    device.set_device_id(devices.devices(0).device_id());
    for (const auto state :
         {platform::v1::DEVICE_STATE_SUSPENDED, platform::v1::DEVICE_STATE_ACTIVE,
          platform::v1::DEVICE_STATE_REVOKED}) {
      device.set_state(state);
      platform::v1::SetDeviceStateResponse response;
      EXPECT_TRUE(actions_->SetDeviceState(device, kOperator, response).ok());
    }
    platform::v1::ListEvidenceResponse evidence;
    EXPECT_TRUE(actions_->ListEvidence({}, evidence).ok());
    EXPECT_GE(evidence.payments_size(), 3);
    platform::v1::GetStatusResponse status;
    EXPECT_TRUE(actions_->GetStatus("1.0", status).ok());
    EXPECT_EQ(status.schema_version(), migrations_.back().version);
    EXPECT_TRUE(payment_platform::GlanceAtLedger(*database_).ok());
  }

  void VerifyLedger() {
    platform::v1::VerifyLedgerResponse verdict;
    const absl::Status verified = actions_->VerifyLedger(nullptr, verdict);
    EXPECT_TRUE(verified.ok()) << verified;
    EXPECT_TRUE(verdict.consistent()) << verdict.DebugString();
  }

  // Each batch as a newer program might have written it, and chained anew.
  template <typename Change>
  void RewriteJournal(const Change& change) {
    Connection connection(connection_string_);
    const absl::Status status = connection.Run([&](pqxx::transaction_base& transaction) {
      transaction.exec("SET LOCAL session_replication_role = replica");
      std::map<int, std::string> heads;
      for (const auto& row : transaction.exec("SELECT chain, sequence, batch FROM journal"
                                              " ORDER BY chain, sequence")) {
        const int chain = row["chain"].as<int>();
        std::string& head = heads.try_emplace(chain, 32, '\0').first->second;
        platform::v1::JournalBatch batch;
        EXPECT_TRUE(batch.ParseFromString(pqxx::binarystring(row["batch"]).str()));
        change(batch);
        const std::string bytes = batch.SerializeAsString();
        const std::string hash = JournalDigest(head, bytes);
        transaction.exec_params(
            "UPDATE journal SET previous_hash = $3, hash = $4, batch = $5"
            " WHERE chain = $1 AND sequence = $2",
            chain, row["sequence"].as<int64_t>(), pqxx::binarystring(head),
            pqxx::binarystring(hash), pqxx::binarystring(bytes));
        head = hash;
      }
      return absl::OkStatus();
    });
    EXPECT_TRUE(status.ok()) << status;
  }

  std::vector<payment_platform::Migration> migrations_ = payment_platform::EmbeddedMigrations();
  int round_ = 0;
  std::string payer_;
};

std::vector<std::string> Tables(const std::string& listed) {
  std::vector<std::string> tables;
  for (size_t start = 0; start < listed.size();) {
    const size_t end = std::min(listed.find(' ', start), listed.size());
    tables.push_back(listed.substr(start, end - start));
    start = end + 1;
  }
  return tables;
}

TEST_F(NewerSchemaTest, IsServedWhateverItAdds) {
  UseEverything();
  const std::vector<std::string> tables =
      Tables(Sql("SELECT string_agg(tablename, ' ' ORDER BY tablename) FROM pg_tables"
                 " WHERE schemaname = 'public'"));
  ASSERT_GE(tables.size(), 8U);
  for (const std::string& table : tables) {
    SCOPED_TRACE(table);
    for (const char* addition : kAdditions) {
      Migrate(absl::StrReplaceAll(addition, {{"TABLE_NAME", table}}));
    }
    UseEverything();  // by a platform that has been running
    StartPlatform();
    UseEverything();
    if (HasFailure()) return;
  }
  EXPECT_EQ(Sql("SELECT count(*) FROM payment WHERE note IS NULL AND added_at_unix_ms = 7"),
            Sql("SELECT count(*) FROM payment"));
}

// The load generator's stored payments of the past are written without the platform.
TEST_F(NewerSchemaTest, IsFilledByTheLoadGenerator) {
  for (const char* table : {"account", "device", "entry", "journal", "payment"}) {
    for (const char* addition : kAdditions) {
      Migrate(absl::StrReplaceAll(addition, {{"TABLE_NAME", table}}));
    }
  }
  OpenAccount("bench-000000", "Bench 000000", 0);
  OpenAccount("bench-000001", "Bench 000001", 0);
  Sql("INSERT INTO device (account_id, name, state, created_at_unix_ms)"
      " SELECT account_id, 'ledger device', 2, 0 FROM account WHERE handle LIKE 'bench-%'");
  for (const char* script : {"fill_payments", "fill_entries", "fill_done"}) {
    const ProcessResult filled =
        RunProgram({"psql", connection_string_, "-Xq", "-v", "ON_ERROR_STOP=1", "-v",
                    "payments=100", "-f", SourceDir() + "/tests/bench/sql/" + script + ".sql"});
    EXPECT_EQ(filled.exit_code, 0) << script << ": " << filled.err;
  }
  EXPECT_EQ(Sql("SELECT count(*) FROM payment"), "100");
}

// In every message, and in every message that it holds.
void AddUnknownFields(google::protobuf::Message& message) {
  const google::protobuf::Reflection& reflection = *message.GetReflection();
  std::vector<const google::protobuf::FieldDescriptor*> fields;
  reflection.ListFields(message, &fields);
  for (const auto* field : fields) {
    if (field->cpp_type() != google::protobuf::FieldDescriptor::CPPTYPE_MESSAGE) continue;
    if (!field->is_repeated()) {
      AddUnknownFields(*reflection.MutableMessage(&message, field));
      continue;
    }
    for (int i = 0; i < reflection.FieldSize(message, field); ++i) {
      AddUnknownFields(*reflection.MutableRepeatedMessage(&message, field, i));
    }
  }
  reflection.MutableUnknownFields(&message)->AddVarint(10'000, 7);
}

TEST_F(NewerSchemaTest, FieldsThatAJournalAddsAreNoFault) {
  UseEverything();
  RewriteJournal([](platform::v1::JournalBatch& batch) { AddUnknownFields(batch); });
  Tamper(
      "UPDATE payment SET answer_body = answer_body || '\\x80f10407',"
      " outcome_body = outcome_body || '\\x80f10407'");
  StartPlatform();  // its writers begin at the chains' new heads
  VerifyLedger();
  UseEverything();
}

TEST_F(NewerSchemaTest, AKindOfEventThatAJournalAddsIsLeftToTheNewerVerifier) {
  RewriteJournal([](platform::v1::JournalBatch& batch) { AddUnknownFields(*batch.add_events()); });
  platform::v1::VerifyLedgerResponse verdict;
  ASSERT_TRUE(actions_->VerifyLedger(nullptr, verdict).ok());
  ASSERT_FALSE(verdict.consistent());
  EXPECT_THAT(verdict.findings(0), HasSubstr("verify with the release that wrote it"));
}

TEST_F(NewerSchemaTest, FieldsThatADeviceAddsAreKeptAsEvidence) {
  OpenAccount("alice", "Alice Martin", 10'000);
  const uint32_t device = AddActiveDevice("alice");
  payment_platform::Message instruction = Instruction({device, 1});
  instruction.body += "\x80\xf1\x04\x07";  // field 10000
  const Outcome authorized = batcher_->SubmitAndWait(instruction);
  ASSERT_EQ(authorized.payment_state, payments::v1::PAYMENT_STATE_AUTHORIZED);
  payment_platform::Message confirmation = Confirmation(instruction, authorized.answer.body);
  confirmation.body += "\x80\xf1\x04\x07";
  EXPECT_EQ(batcher_->SubmitAndWait(confirmation).payment_state,
            payments::v1::PAYMENT_STATE_CONFIRMED);
  VerifyLedger();
}

}  // namespace
}  // namespace signet::testing
