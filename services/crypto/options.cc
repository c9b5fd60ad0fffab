#include "services/crypto/options.h"

#include "CLI/CLI.hpp"
#include "libs/base/big_endian.h"
#include "libs/base/hex.h"
#include "libs/program/address_option.h"
#include "libs/serving/tls_options.h"

namespace signet::crypto {
namespace {

void AddTokenOptions(CLI::App& app, TokenOptions& token, std::string& bdk_id_hex) {
  app.add_option("--pkcs11-module", token.library_path,
                 "the hardware module's PKCS#11 library, such as /usr/lib/softhsm/libsofthsm2.so")
      ->required();
  app.add_option("--pkcs11-parameters", token.parameters,
                 "what the library's C_Initialize is given, for modules that take it, such as "
                 "NSS: \"configdir='sql:/var/lib/signet/hsm' dbTokenDescription='signet-server'\"");
  app.add_option("--token-label", token.token_label, "label of the server's token")->required();
  app.add_option("--pin-file", token.pin_file, "file whose first line is the token's PIN")
      ->required();
  app.add_option("--bdk-id", bdk_id_hex, "ID of the base derivation key, 8 hex digits")
      ->required()
      ->check([](const std::string& hex) {
        return ParseBdkId(hex).ok() ? "" : "must be 8 hex digits, such as 5195e700";
      });
}

void AddInitOptions(CLI::App& app, Options& options) {
  CeremonyOptions& ceremony = options.ceremony;
  AddTokenOptions(app, ceremony.token, options.bdk_id_hex);
  app.add_option(
         "--so-pin-file", ceremony.so_pin_file,
         "file whose first line is the security officer's PIN; used once, to make the token")
      ->required();
  app.add_option("--device-ca", ceremony.device_ca_file,
                 "where to write the device CA certificate (PEM)")
      ->required();
  app.add_option("--receipt-key", ceremony.receipt_key_file,
                 "where to write the receipt public key (PEM)");
  app.add_option("--device-ca-days", ceremony.device_ca_validity_days,
                 "validity of the device CA certificate")
      ->check(CLI::Range(1, 36500))
      ->capture_default_str();
}

void AddNetworkOptions(CLI::App& app, ServerOptions& server) {
  app.add_option("--listen", server.listen, "HOST:PORT for the gateway; port 0 takes any")
      ->check(serving::CheckListenAddress)
      ->capture_default_str();
  serving::RegisterServiceOptions(app, server.service);
  rpc::RegisterTlsOptions(app, server.tls);
  app.add_option("--platform-address", server.platform_address, "HOST:PORT of the payment platform")
      ->check(serving::CheckServerAddress)
      ->capture_default_str();
  app.add_option("--platform-timeout-ms", server.platform_timeout_ms,
                 "longest wait for an answer of the platform")
      ->check(CLI::Range(1, 600000))
      ->capture_default_str();
}

void AddRunOptions(CLI::App& app, Options& options) {
  ServerOptions& server = options.server;
  AddTokenOptions(app, server.hsm.token, options.bdk_id_hex);
  app.add_option("--device-ca", server.device_ca_file, "the device CA certificate (PEM)")
      ->required();
  AddNetworkOptions(app, server);
  server.hsm.sessions = 2;
  app.add_option("--hsm-threads", server.hsm.sessions, "threads, each with a session of its own")
      ->check(CLI::Range(1, 64))
      ->capture_default_str();
  app.add_option(
         "--hsm-cached-keys", server.hsm.cached_keys,
         "derived keys that are kept in the module: about 8 for each device that pays, 6 kB "
         "each")
      ->check(CLI::Range(1, 10000000))
      ->capture_default_str();
  app.add_option("--hsm-objects-per-session", server.hsm.objects_per_session,
                 "session objects after which the module is opened anew to free its memory")
      ->check(CLI::Range(1000, 1000000000))
      ->capture_default_str();
  app.add_option("--queue-limit", server.queue_limit,
                 "requests that may wait for the hardware module")
      ->check(CLI::Range(1, 100000))
      ->capture_default_str();
  app.add_option("--in-flight-limit", server.in_flight_limit,
                 "messages of devices that may be under way")
      ->check(CLI::Range(1, 1000000))
      ->capture_default_str();
  app.add_option("--enrollment-limit", server.enrollment_limit,
                 "enrollments that may be under way, besides those messages")
      ->check(CLI::Range(1, 1000))
      ->capture_default_str();
  app.add_option("--device-key-cache", server.device_key_cache, "devices' keys that are kept")
      ->check(CLI::Range(1, 10000000))
      ->capture_default_str();
  app.add_option("--certificate-days", server.certificate_validity_days,
                 "validity of devices' certificates")
      ->check(CLI::Range(1, 3650))
      ->capture_default_str();
}

}  // namespace

absl::StatusOr<uint32_t> ParseBdkId(const std::string& hex) {
  auto bytes = FromHex(hex);
  if (!bytes.ok() || bytes->size() != 4) {
    return absl::InvalidArgumentError("--bdk-id must be 8 hex digits, such as 5195e700");
  }
  return ReadBigEndian32(*bytes, 0);
}

Commands RegisterOptions(CLI::App& app, Options& options) {
  Commands commands;
  commands.init =
      app.add_subcommand("init", "Make the server's token, its keys and the device CA, once");
  commands.run = app.add_subcommand("run", "Serve the gateway");
  AddInitOptions(*commands.init, options);
  AddRunOptions(*commands.run, options);
  app.require_subcommand(1);
  return commands;
}

}  // namespace signet::crypto
