// A release can be rolled back, and its replicas run beside the next one's, since migrations only
// add: what a schema had stays as it was, and what is new lets the former release write as before.
#include <map>
#include <set>
#include <string>
#include <vector>

#include "gmock/gmock.h"
#include "services/payment_platform/store/postgres/connection.h"
#include "services/payment_platform/store/postgres/migrations.h"
#include "tests/support/test_postgres.h"

namespace signet::payment_platform {
namespace {

using ::testing::Contains;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

struct Fact {
  std::string relation;
  bool refuses = false;  // it could refuse what a program writes that does not know of it
};
using Schema = std::map<std::string, Fact>;

// Columns and fields with their types, constraints, indexes, triggers, functions. Of a column: it
// refuses where it must be given. A row type takes exactly its fields.
constexpr char kFacts[] = R"(
  SELECT c.relname AS relation, 'field ' || c.relname || '.' || a.attname || ' '
      || format_type(a.atttypid, a.atttypmod) AS fact,
    c.relkind = 'c' OR a.attnotnull AND NOT a.atthasdef AND a.attidentity = '' AS refuses
  FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
  WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'c', 'v')
  UNION ALL SELECT c.relname, 'optional ' || c.relname || '.' || a.attname, false
  FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
  WHERE c.relnamespace = 'public'::regnamespace AND c.relkind = 'r'
    AND (NOT a.attnotnull OR a.atthasdef OR a.attidentity <> '')
  UNION ALL SELECT conrelid::regclass::text, 'constraint of ' || conrelid::regclass || ': '
      || pg_get_constraintdef(oid), true
  FROM pg_constraint WHERE connamespace = 'public'::regnamespace AND conrelid <> 0
  UNION ALL SELECT indrelid::regclass::text, pg_get_indexdef(indexrelid), indisunique
  FROM pg_index i JOIN pg_class c ON c.oid = indrelid
  WHERE c.relnamespace = 'public'::regnamespace
  UNION ALL SELECT tgrelid::regclass::text, pg_get_triggerdef(oid), true
  FROM pg_trigger WHERE NOT tgisinternal
  UNION ALL SELECT '', 'function ' || oid::regprocedure, false
  FROM pg_proc WHERE pronamespace = 'public'::regnamespace)";

// What is wrong with the step from one schema to the next.
std::vector<std::string> Breaks(const Schema& before, const Schema& after) {
  std::set<std::string> known;
  std::vector<std::string> breaks;
  for (const auto& [fact, about] : before) {
    known.insert(about.relation);
    if (!after.contains(fact)) breaks.push_back("gone: " + fact);
  }
  for (const auto& [fact, about] : after) {
    if (!before.contains(fact) && about.refuses && known.contains(about.relation)) {
      breaks.push_back("demanded: " + fact);
    }
  }
  return breaks;
}

class AdditiveMigrationsTest : public ::testing::Test {
 protected:
  static void SetUpTestSuite() {
    auto started = testing::TestPostgres::Start();
    ASSERT_TRUE(started.ok()) << started.status();
    postgres_ = *std::move(started);
  }
  static void TearDownTestSuite() { postgres_.reset(); }

  void SetUp() override {
    ASSERT_NE(postgres_, nullptr);
    const absl::StatusOr<std::string> created = postgres_->CreateDatabase();
    ASSERT_TRUE(created.ok()) << created.status();
    connection_ = std::make_unique<Connection>(*created);
  }

  // The schema after these migrations, applied to what is there.
  Schema Apply(const std::vector<Migration>& migrations) {
    const absl::StatusOr<int> version = Migrate(*connection_, migrations);
    EXPECT_TRUE(version.ok()) << version.status();
    Schema schema;
    const absl::Status read = connection_->Run([&](pqxx::transaction_base& transaction) {
      schema.clear();
      for (const auto& row : transaction.exec(kFacts)) {
        schema[row["fact"].as<std::string>()] = {row["relation"].as<std::string>(),
                                                 row["refuses"].as<bool>()};
      }
      return absl::OkStatus();
    });
    EXPECT_TRUE(read.ok()) << read;
    return schema;
  }
  // Of one more migration.
  std::vector<std::string> BreaksOf(const std::string& sql) {
    std::vector<Migration> migrations = EmbeddedMigrations();
    const Schema before = Apply(migrations);
    migrations.push_back({migrations.back().version + 1, "9999_next", sql});
    return Breaks(before, Apply(migrations));
  }

  static std::unique_ptr<testing::TestPostgres> postgres_;
  std::unique_ptr<Connection> connection_;
};

std::unique_ptr<testing::TestPostgres> AdditiveMigrationsTest::postgres_;

TEST_F(AdditiveMigrationsTest, EveryMigrationOnlyAdds) {
  std::vector<Migration> applied;
  Schema before;
  for (const Migration& migration : EmbeddedMigrations()) {
    applied.push_back(migration);
    Schema after = Apply(applied);
    EXPECT_THAT(Breaks(before, after), IsEmpty()) << migration.name;
    before = std::move(after);
  }
  EXPECT_GT(before.size(), 50U);
}

struct Step {
  std::string sql;
  std::string finding;  // empty: it only adds
};
class AMigrationTest : public AdditiveMigrationsTest, public ::testing::WithParamInterface<Step> {};

TEST_P(AMigrationTest, IsKnownByWhatItDoes) {
  const std::vector<std::string> breaks = BreaksOf(GetParam().sql);
  if (GetParam().finding.empty()) {
    EXPECT_THAT(breaks, IsEmpty()) << GetParam().sql;
  } else {
    EXPECT_THAT(breaks, Contains(HasSubstr(GetParam().finding))) << GetParam().sql;
  }
}

INSTANTIATE_TEST_SUITE_P(
    Adds, AMigrationTest,
    ::testing::Values(
        Step{"ALTER TABLE payment ADD note text", ""},
        Step{"ALTER TABLE device ADD colour text NOT NULL DEFAULT 'red'", ""},
        Step{"ALTER TABLE entry ADD id bigint GENERATED ALWAYS AS IDENTITY", ""},
        Step{"CREATE TABLE fee (id bigint PRIMARY KEY, account_id bigint REFERENCES account)", ""},
        Step{"CREATE INDEX device_name ON device (name)", ""},
        Step{"CREATE TYPE new_payment_2 AS (device_id bigint)", ""}));

INSTANTIATE_TEST_SUITE_P(
    Breaks, AMigrationTest,
    ::testing::Values(
        Step{"ALTER TABLE device DROP name", "gone: field device.name"},
        Step{"ALTER TABLE device RENAME name TO label", "gone: field device.name"},
        Step{"ALTER TABLE entry ALTER line TYPE bigint", "gone: field entry.line integer"},
        Step{"DROP INDEX payment_open", "payment_open"},
        Step{"DROP TABLE audit", "gone: field audit.action"},
        Step{"DROP TRIGGER entry_immutable ON entry", "entry_immutable"},
        Step{"ALTER TABLE device ADD colour text NOT NULL", "demanded: field device.colour"},
        Step{"ALTER TABLE payment ALTER payee_account_id SET NOT NULL",
             "gone: optional payment.payee_account_id"},
        Step{"ALTER TABLE payment ALTER reference DROP DEFAULT",
             "gone: optional payment.reference"},
        Step{"ALTER TABLE account ADD CHECK (length(name) < 50)",
             "demanded: constraint of account"},
        Step{"CREATE UNIQUE INDEX one_name ON account (name)", "demanded: CREATE UNIQUE INDEX"},
        Step{"CREATE TRIGGER device_immutable BEFORE DELETE ON device"
             " FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()",
             "demanded: CREATE TRIGGER device_immutable"},
        Step{"ALTER TYPE new_payment ADD ATTRIBUTE note text", "demanded: field new_payment.note"},
        Step{"DROP TYPE new_entry", "gone: field new_entry.chain"}));

}  // namespace
}  // namespace signet::payment_platform
