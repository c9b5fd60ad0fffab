#include "services/payment_platform/store/verify/balance_check.h"

#include "libs/base/ids.h"
#include "services/payment_platform/domain/account.h"
#include "services/payment_platform/store/postgres/connection.h"

namespace signet::payment_platform {
namespace {

// Sums are numeric: what was tampered with may not fit a bigint.
constexpr Statement kAccountSums = {
    "verify_account_sums",
    "SELECT a.handle, a.posted_minor::text AS posted, a.reserved_minor::text AS reserved,"
    " coalesce(e.total, 0)::text AS entries, coalesce(p.total, 0)::text AS open_payments"
    " FROM account a"
    " LEFT JOIN (SELECT account_id, sum(amount_minor) AS total FROM entry GROUP BY account_id) e"
    " USING (account_id)"
    " LEFT JOIN (SELECT payer_account_id AS account_id, sum(amount_minor) AS total FROM payment"
    " WHERE state = 1 GROUP BY payer_account_id) p USING (account_id)"
    " WHERE a.posted_minor <> coalesce(e.total, 0) OR a.reserved_minor <> coalesce(p.total, 0)"
    " ORDER BY a.account_id LIMIT $1"};

// Writers have chains of their own, so an account's postings have no order that is stored. But each
// begins at the balance where another ended: as many end at a balance as begin there, counting the
// zero before the first and the sum after the last.
constexpr Statement kRunningBalances = {
    "verify_running_balances",
    "SELECT a.handle, s.balance::text AS balance FROM ("
    " SELECT account_id, balance, sum(step) AS open FROM ("
    "  SELECT account_id, posted_after_minor::numeric AS balance, 1 AS step FROM entry"
    "  UNION ALL SELECT account_id, posted_after_minor::numeric - amount_minor, -1 FROM entry"
    "  UNION ALL SELECT DISTINCT account_id, 0, 1 FROM entry"
    "  UNION ALL SELECT account_id, sum(amount_minor), -1 FROM entry GROUP BY account_id) steps"
    " GROUP BY account_id, balance HAVING sum(step) <> 0) s"
    " JOIN account a USING (account_id) ORDER BY a.account_id, s.balance LIMIT $1"};

constexpr Statement kLooseEntries = {
    "verify_loose_entries",
    "SELECT e.chain, e.sequence, e.line, a.account_id IS NULL AS no_account,"
    " j.chain IS NULL AS no_batch, e.device_id IS NOT NULL AND p.counter IS NULL AS no_payment"
    " FROM entry e LEFT JOIN account a USING (account_id)"
    " LEFT JOIN journal j ON j.chain = e.chain AND j.sequence = e.sequence"
    " LEFT JOIN payment p ON p.device_id = e.device_id AND p.counter = e.counter"
    " WHERE a.account_id IS NULL OR j.chain IS NULL"
    " OR (e.device_id IS NOT NULL AND p.counter IS NULL)"
    " ORDER BY e.chain, e.sequence, e.line LIMIT $1"};

constexpr Statement kLowCounters = {
    "verify_low_counters",
    "SELECT p.device_id, max(p.counter) AS counter FROM payment p"
    " LEFT JOIN device d USING (device_id) GROUP BY p.device_id, d.highest_counter"
    " HAVING d.highest_counter IS NULL OR max(p.counter) > d.highest_counter"
    " ORDER BY p.device_id LIMIT $1"};

constexpr Statement kTotals = {
    "verify_totals",
    "SELECT a.currency_code, greatest(least(coalesce(sum(e.amount_minor), 0),"
    " 9223372036854775807), -9223372036854775807)::bigint AS total"
    " FROM account a LEFT JOIN entry e USING (account_id) GROUP BY a.currency_code"};

void CheckAccountSums(pqxx::transaction_base& transaction, Findings& findings) {
  for (const auto& row :
       Execute(transaction, kAccountSums, static_cast<int64_t>(findings.room()))) {
    const std::string account = "account \"" + row["handle"].as<std::string>() + "\": ";
    const auto posted = row["posted"].as<std::string>();
    const auto entries = row["entries"].as<std::string>();
    if (posted != entries) {
      findings.Add(account + "its posted amount is " + posted + ", its postings sum up to " +
                   entries);
    }
    const auto reserved = row["reserved"].as<std::string>();
    const auto open_payments = row["open_payments"].as<std::string>();
    if (reserved != open_payments) {
      findings.Add(account + "its reserved amount is " + reserved +
                   ", its authorized payments sum up to " + open_payments);
    }
  }
}

void CheckRunningBalances(pqxx::transaction_base& transaction, Findings& findings) {
  for (const auto& row :
       Execute(transaction, kRunningBalances, static_cast<int64_t>(findings.room()))) {
    findings.Add("account \"" + row["handle"].as<std::string>() +
                 "\": the running balances of its postings break at " +
                 row["balance"].as<std::string>());
  }
}

void CheckLooseEntries(pqxx::transaction_base& transaction, Findings& findings) {
  for (const auto& row :
       Execute(transaction, kLooseEntries, static_cast<int64_t>(findings.room()))) {
    const std::string posting = "chain " + row["chain"].as<std::string>() + ", batch " +
                                row["sequence"].as<std::string>() + ", line " +
                                row["line"].as<std::string>() + ": the posting ";
    if (row["no_batch"].as<bool>()) findings.Add(posting + "has no batch in the journal");
    if (row["no_account"].as<bool>()) findings.Add(posting + "is of an account that is not stored");
    if (row["no_payment"].as<bool>()) findings.Add(posting + "is of a payment that is not stored");
  }
}

void CheckCounters(pqxx::transaction_base& transaction, Findings& findings) {
  for (const auto& row :
       Execute(transaction, kLowCounters, static_cast<int64_t>(findings.room()))) {
    const auto device = static_cast<uint32_t>(row["device_id"].as<int64_t>());
    const auto counter = static_cast<uint32_t>(row["counter"].as<int64_t>());
    findings.Add("device " + FormatDeviceId(device) +
                 ": its highest counter is below that of its payment " +
                 FormatPaymentId({device, counter}));
  }
}

}  // namespace

void CheckBalances(pqxx::transaction_base& transaction, Findings& findings) {
  CheckAccountSums(transaction, findings);
  CheckRunningBalances(transaction, findings);
  CheckLooseEntries(transaction, findings);
  CheckCounters(transaction, findings);
}

std::map<std::string, int64_t> CheckTotals(pqxx::transaction_base& transaction,
                                           Findings& findings) {
  std::map<std::string, int64_t> totals;
  for (const auto& row : Execute(transaction, kTotals)) {
    const auto currency = row["currency_code"].as<std::string>();
    const auto total = row["total"].as<int64_t>();
    totals[currency] = total;
    if (total != 0) {
      findings.Add("all postings in " + currency + " sum up to " + std::to_string(total) +
                   " instead of 0");
    }
  }
  return totals;
}

}  // namespace signet::payment_platform
