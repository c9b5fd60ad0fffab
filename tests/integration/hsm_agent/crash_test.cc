// The real program is killed at every call that changes something in its module, before and after
// it, all through an enrollment and a payment; it must always go on, and never use a counter twice.
// The host checks the latter with each message it is shown.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <chrono>
#include <cstdlib>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "libs/base/activation_code.h"
#include "libs/openssl/certificate.h"
#include "libs/openssl/p256.h"
#include "libs/rpc/channel.h"
#include "tests/integration/hsm_agent/software_host.h"
#include "tests/support/agent_process.h"
#include "tests/support/process.h"
#include "tests/support/soft_token.h"
#include "tests/unit/hsm_agent/temp_folder.h"

namespace signet::hsm_agent {
namespace {

namespace fs = std::filesystem;
using device::v1::DeviceAgent;

constexpr char kPin[] = "135790";
constexpr std::chrono::minutes kCallTimeout(4);  // an RSA key on a busy machine

// A device's folders, and the agent in them, which is started anew whenever it has been killed.
class Device {
 public:
  explicit Device(const std::string& crash_when = "", long crash_at = 0)
      : crash_when_(crash_when), crash_at_(crash_at) {
    fs::create_directory(folder_.File("tokens"));
    WritePrivate("pin", kPin);
    WritePrivate("so-pin", "security-officer");
    WriteConfig();
  }

  void Init() {
    const testing::ProcessResult result = testing::RunProgram(
        {testing::BinDir() + "/signet-agent", "init", "--state-dir", folder_.File("state"),
         "--token-label", "device", "--pkcs11-module", testing::kSoftHsmPath, "--pin-file",
         folder_.File("pin"), "--so-pin-file", folder_.File("so-pin")},
        {{"SOFTHSM2_CONF", folder_.File("softhsm2.conf")}});
    if (result.exit_code != 0) throw std::runtime_error(result.err);
  }
  void CopyFrom(const Device& other) {
    for (const std::string name : {"tokens", "state"}) {
      fs::remove_all(folder_.File(name));
      fs::copy(other.folder_.File(name), folder_.File(name), fs::copy_options::recursive);
    }
    chmod(folder_.File("state").c_str(), 0700);
  }

  // What it is given to enroll with; once enrolled it does without.
  void TrustDeviceCa(const std::string& der) {
    WritePrivate("device-ca.pem", openssl::ToPem("CERTIFICATE", der));
  }

  // Makes the call; where the agent is killed meanwhile, starts it again (without another crash)
  // and returns nothing.
  template <typename Request, typename Response>
  std::optional<Response> Call(grpc::Status (DeviceAgent::Stub::*method)(grpc::ClientContext*,
                                                                         const Request&, Response*),
                               const Request& request) {
    if (agent_ == nullptr) Start();
    grpc::ClientContext context;
    rpc::SetDeadline(context, kCallTimeout);
    Response response;
    const grpc::Status status = (agent_->stub().*method)(&context, request, &response);
    if (status.ok()) return response;
    if (status.error_code() != grpc::StatusCode::UNAVAILABLE) {
      ADD_FAILURE() << "in " << Request::descriptor()->name();  // with the trace
      throw std::runtime_error("the agent does not go on: " + status.error_message());
    }
    ++crashes_;
    agent_.reset();
    crash_at_ = 0;
    return std::nullopt;
  }

  // Calls that the module counted, once the agent has ended in order.
  long CountCalls() {
    agent_->Stop();
    agent_.reset();
    return std::atol(testing::ReadFile(folder_.File("calls")).c_str());
  }
  int crashes() const { return crashes_; }

 private:
  void WritePrivate(const std::string& name, const std::string& content) {
    testing::WriteFile(folder_.File(name), content);
    chmod(folder_.File(name).c_str(), 0600);
  }
  void WriteConfig() {
    WritePrivate("softhsm2.conf", "directories.tokendir = " + folder_.File("tokens") +
                                      "\nobjectstore.backend = file\nlog.level = ERROR\n"
                                      "slots.removable = false\n");
  }
  void Start() {
    std::vector<std::string> arguments{"--token-label",   "device",
                                       "--pkcs11-module", std::getenv("SIGNET_CRASH_SHIM"),
                                       "--pin-file",      folder_.File("pin")};
    if (fs::exists(folder_.File("device-ca.pem"))) {
      arguments.insert(arguments.end(), {"--device-ca", folder_.File("device-ca.pem")});
    }
    auto agent = AgentProcess::Start(folder_.path(), arguments,
                                     {{"SOFTHSM2_CONF", folder_.File("softhsm2.conf")},
                                      {"SIGNET_CRASH_MODULE", testing::kSoftHsmPath},
                                      {"SIGNET_CRASH_AT", std::to_string(crash_at_)},
                                      {"SIGNET_CRASH_WHEN", crash_when_},
                                      {"SIGNET_CRASH_COUNT", folder_.File("calls")}});
    if (!agent.ok()) throw std::runtime_error(std::string(agent.status().message()));
    agent_ = *std::move(agent);
  }

  TempFolder folder_;
  std::string crash_when_;
  long crash_at_;
  int crashes_ = 0;
  std::unique_ptr<AgentProcess> agent_;
};

class CrashTest : public ::testing::Test {
 protected:
  static void SetUpTestSuite() {
    soft_token_ = testing::SoftToken::Create("server").value().release();
    session_ = soft_token_->LoggedIn().value().release();
  }
  static void TearDownTestSuite() {
    delete session_;
    delete soft_token_;
  }

  void SetUp() override {
    const auto key = openssl::P256PrivateKey::Generate().value();
    begin_.set_activation_code(FormatActivationCode(Secret("0123456789abcdef")));
    begin_.set_terminal_csr_der(openssl::BuildCsr("terminal", key->PublicKeyDer(), *key).value());
  }

  // As a terminal does it: on a crash, from the beginning.
  void Enroll(Device& device, SoftwareHost& host) {
    device.TrustDeviceCa(host.device_ca());
    while (true) {
      const auto begun = device.Call(&DeviceAgent::Stub::BeginEnrollment, begin_);
      if (!begun.has_value()) continue;
      device::v1::CompleteEnrollmentRequest complete;
      *complete.mutable_enrollment() = host.Enroll(begun->enrollment()).value();
      for (int attempt = 0; attempt < 2; ++attempt) {
        if (device.Call(&DeviceAgent::Stub::CompleteEnrollment, complete)) return;
      }
      FAIL() << "completed neither at once nor again";
    }
  }

  void LearnPayee(Device& device, SoftwareHost& host) {
    while (true) {
      device::v1::BeginQueryRequest begin;
      begin.mutable_query()->mutable_payee()->set_payee("coffee");
      const auto begun = device.Call(&DeviceAgent::Stub::BeginQuery, begin);
      if (!begun.has_value()) continue;
      device::v1::CompleteQueryRequest complete;
      complete.set_exchange_id(begun->exchange_id());
      *complete.mutable_answer() = host.Exchange(begun->message()).value();
      if (device.Call(&DeviceAgent::Stub::CompleteQuery, complete)) return;
    }
  }

  // One payment of 12.50, as a terminal does it: what is open is resumed, nothing is begun twice.
  void Pay(Device& device, SoftwareHost& host) {
    const size_t paid_before = host.paid();
    while (host.paid() == paid_before || IsOpen(device)) {
      if (!IsOpen(device)) {
        LearnPayee(device, host);
        device::v1::BeginPaymentRequest begin;
        begin.mutable_amount()->set_currency_code("EUR");
        begin.mutable_amount()->set_amount_minor(1250);
        begin.set_payee("coffee");
        if (!device.Call(&DeviceAgent::Stub::BeginPayment, begin)) continue;
      }
      Resume(device, host);
    }
  }

  std::optional<device::v1::OpenPayment> Open(Device& device) {
    while (true) {
      const auto open = device.Call(&DeviceAgent::Stub::DescribeOpenPayment,
                                    device::v1::DescribeOpenPaymentRequest());
      if (!open.has_value()) continue;
      if (!open->has_payment()) return std::nullopt;
      return open->payment();
    }
  }
  bool IsOpen(Device& device) { return Open(device).has_value(); }

  void Resume(Device& device, SoftwareHost& host) {
    const std::optional<device::v1::OpenPayment> open = Open(device);
    if (!open.has_value()) return;
    const sealing::v1::SealedMessage answer = host.Exchange(open->message()).value();
    if (open->confirmed()) {
      device::v1::CompletePaymentRequest complete;
      complete.set_payment_id(open->payment_id());
      *complete.mutable_answer() = answer;
      device.Call(&DeviceAgent::Stub::CompletePayment, complete);
    } else {
      device::v1::ConfirmPaymentRequest confirm;
      confirm.set_payment_id(open->payment_id());
      *confirm.mutable_answer() = answer;
      device.Call(&DeviceAgent::Stub::ConfirmPayment, confirm);
    }
  }

  static testing::SoftToken* soft_token_;
  static pkcs11::Session* session_;
  device::v1::BeginEnrollmentRequest begin_;
};

testing::SoftToken* CrashTest::soft_token_ = nullptr;
pkcs11::Session* CrashTest::session_ = nullptr;

TEST_F(CrashTest, APaymentIsMadeOnceWhereverItIsInterrupted) {
  SoftwareHost enrolling(*session_);
  Device original;
  original.Init();
  Enroll(original, enrolling);
  original.CountCalls();  // ends the agent
  const SoftwareHost::Checkpoint enrolled = enrolling.Save();

  long calls = 0;
  {
    Device device;
    device.CopyFrom(original);
    SoftwareHost host(*session_, enrolled);
    // Twice, so that registers with children are spent too.
    for (int i = 0; i < 2; ++i) Pay(device, host);
    calls = device.CountCalls();
  }
  ASSERT_GT(calls, 30);
  for (const std::string when : {"before", "after"}) {
    for (long at = 1; at <= calls; ++at) {
      SCOPED_TRACE(when + " call " + std::to_string(at) + " of " + std::to_string(calls));
      Device device(when, at);
      device.CopyFrom(original);
      SoftwareHost host(*session_, enrolled);
      for (int i = 0; i < 2; ++i) Pay(device, host);
      EXPECT_EQ(device.crashes(), 1);
      EXPECT_EQ(host.paid(), 2U);
    }
  }
}

TEST_F(CrashTest, AnEnrollmentIsFinishedWhereverItIsInterrupted) {
  Device blank;
  blank.Init();
  long calls = 0;
  {
    Device device;
    device.CopyFrom(blank);
    SoftwareHost host(*session_);
    Enroll(device, host);
    calls = device.CountCalls();
  }
  ASSERT_GT(calls, 40);
  // The 32 registers are alike: every seventh of them will do.
  for (long at = 1; at <= calls; at += at > 8 && at < calls - 12 ? 7 : 1) {
    for (const std::string when : {"before", "after"}) {
      SCOPED_TRACE(when + " call " + std::to_string(at) + " of " + std::to_string(calls));
      Device device(when, at);
      device.CopyFrom(blank);
      SoftwareHost host(*session_);
      Enroll(device, host);
      EXPECT_EQ(device.crashes(), 1);
      Pay(device, host);
      EXPECT_EQ(host.paid(), 1U);
    }
  }
}

}  // namespace
}  // namespace signet::hsm_agent
