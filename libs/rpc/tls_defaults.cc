#include "libs/rpc/tls_defaults.h"

#include <openssl/bio.h>
#include <openssl/conf.h>
#include <openssl/crypto.h>
#include <openssl/err.h>

#include <cstdlib>
#include <memory>
#include <mutex>
#include <string>

namespace signet::rpc {
namespace {

struct FreeConf {
  void operator()(CONF* conf) const { NCONF_free(conf); }
};
using ConfHandle = std::unique_ptr<CONF, FreeConf>;

// TLS 1.3 alone. gRPC 1.51 has no setting for the version (its TLS options negotiate 1.2 or 1.3),
// but it takes the cipher suites of TLS 1.2 from this variable once, before its first handshake;
// those of TLS 1.3 are a list apart that it leaves alone. The one named here is of the pre-shared
// key kind (RFC 5487): OpenSSL offers and accepts it only with a pre-shared key callback, which
// gRPC never installs, so a handshake below 1.3 has no cipher to agree on and fails.
void AllowOnlyTls13() {
  setenv("GRPC_SSL_CIPHER_SUITES", "PSK-AES256-GCM-SHA384", /*overwrite=*/1);
}

// The lines of the machine's own configuration that hold for all TLS (config(5ssl), "SSL
// Configuration").
std::string MachineSettings() {
  const ConfHandle conf(NCONF_new(nullptr));
  char* const path = CONF_get1_default_config_file();
  const bool loaded = path != nullptr && NCONF_load(conf.get(), path, nullptr) == 1;
  OPENSSL_free(path);
  if (!loaded) return "";
  const char* section = nullptr;  // the default one
  for (const char* name : {"openssl_conf", "ssl_conf", "system_default"}) {
    section = NCONF_get_string(conf.get(), section, name);
    if (section == nullptr) return "";
  }
  std::string lines;
  const STACK_OF(CONF_VALUE)* values = NCONF_get_section(conf.get(), section);
  for (int i = 0; i < sk_CONF_VALUE_num(values); ++i) {
    const CONF_VALUE* value = sk_CONF_VALUE_value(values, i);
    lines += std::string(value->name) + " = " + value->value + "\n";
  }
  return lines;
}

// What a server sends no tickets for cannot be resumed (SSL_CONF_cmd(3ssl), NumTickets).
void MakeNoSessionTickets() {
  OPENSSL_init_crypto(OPENSSL_INIT_LOAD_CONFIG, nullptr);  // the machine's own comes first
  const std::string text =
      "openssl_conf = signet\n[signet]\nssl_conf = ssl\n[ssl]\nsystem_default = all_tls\n"
      "[all_tls]\n" +
      MachineSettings() + "NumTickets = 0\n";
  const std::unique_ptr<BIO, decltype(&BIO_free)> file(
      BIO_new_mem_buf(text.data(), static_cast<int>(text.size())), BIO_free);
  const ConfHandle conf(NCONF_new(nullptr));
  if (NCONF_load_bio(conf.get(), file.get(), nullptr) == 1) {
    CONF_modules_load(conf.get(), nullptr, 0);
  }
  ERR_clear_error();  // a machine without settings of its own
}

}  // namespace

void SetTlsDefaults() {
  static std::once_flag once;
  std::call_once(once, [] {
    AllowOnlyTls13();
    MakeNoSessionTickets();
  });
}

}  // namespace signet::rpc
