#include "services/payment_platform/store/ledger_writer.h"

#include "libs/base/status.h"
#include "libs/digests/digests.h"
#include "services/payment_platform/store/array.h"
#include "services/payment_platform/store/ledger_sql.h"
#include "services/payment_platform/store/payment_rows.h"

namespace signet::payment_platform {

namespace {

absl::Status ExpectRows(const pqxx::result& result, size_t expected, const char* what) {
  if (result.affected_rows() == expected) return absl::OkStatus();
  return absl::InternalError("the ledger changed " + std::to_string(result.affected_rows()) + " " +
                             what + " where " + std::to_string(expected) + " were locked");
}

absl::Status RaiseCounters(pqxx::transaction_base& transaction, const WorkingSet& ledger) {
  const std::set<uint32_t>& changed = ledger.changes().devices;
  if (changed.empty()) return absl::OkStatus();
  ArrayLiteral devices;
  ArrayLiteral counters;
  for (const uint32_t id : changed) {
    devices.AddInteger(static_cast<int64_t>(id));
    counters.AddInteger(static_cast<int64_t>(ledger.FindDevice(id)->highest_counter));
  }
  return ExpectRows(
      Execute(transaction, ledger_sql::kRaiseCounters, devices.text(), counters.text()),
      changed.size(), "devices");
}

void InsertAccounts(pqxx::transaction_base& transaction, const WorkingSet& ledger, int64_t now_ms) {
  if (ledger.changes().opened_accounts.empty()) return;
  ArrayLiteral columns[8];
  for (const int64_t id : ledger.changes().opened_accounts) {
    const Account& account = *ledger.FindAccount(id);
    columns[0].AddInteger(account.id);
    columns[1].AddText(account.handle);
    columns[2].AddText(account.name);
    columns[3].AddInteger(static_cast<int64_t>(account.kind));
    columns[4].AddInteger(static_cast<int64_t>(account.state));
    columns[5].AddText(account.currency_code);
    columns[6].AddInteger(account.floor_minor);
    columns[7].AddInteger(account.payment_limit_minor);
  }
  Execute(transaction, ledger_sql::kInsertAccounts, columns[0].text(), columns[1].text(),
          columns[2].text(), columns[3].text(), columns[4].text(), columns[5].text(),
          columns[6].text(), columns[7].text(), now_ms);
}

absl::Status UpdateBalances(pqxx::transaction_base& transaction, const WorkingSet& ledger) {
  if (ledger.changes().accounts.empty()) return absl::OkStatus();
  ArrayLiteral ids;
  ArrayLiteral posted;
  ArrayLiteral reserved;
  for (const auto& [id, delta] : ledger.changes().accounts) {
    ids.AddInteger(id);
    posted.AddInteger(delta.posted_minor);
    reserved.AddInteger(delta.reserved_minor);
  }
  return ExpectRows(
      Execute(transaction, ledger_sql::kUpdateBalances, ids.text(), posted.text(), reserved.text()),
      ledger.changes().accounts.size(), "accounts");
}

void InsertEntries(pqxx::transaction_base& transaction, const WorkingSet& ledger,
                   const ChainHead& next) {
  if (ledger.changes().entries.empty()) return;
  ArrayLiteral columns[6];
  int64_t line = 0;
  for (const Entry& entry : ledger.changes().entries) {
    std::optional<int64_t> device;
    std::optional<int64_t> counter;
    if (entry.payment.has_value()) {
      device = entry.payment->device_id;
      counter = entry.payment->counter;
    }
    columns[0].AddInteger(++line);
    columns[1].AddInteger(entry.account_id);
    columns[2].AddInteger(entry.amount_minor);
    columns[3].AddInteger(entry.posted_after_minor);
    columns[4].AddInteger(device);
    columns[5].AddInteger(counter);
  }
  Execute(transaction, ledger_sql::kInsertEntries, next.chain, next.sequence, columns[0].text(),
          columns[1].text(), columns[2].text(), columns[3].text(), columns[4].text(),
          columns[5].text());
}

void InsertAudit(pqxx::transaction_base& transaction, const WorkingSet& ledger, int64_t now_ms) {
  if (ledger.changes().audit.empty()) return;
  ArrayLiteral operators;
  ArrayLiteral actions;
  ArrayLiteral subjects;
  for (const AuditRecord& record : ledger.changes().audit) {
    operators.AddText(record.operator_name);
    actions.AddText(record.action);
    subjects.AddText(record.subject);
  }
  Execute(transaction, ledger_sql::kInsertAudit, now_ms, operators.text(), actions.text(),
          subjects.text());
}

ChainHead AppendJournal(pqxx::transaction_base& transaction, const WorkingSet& ledger,
                        const ChainHead& head, int64_t now_ms) {
  if (ledger.changes().journal.events().empty()) return head;
  const std::string batch = ledger.changes().journal.SerializeAsString();
  ChainHead next{head.chain, head.sequence + 1, JournalDigest(head.hash, batch)};
  InsertEntries(transaction, ledger, next);
  Execute(transaction, ledger_sql::kInsertJournal, next.chain, next.sequence,
          pqxx::binarystring(head.hash), pqxx::binarystring(next.hash), pqxx::binarystring(batch),
          now_ms);
  return next;
}

}  // namespace

ChainHead ReadChainHead(pqxx::transaction_base& transaction, int chain) {
  ChainHead head;
  head.chain = chain;
  const pqxx::result rows = Execute(transaction, ledger_sql::kChainHead, chain);
  if (rows.empty()) return head;
  head.sequence = rows[0]["sequence"].as<int64_t>();
  head.hash = pqxx::binarystring(rows[0]["hash"]).str();
  return head;
}

absl::StatusOr<ChainHead> WriteBatch(pqxx::transaction_base& transaction, const WorkingSet& ledger,
                                     const ChainHead& head, int64_t now_ms) {
  if (ledger.changes().empty()) return head;
  SIGNET_RETURN_IF_ERROR(RaiseCounters(transaction, ledger));
  InsertAccounts(transaction, ledger, now_ms);
  SIGNET_RETURN_IF_ERROR(UpdateBalances(transaction, ledger));
  SIGNET_RETURN_IF_ERROR(WritePayments(transaction, ledger));
  InsertAudit(transaction, ledger, now_ms);
  return AppendJournal(transaction, ledger, head, now_ms);
}

}  // namespace signet::payment_platform
