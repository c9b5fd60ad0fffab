// Helpers over absl::Status. An error says what happened, where, and what to do next.
#pragma once

#include <string>
#include <utility>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

#define SIGNET_RETURN_IF_ERROR(expr)                                                         \
  do {                                                                                       \
    if (::absl::Status signet_status_ = (expr); !signet_status_.ok()) return signet_status_; \
  } while (false)

#define SIGNET_CONCAT_INNER_(a, b) a##b
#define SIGNET_CONCAT_(a, b) SIGNET_CONCAT_INNER_(a, b)

// SIGNET_ASSIGN_OR_RETURN(auto x, F()): x is F()'s value, or the function returns its error.
#define SIGNET_ASSIGN_OR_RETURN(lhs, expr) \
  SIGNET_ASSIGN_OR_RETURN_IMPL_(SIGNET_CONCAT_(signet_statusor_, __LINE__), lhs, expr)
#define SIGNET_ASSIGN_OR_RETURN_IMPL_(var, lhs, expr) \
  auto var = (expr);                                  \
  if (!var.ok()) return std::move(var).status();      \
  lhs = std::move(var).value()

namespace signet {

// The same code with "context: " before the message.
absl::Status Annotate(const absl::Status& status, const std::string& context);

}  // namespace signet
