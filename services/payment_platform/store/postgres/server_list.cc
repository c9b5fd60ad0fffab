#include "services/payment_platform/store/postgres/server_list.h"

#include <libpq-fe.h>

#include <algorithm>
#include <memory>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "services/payment_platform/store/postgres/failure.h"

namespace signet::payment_platform {

namespace {

// A caller's own setting of the same name replaces it. Statement timeouts are set once a session is
// open: a pooler does not let `options` pass.
constexpr std::pair<const char*, const char*> kDefaults[] = {
    {"connect_timeout", "5"},  {"tcp_user_timeout", "10000"},
    {"keepalives_idle", "10"}, {"keepalives_interval", "3"},
    {"keepalives_count", "3"}, {"application_name", "signet-platform"},
};
// Of several servers one may be gone without a word. The shortest that libpq takes.
constexpr char kConnectTimeoutOfSeveral[] = "2";

std::vector<std::string> ListAt(const ServerParameters& all, const char* name) {
  const auto found = all.find(name);
  if (found == all.end()) return {};
  return absl::StrSplit(found->second, ',');
}

absl::StatusOr<ServerParameters> Parse(const std::string& connection_string) {
  char* error = nullptr;
  PQconninfoOption* const parsed = PQconninfoParse(connection_string.c_str(), &error);
  const std::unique_ptr<PQconninfoOption, decltype(&PQconninfoFree)> owned(parsed, &PQconninfoFree);
  const std::unique_ptr<char, decltype(&PQfreemem)> owned_error(error, &PQfreemem);
  if (parsed == nullptr) {
    return absl::InvalidArgumentError(
        absl::StrCat("the database's connection string is wrong: ",
                     error == nullptr ? "out of memory" : FirstLine(error),
                     "; correct --database (SIGNET_DATABASE)"));
  }
  ServerParameters all;
  for (const PQconninfoOption* option = parsed; option->keyword != nullptr; ++option) {
    if (option->val != nullptr) all[option->keyword] = option->val;
  }
  return all;
}

}  // namespace

absl::StatusOr<std::vector<ServerParameters>> ServersOf(const std::string& connection_string) {
  absl::StatusOr<ServerParameters> all = Parse(connection_string);
  if (!all.ok()) return all.status();
  const std::vector<std::string> hosts = ListAt(*all, "host");
  const std::vector<std::string> addresses = ListAt(*all, "hostaddr");
  const std::vector<std::string> ports = ListAt(*all, "port");
  const size_t count = std::max<size_t>({hosts.size(), addresses.size(), 1});
  if ((!hosts.empty() && hosts.size() != count) ||
      (!addresses.empty() && addresses.size() != count) ||
      (ports.size() > 1 && ports.size() != count)) {
    return absl::InvalidArgumentError(
        absl::StrCat("the database's connection string names ", hosts.size(), " host, ",
                     addresses.size(), " hostaddr and ", ports.size(),
                     " port: as many of each, or one port for all; correct "
                     "--database (SIGNET_DATABASE)"));
  }
  if (count > 1) all->try_emplace("connect_timeout", kConnectTimeoutOfSeveral);
  for (const auto& [name, value] : kDefaults) all->try_emplace(name, value);
  std::vector<ServerParameters> servers;
  for (size_t i = 0; i < count; ++i) {
    ServerParameters server = *all;
    if (!hosts.empty()) server["host"] = hosts[i];
    if (!addresses.empty()) server["hostaddr"] = addresses[i];
    if (ports.size() == count) server["port"] = ports[i];
    servers.push_back(std::move(server));
  }
  return servers;
}

ServerList::ServerList(const std::string& connection_string)
    : servers_(ServersOf(connection_string)) {}

void ServerList::Settle(uint64_t choice) {
  uint64_t current = choice_;
  while (current < choice && !choice_.compare_exchange_weak(current, choice)) {
  }
}

}  // namespace signet::payment_platform
