#include "services/payment_platform/store/verify/ledger_verifier.h"

#include <algorithm>
#include <map>

#include "libs/base/status.h"
#include "services/payment_platform/store/account_columns.h"
#include "services/payment_platform/store/payment_columns.h"
#include "services/payment_platform/store/postgres/fields.h"
#include "services/payment_platform/store/verify/balance_check.h"
#include "services/payment_platform/store/verify/evidence_check.h"
#include "services/payment_platform/store/verify/findings.h"
#include "services/payment_platform/store/verify/journal_reader.h"
#include "services/payment_platform/store/verify/ledger_replay.h"
#include "services/payment_platform/store/verify/posting_check.h"

namespace signet::payment_platform {
namespace {

// A batch holds up to some hundred payments, so a page of batches is shorter than one of payments.
constexpr size_t kJournalPageDivisor = 8;

constexpr char kAllowLongStatements[] = "SET LOCAL statement_timeout = '1h'";
constexpr Statement kCounts = {
    "verify_counts",
    "SELECT (SELECT count(*) FROM payment) AS payments, (SELECT count(*) FROM entry) AS entries,"
    " (SELECT count(*) FROM account) AS accounts"};
constexpr Statement kEntriesOfBatches = {
    "verify_entries_of_batches",
    "SELECT e.sequence, e.line, e.account_id, e.amount_minor, e.device_id, e.counter,"
    " p.payer_account_id, p.payee_account_id, p.amount_minor AS payment_amount"
    " FROM entry e LEFT JOIN payment p ON p.device_id = e.device_id AND p.counter = e.counter"
    " WHERE e.chain = $1 AND e.sequence BETWEEN $2 AND $3 ORDER BY e.sequence, e.line"};
constexpr Statement kPaymentPage = {
    "verify_payment_page",
    "SELECT " SIGNET_PAYMENT_COLUMNS
    ", p.instruction_header, p.instruction_body, p.confirmation_header, p.confirmation_body"
    " FROM payment p WHERE (p.device_id, p.counter) > ($1, $2)"
    " ORDER BY p.device_id, p.counter LIMIT $3"};
constexpr Statement kAccountPage = {
    "verify_account_page",
    "SELECT " SIGNET_ACCOUNT_COLUMNS
    " FROM account a WHERE a.account_id > $1 ORDER BY a.account_id LIMIT $2"};

Payment ReadWithEvidence(const pqxx::row& row) {
  RowReader field(row);
  Payment payment = ReadPayment(field);
  payment.instruction.header = field.NextBytes();
  payment.instruction.body = field.NextBytes();
  payment.confirmation.header = field.NextBytes();
  payment.confirmation.body = field.NextBytes();
  return payment;
}

StoredPosting ReadPosting(const pqxx::row& row) {
  StoredPosting posting;
  posting.line = row["line"].as<int>();
  posting.account_id = row["account_id"].as<int64_t>();
  posting.amount_minor = row["amount_minor"].as<int64_t>();
  if (row["device_id"].is_null() || row["counter"].is_null()) return posting;
  PostedPayment payment;
  payment.id = PaymentIdOf(row);
  payment.stored = !row["payment_amount"].is_null();
  if (payment.stored) {
    payment.payer_account_id = row["payer_account_id"].as<int64_t>();
    payment.payee_account_id = row["payee_account_id"].as<int64_t>(0);
    payment.amount_minor = row["payment_amount"].as<int64_t>();
  }
  posting.payment = payment;
  return posting;
}

// One verification, in one snapshot.
class Verification {
 public:
  Verification(pqxx::transaction_base& transaction, const VerifierOptions& options)
      : transaction_(transaction), options_(options), findings_(kMaxFindings) {}

  absl::StatusOr<LedgerVerdict> Run() {
    transaction_.exec(kAllowLongStatements);
    const pqxx::result counts = Execute(transaction_, kCounts);
    verdict_.payments = counts[0]["payments"].as<uint64_t>();
    verdict_.entries = counts[0]["entries"].as<uint64_t>();
    const uint64_t rows = std::max(verdict_.payments, counts[0]["accounts"].as<uint64_t>());
    const uint64_t slices = rows / std::max<size_t>(options_.slice_size, 1) + 1;
    for (uint64_t index = 0; index < slices; ++index) {
      SIGNET_RETURN_IF_ERROR(ReplaySlice({index, slices}));
    }
    SIGNET_RETURN_IF_ERROR(CheckCancelled());
    CheckBalances(transaction_, findings_);
    verdict_.imbalance_minor = CheckTotals(transaction_, findings_);
    verdict_.findings = findings_.Take();
    return std::move(verdict_);
  }

 private:
  absl::Status CheckCancelled() const {
    if (options_.cancelled == nullptr || !options_.cancelled()) return absl::OkStatus();
    return absl::CancelledError("the verification was given up; run it again");
  }

  // Chains and postings are checked with the first slice: they need no memory of the others.
  absl::Status ReplaySlice(Slice slice) {
    LedgerReplay replay(slice, findings_);
    const bool first = slice.index == 0;
    SIGNET_ASSIGN_OR_RETURN(
        verdict_.batches,
        ReadJournal(transaction_, std::max<size_t>(options_.page_rows / kJournalPageDivisor, 1),
                    first ? &findings_ : nullptr, [&](const std::vector<StoredBatch>& page) {
                      for (const StoredBatch& stored : page) replay.Apply(stored.batch);
                      if (first) CheckPostingsOf(page);
                      return CheckCancelled();
                    }));
    SIGNET_RETURN_IF_ERROR(MatchPayments(replay, first));
    SIGNET_RETURN_IF_ERROR(MatchAccounts(replay, first));
    replay.ReportUnmatched();
    return absl::OkStatus();
  }

  void CheckPostingsOf(const std::vector<StoredBatch>& page) {
    const int chain = page.front().chain;
    std::map<int64_t, std::vector<StoredPosting>> postings;
    for (const auto& row : Execute(transaction_, kEntriesOfBatches, chain, page.front().sequence,
                                   page.back().sequence)) {
      postings[row["sequence"].as<int64_t>()].push_back(ReadPosting(row));
    }
    for (const StoredBatch& stored : page) {
      CheckPostings("chain " + std::to_string(chain) + ", batch " + std::to_string(stored.sequence),
                    stored.batch, postings[stored.sequence], findings_);
    }
  }

  absl::Status MatchPayments(LedgerReplay& replay, bool check_evidence) {
    PaymentId last;
    for (;;) {
      SIGNET_RETURN_IF_ERROR(CheckCancelled());
      const pqxx::result rows =
          Execute(transaction_, kPaymentPage, int64_t{last.device_id}, int64_t{last.counter},
                  static_cast<int64_t>(options_.page_rows));
      if (rows.empty()) return absl::OkStatus();
      for (const auto& row : rows) {
        const Payment payment = ReadWithEvidence(row);
        replay.Match(payment);
        if (check_evidence) CheckEvidence(payment, findings_);
        last = payment.id;
      }
    }
  }

  absl::Status MatchAccounts(LedgerReplay& replay, bool check_system) {
    int64_t last = 0;
    for (;;) {
      SIGNET_RETURN_IF_ERROR(CheckCancelled());
      const pqxx::result rows =
          Execute(transaction_, kAccountPage, last, static_cast<int64_t>(options_.page_rows));
      if (rows.empty()) return absl::OkStatus();
      for (const auto& row : rows) {
        RowReader field(row);
        const Account account = ReadAccount(field);
        last = account.id;
        MatchAccount(account, replay, check_system);
      }
    }
  }

  // System accounts are made on demand, without an event; their handles say their currency.
  void MatchAccount(const Account& account, LedgerReplay& replay, bool check_system) {
    if (account.kind != AccountKind::kSystem) {
      replay.MatchAccount(account.id, account.handle, account.currency_code);
    } else if (check_system && account.handle != SystemAccountHandle(account.currency_code)) {
      findings_.Add("account \"" + account.handle + "\" is a system account, but not that of " +
                    account.currency_code);
    }
  }

  pqxx::transaction_base& transaction_;
  const VerifierOptions& options_;
  Findings findings_;
  LedgerVerdict verdict_;
};

}  // namespace

absl::StatusOr<LedgerVerdict> VerifyLedger(Database& database, const VerifierOptions& options) {
  LedgerVerdict verdict;
  const absl::Status status = database.RunReadOnly([&](pqxx::transaction_base& transaction) {
    absl::StatusOr<LedgerVerdict> result = Verification(transaction, options).Run();
    if (!result.ok()) return result.status();
    verdict = *std::move(result);
    return absl::OkStatus();
  });
  if (!status.ok()) return status;
  return verdict;
}

}  // namespace signet::payment_platform
