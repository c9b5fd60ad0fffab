#include "libs/openssl/session_tickets.h"

#include <openssl/conf.h>
#include <openssl/err.h>

#include <string>

#include "libs/openssl/handle.h"

namespace signet::openssl {
namespace {

using ConfHandle = Handle<CONF, NCONF_free>;

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

}  // namespace

void SendNoSessionTickets() {
  OPENSSL_init_crypto(OPENSSL_INIT_LOAD_CONFIG, nullptr);  // the machine's own comes first
  // SSL_CONF_cmd(3ssl), NumTickets.
  const std::string text =
      "openssl_conf = signet\n[signet]\nssl_conf = ssl\n[ssl]\nsystem_default = all_tls\n"
      "[all_tls]\n" +
      MachineSettings() + "NumTickets = 0\n";
  const BioHandle file(BIO_new_mem_buf(text.data(), static_cast<int>(text.size())));
  const ConfHandle conf(NCONF_new(nullptr));
  if (NCONF_load_bio(conf.get(), file.get(), nullptr) == 1) {
    CONF_modules_load(conf.get(), nullptr, 0);
  }
  ERR_clear_error();  // a machine without settings of its own
}

}  // namespace signet::openssl
