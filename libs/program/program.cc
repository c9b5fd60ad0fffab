#include "libs/program/program.h"

#include <algorithm>
#include <exception>
#include <iostream>
#include <optional>
#include <string>
#include <string_view>

#include "CLI/CLI.hpp"
#include "absl/strings/cord.h"
#include "absl/synchronization/mutex.h"
#include "libs/program/error_details.h"
#include "libs/program/log.h"
#include "libs/program/options_table.h"
#include "libs/program/probe.h"
#include "libs/program/program_options.h"
#include "libs/program/standard_streams.h"
#include "libs/program/usage_error.h"

namespace signet::serving {
namespace {

constexpr char kExitCodePayload[] = "signet/exit-code";

constexpr char kExitCodes[] =
    "Exit codes: 0 done, 2 usage, 3 declined, 4 PIN or authentication, 5 unreachable, 6 outcome\n"
    "unknown, 7 not found or conflict, 8 hardware module, 9 done but stdout did not take the\n"
    "answer, 1 anything else";

std::string OneLine(std::string text) {
  for (char& c : text) {
    if (c == '\n' || c == '\r') c = ' ';
  }
  return text;
}

// What the usage error of a program with --json is told in besides. The flag may not have been read
// yet.
bool WantsJson(const CLI::App& app, int argc, char** argv) {
  const CLI::Option* json = app.get_option_no_throw("--json");
  return json != nullptr &&
         (json->count() > 0 || std::any_of(argv, argv + argc, [](const char* argument) {
            return std::string_view(argument) == "--json";
          }));
}

// CLI11's own exit codes begin at 100; usage errors are all ours to call 2.
int UsageError(const CLI::App& app, const std::string& what, bool json) {
  const absl::Status error =
      WithExitCode(absl::InvalidArgumentError(OneLine(what)), ExitCode::kUsage);
  if (json) std::cout << ErrorJson(error) << '\n' << std::flush;
  std::cerr << app.get_name() << ": " << error.message() << '\n';
  return static_cast<int>(ExitCode::kUsage);
}

// Thrown by an option that does something else than the program's body, as soon as it is read: no
// other option is required then.
struct Instead {
  std::function<int()> run;
};

int Probe(const CLI::App& app, const std::string& address) {
  const absl::Status status = ProbeReady(address);
  if (status.ok()) return static_cast<int>(ExitCode::kDone);
  std::cerr << app.get_name() << ": " << OneLine(std::string(status.message())) << '\n';
  return static_cast<int>(ExitCode::kInternal);
}

void AddInsteadOptions(CLI::App& app) {
  app.add_option_function<std::string>(
         "--probe-ready",
         [&app](const std::string& address) {
           throw Instead{[&app, address] { return Probe(app, address); }};
         },
         "ask a running program, by its admin HOST:PORT or unix:SOCKET, whether it is ready; exit "
         "with 0 or 1")
      ->configurable(false);
  app.add_flag_callback(
         "--describe-options",
         [&app] {
           throw Instead{[&app] {
             std::cout << OptionsTable(app);
             return static_cast<int>(ExitCode::kDone);
           }};
         },
         "print the reference of all options")
      ->configurable(false)
      ->group("");
}

void AddCheckOption(CLI::App& app, bool& check_only) {
  app.add_flag("--check-config", check_only, "only say what is wrong with the options and files")
      ->configurable(false);
  for (CLI::App* command : app.get_subcommands([](CLI::App*) { return true; })) {
    command->add_flag("--check-config", check_only)->configurable(false)->group("");
  }
}

// The exit code where the program ends here, nothing where its body is to run.
std::optional<int> Parse(CLI::App& app, int argc, char** argv) {
  const auto usage_error = [&](const std::string& what) {
    return UsageError(app, what, WantsJson(app, argc, argv));
  };
  try {
    app.parse(argc, argv);
    return std::nullopt;
  } catch (const Instead& instead) {
    return instead.run();
  } catch (const CLI::FileError&) {
    const std::string path = app.get_config_ptr()->as<std::string>();
    return usage_error("configuration file " + path +
                       " cannot be read (missing, a folder, or not permitted); correct "
                       "--config or SIGNET_CONFIG");
  } catch (const CLI::ConfigError& error) {
    return usage_error(error.what());  // says itself what to do
  } catch (const CLI::ParseError& error) {
    if (error.get_exit_code() == 0) return app.exit(error);  // --help, --version
    return usage_error(ExplainUsage(app, error));
  }
}

absl::Status RunBody(const std::function<absl::Status()>& body) {
  try {
    return body();
  } catch (const std::exception& error) {
    return absl::InternalError(std::string("unexpected: ") + error.what());
  }
}

// Ends by its exit code, with the error on stderr.
int EndWith(const CLI::App& app, const absl::Status& status) {
  if (!status.ok()) std::cerr << app.get_name() << ": " << status.message() << '\n';
  return static_cast<int>(ExitCodeOf(status));
}

int ParseAndRun(CLI::App& app, int argc, char** argv, const std::function<absl::Status()>& body,
                const std::function<absl::Status()>& check) {
  std::string log_level = "info";
  app.add_option("--log-level", log_level, "info, warning, error or off")
      ->check(CLI::IsMember({"info", "warning", "error", "off"}))
      ->capture_default_str();
  app.footer(kExitCodes);
  app.set_version_flag("--version", app.get_name() + " " + SIGNET_VERSION);
  bool check_only = false;
  if (check != nullptr) AddCheckOption(app, check_only);
  AddInsteadOptions(app);
  BindEnvironmentAndConfig(app);
  if (const std::optional<int> ended = Parse(app, argc, argv)) return *ended;

  // Debian builds Abseil with its debugging aid for lock orders, which costs some 5 % under load.
  absl::SetMutexDeadlockDetectionMode(absl::OnDeadlockCycle::kIgnore);
  ConfigureLog(app.get_name(), log_level);
  if (!check_only) return EndWith(app, RunBody(body));
  const absl::Status status = RunBody(check);
  if (!status.ok()) return EndWith(app, WithExitCode(status, ExitCode::kUsage));
  return EndWith(app, TellDone({app.get_name() + ": the configuration is valid"}));
}

}  // namespace

int RunProgram(CLI::App& app, int argc, char** argv, const std::function<absl::Status()>& body,
               const std::function<absl::Status()>& check) {
  PrepareStandardStreams();
  const int code = ParseAndRun(app, argc, argv, body, check);
  // What a failure could not say there is on stderr, too; its own code stands.
  return code == 0 ? EndWith(app, FlushStdout("")) : code;
}

absl::Status WithExitCode(absl::Status status, ExitCode code) {
  status.SetPayload(kExitCodePayload, absl::Cord(std::to_string(static_cast<int>(code))));
  return status;
}

ExitCode ExitCodeOf(const absl::Status& status) {
  if (status.ok()) return ExitCode::kDone;
  const absl::optional<absl::Cord> payload = status.GetPayload(kExitCodePayload);
  if (!payload.has_value()) return ExitCode::kInternal;
  return static_cast<ExitCode>(std::stoi(std::string(*payload)));
}

}  // namespace signet::serving
