// signet-platform: the ledger of the payment system.
#include "CLI/CLI.hpp"
#include "libs/program/program.h"
#include "libs/serving/lifecycle.h"
#include "services/payment_platform/options.h"
#include "services/payment_platform/server.h"
#include "services/payment_platform/store/postgres/connection.h"

int main(int argc, char** argv) {
  using namespace signet;
  serving::BlockShutdownSignals();
  CLI::App app("Signet's payment platform: decides payments and keeps the ledger.",
               "signet-platform");
  app.require_subcommand(1);
  payment_platform::PlatformOptions options;
  CLI::App* run = app.add_subcommand("run", "Migrate the database, then serve until stopped.");
  CLI::App* migrate = app.add_subcommand("migrate", "Bring the database's schema up to date.");
  payment_platform::RegisterRunOptions(*run, options);
  payment_platform::RegisterDatabaseOption(*migrate, options);
  return serving::RunProgram(
      app, argc, argv,
      [&] {
        return run->parsed() ? payment_platform::RunPlatform(options)
                             : payment_platform::MigratePlatform(options);
      },
      [&] {
        return run->parsed() ? payment_platform::CheckPlatform(options)
                             : payment_platform::CheckConnectionString(options.database);
      });
}
