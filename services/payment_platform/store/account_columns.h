// An account's columns, and how they are read.
#pragma once

#include "services/payment_platform/domain/account.h"

namespace signet::payment_platform {

#define SIGNET_ACCOUNT_COLUMNS                                                        \
  "a.account_id, a.handle, a.name, a.kind, a.state, a.currency_code, a.posted_minor," \
  " a.reserved_minor, a.floor_minor, a.payment_limit_minor"

// Fields: FieldReader of a pipeline, or RowReader of libpqxx. Leaves it behind them.
template <typename Fields>
Account ReadAccount(Fields& field) {
  Account account;
  account.id = field.Next();
  account.handle = field.NextBytes();
  account.name = field.NextBytes();
  account.kind = field.template Next<AccountKind>();
  account.state = field.template Next<AccountState>();
  account.currency_code = field.NextBytes();
  account.posted_minor = field.Next();
  account.reserved_minor = field.Next();
  account.floor_minor = field.NextOptional();
  account.payment_limit_minor = field.Next();
  return account;
}

}  // namespace signet::payment_platform
