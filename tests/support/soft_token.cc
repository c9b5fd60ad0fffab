#include "tests/support/soft_token.h"

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string_view>
#include <utility>

#include "absl/strings/str_cat.h"
#include "libs/base/status.h"

namespace signet::testing {

bool TestsUseNss() {
  const char* module = std::getenv("SIGNET_TEST_MODULE");
  return module != nullptr && std::string_view(module) == "nss";
}

std::string SoftToken::module_parameters() const {
  if (!TestsUseNss()) return "";
  return absl::StrCat("configdir='sql:", dir_, "/tokens' dbTokenDescription='", label_,
                      "' secmod='' flags=noModDB");
}

SoftToken::SoftToken(std::string dir, std::string label)
    : dir_(std::move(dir)), label_(std::move(label)), pin_("135790"), so_pin_("security-officer") {}

SoftToken::~SoftToken() {
  module_.reset();
  std::error_code ignored;
  std::filesystem::remove_all(dir_, ignored);
}

absl::StatusOr<std::unique_ptr<SoftToken>> SoftToken::Create(const std::string& label) {
  std::string dir = (std::filesystem::temp_directory_path() / "signet-token-XXXXXX").string();
  if (mkdtemp(dir.data()) == nullptr) {
    return absl::InternalError(absl::StrCat("cannot make a folder like ", dir));
  }
  std::unique_ptr<SoftToken> token(new SoftToken(dir, label));
  SIGNET_RETURN_IF_ERROR(token->WriteFiles());
  setenv("SOFTHSM2_CONF", token->config_path().c_str(), 1);
  SIGNET_RETURN_IF_ERROR(token->Reload());
  SIGNET_RETURN_IF_ERROR(token->AddToken(label).status());
  return token;
}

absl::Status SoftToken::WriteFiles() const {
  std::filesystem::create_directory(dir_ + "/tokens");
  std::ofstream config(config_path());
  config << "directories.tokendir = " << dir_ << "/tokens\n"
         << "objectstore.backend = file\n"
         << "log.level = ERROR\n"
         << "slots.removable = false\n";
  std::ofstream pin(pin_path());
  pin << pin_.reveal();
  if (!config.flush() || !pin.flush()) {
    return absl::InternalError(absl::StrCat("cannot write into ", dir_));
  }
  std::filesystem::permissions(pin_path(), std::filesystem::perms::owner_read);
  return absl::OkStatus();
}

absl::Status SoftToken::Reload() {
  module_.reset();
  SIGNET_ASSIGN_OR_RETURN(module_, pkcs11::Module::Load(module_path(), module_parameters()));
  return absl::OkStatus();
}

absl::StatusOr<pkcs11::Slot> SoftToken::AddToken(const std::string& label) {
  SIGNET_ASSIGN_OR_RETURN(const pkcs11::Slot empty, module().FindEmptySlot());
  SIGNET_RETURN_IF_ERROR(empty.Initialize(label, so_pin_, pin_));
  return module().FindToken(label);
}

absl::StatusOr<std::unique_ptr<pkcs11::Session>> SoftToken::LoggedIn(
    const std::string& label) const {
  SIGNET_ASSIGN_OR_RETURN(const pkcs11::Slot token, module().FindToken(label));
  SIGNET_ASSIGN_OR_RETURN(std::unique_ptr<pkcs11::Session> session, pkcs11::Session::Open(token));
  SIGNET_RETURN_IF_ERROR(session->Login(pin_));
  return session;
}

}  // namespace signet::testing
