#include "operator_cli/commands/pki_commands.h"

#include <memory>
#include <string>
#include <vector>

#include "CLI/CLI.hpp"
#include "libs/base/clock.h"
#include "libs/program/exit_code.h"
#include "libs/program/program.h"
#include "operator_cli/pki.h"

namespace signet::operator_cli {
namespace {

constexpr int kDefaultDays = 365;

struct Issue {
  std::string identity;
  std::string ca_dir;
  std::string out_dir;
  std::vector<std::string> dns_names;
  std::vector<std::string> ip_addresses;
  int days = kDefaultDays;
};

absl::Status WithExit(const absl::Status& status) {
  switch (status.code()) {
    case absl::StatusCode::kOk:
      return status;
    case absl::StatusCode::kAlreadyExists:
    case absl::StatusCode::kNotFound:
      return serving::WithExitCode(status, serving::ExitCode::kNotFoundOrConflict);
    case absl::StatusCode::kInvalidArgument:
      return serving::WithExitCode(status, serving::ExitCode::kUsage);
    default:
      return status;
  }
}

absl::Status RunInit(const std::string& dir, cli::Output& output) {
  SystemClock clock;
  const absl::Status status = InitPki(dir, clock);
  if (!status.ok()) return WithExit(status);
  output.Note("Made the service CA in " + dir + ". Whoever reads " + dir +
              "/ca.key can issue certificates: keep it where no service runs.");
  return absl::OkStatus();
}

absl::Status RunIssue(const Issue& issue, cli::Output& output) {
  SystemClock clock;
  const absl::Status status =
      IssueServiceCertificate(issue.ca_dir, issue.identity, issue.out_dir, issue.dns_names,
                              issue.ip_addresses, issue.days, clock);
  if (!status.ok()) return WithExit(status);
  output.Note("Issued spiffe://signet/" + issue.identity + " for " + std::to_string(issue.days) +
              " days: tls.pem, tls.key and ca.pem in " + issue.out_dir + ".");
  return absl::OkStatus();
}

}  // namespace

void RegisterPkiCommands(CLI::App& app, Command& chosen) {
  CLI::App* group = app.add_subcommand("pki", "The certificates of services and operators");
  group->require_subcommand(0, 1);

  CLI::App* init = group->add_subcommand("init", "Make the service CA");
  auto dir = std::make_shared<std::string>();
  init->add_option("DIR", *dir, "A new folder for ca.key and ca.pem")->required();
  init->callback([dir, &chosen] {
    chosen = [dir](const Options&, cli::Output& output) { return RunInit(*dir, output); };
  });

  CLI::App* command = group->add_subcommand("issue", "Issue or renew a certificate");
  auto issue = std::make_shared<Issue>();
  command
      ->add_option("IDENTITY", issue->identity,
                   "gateway, crypto, platform, operator/NAME, or auditor/NAME, who may look and "
                   "change nothing")
      ->required();
  command->add_option("--ca", issue->ca_dir, "The CA's folder")->required();
  command->add_option("--out", issue->out_dir, "The folder for tls.pem, tls.key and ca.pem")
      ->required();
  command->add_option("--dns", issue->dns_names, "A further DNS name of the server; repeatable");
  command->add_option("--ip", issue->ip_addresses, "A further address of the server; repeatable");
  command->add_option("--days", issue->days, "How long it is valid")
      ->check(CLI::Range(1, 3650))
      ->capture_default_str();
  command->callback([issue, &chosen] {
    chosen = [issue](const Options&, cli::Output& output) { return RunIssue(*issue, output); };
  });
}

}  // namespace signet::operator_cli
