#include <dlfcn.h>

#include <cstdlib>
#include <stdexcept>

#include "tests/support/failing_module.h"

namespace signet::testing {
namespace {

template <typename Function>
Function* Symbol(void* library, const char* name) {
  void* const symbol = dlsym(library, name);
  if (symbol == nullptr) throw std::runtime_error(std::string("the shim has no ") + name);
  return reinterpret_cast<Function*>(symbol);
}

}  // namespace

FailingModule::FailingModule() {
  const char* const path = std::getenv("SIGNET_FAILING_MODULE");
  if (path == nullptr) throw std::runtime_error("no SIGNET_FAILING_MODULE; run it with ctest");
  path_ = path;
  shim_ = dlopen(path, RTLD_NOW | RTLD_LOCAL);
  if (shim_ == nullptr) throw std::runtime_error(dlerror());
}

void FailingModule::Fail(const FailurePlan& plan) {
  Symbol<void(unsigned long, const char*, int, long)>(shim_, "signet_fail")(
      plan.code, plan.function.c_str(), static_cast<int>(plan.heals), plan.after.count());
}

void FailingModule::Mend() { Symbol<void()>(shim_, "signet_mend")(); }

bool FailingModule::broken() const { return Symbol<bool()>(shim_, "signet_broken")(); }

void FailingModule::LogOutAtDecrypt() {
  Symbol<void(const char*)>(shim_, "signet_lose_at_decrypt")("login");
}

void FailingModule::CloseAtDecrypt() {
  Symbol<void(const char*)>(shim_, "signet_lose_at_decrypt")("session");
}

void FailingModule::SetTokenInfo(unsigned long max_pin_length, unsigned long more_flags) {
  Symbol<void(unsigned long, unsigned long)>(shim_, "signet_token_info")(max_pin_length,
                                                                         more_flags);
}

void FailingModule::TakeMechanismFlags(unsigned long mechanism, unsigned long flags) {
  Symbol<void(unsigned long, unsigned long)>(shim_, "signet_take_flags")(mechanism, flags);
}

int FailingModule::Calls(const std::string& function) const {
  return Symbol<int(const char*)>(shim_, "signet_calls")(function.c_str());
}

}  // namespace signet::testing
