#include "services/payment_platform/store/audit.h"

#include "services/payment_platform/store/postgres/connection.h"

namespace signet::payment_platform {
namespace {

constexpr Statement kInsertAudit = {
    "insert_audit",
    "INSERT INTO audit (at_unix_ms, operator, action, subject) VALUES ($1, $2, $3, $4)"};

}  // namespace

void Audit(pqxx::transaction_base& transaction, const OperatorStamp& stamp,
           const std::string& action, const std::string& subject) {
  Execute(transaction, kInsertAudit, stamp.at_unix_ms, stamp.operator_name, action, subject);
}

}  // namespace signet::payment_platform
