// The PIN's two sources, against a real file system and real (if scripted) pinentry programs.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <atomic>
#include <chrono>
#include <fstream>
#include <sstream>
#include <string>

#include "hsm_agent/agent_folder.h"
#include "hsm_agent/pin/pin_file.h"
#include "hsm_agent/pin/pinentry.h"
#include "tests/unit/hsm_agent/temp_folder.h"

namespace signet::hsm_agent {
namespace {

using ::testing::HasSubstr;

class PinSourceTest : public ::testing::Test {
 protected:
  std::string Write(const std::string& name, const std::string& content, mode_t mode) {
    const std::string path = folder_.File(name);
    std::ofstream(path) << content;
    chmod(path.c_str(), mode);
    return path;
  }
  // A pinentry whose GETPIN does what the shell text says; its input is kept in the file "heard".
  absl::StatusOr<Secret> Ask(const std::string& on_getpin,
                             const PinPrompt& prompt = {"Pay", "", 5, nullptr},
                             std::chrono::milliseconds timeout = std::chrono::seconds(20)) {
    const std::string program =
        Write("pinentry",
              "#!/bin/sh\necho 'OK ready'\nwhile read -r line; do\n"
              "printf '%s\\n' \"$line\" >> '" +
                  folder_.File("heard") + "'\ncase $line in\nGETPIN)\n" + on_getpin +
                  "\n;;\nBYE) echo OK; exit 0;;\n*) echo OK;;\nesac\ndone\n",
              0700);
    PinentryOptions options;
    options.program = program;
    options.tty_name = "/dev/pts/7";
    options.tty_type = "xterm";
    options.lc_ctype = "C.UTF-8";
    options.timeout = timeout;
    return Pinentry(options).Ask(prompt);
  }
  std::string Heard() {
    std::ifstream file(folder_.File("heard"));
    std::ostringstream text;
    text << file.rdbuf();
    return text.str();
  }

  TempFolder folder_;
};

TEST_F(PinSourceTest, APinFileIsForItsOwnerOnly) {
  EXPECT_EQ(PinFile(Write("pin", "135790\n", 0600)).Ask({})->reveal(), "135790");
  EXPECT_EQ(ReadPinFile(Write("crlf", "135790\r\n", 0400))->reveal(), "135790");
  for (const mode_t mode : {0640, 0604, 0620, 0610, 0666}) {
    const absl::StatusOr<Secret> pin = ReadPinFile(Write("open", "1357", mode));
    EXPECT_EQ(pin.status().code(), absl::StatusCode::kPermissionDenied) << std::oct << mode;
    EXPECT_THAT(std::string(pin.status().message()), HasSubstr("chmod 600"));
  }
}

TEST_F(PinSourceTest, AWrongPinOfAFileIsNotGivenAgain) {
  PinFile file(Write("pin", "0000\n", 0600));
  EXPECT_TRUE(file.Ask({}).ok());
  file.Refused(Secret("0000"));
  Write("pin", "0000", 0600);
  const absl::StatusOr<Secret> again = file.Ask({});
  EXPECT_EQ(again.status().code(), absl::StatusCode::kUnauthenticated);
  EXPECT_THAT(std::string(again.status().message()),
              HasSubstr("correct --pin-file " + folder_.File("pin")));
  Write("pin", "135790\n", 0600);
  EXPECT_EQ(file.Ask({})->reveal(), "135790");
}

TEST_F(PinSourceTest, APinFileHoldsOneShortLine) {
  EXPECT_FALSE(ReadPinFile(folder_.File("missing")).ok());
  EXPECT_FALSE(ReadPinFile(folder_.path()).ok());
  EXPECT_FALSE(ReadPinFile(Write("empty", "", 0600)).ok());
  EXPECT_FALSE(ReadPinFile(Write("blank", "\n", 0600)).ok());
  EXPECT_FALSE(ReadPinFile(Write("two", "12\n34\n", 0600)).ok());
  EXPECT_TRUE(ReadPinFile(Write("longest", std::string(64, '1') + "\r\n", 0600)).ok());
  EXPECT_FALSE(ReadPinFile(Write("long", std::string(65, '1'), 0600)).ok());
  EXPECT_FALSE(ReadPinFile(Write("huge", std::string(5000, '1'), 0600)).ok());
}

TEST_F(PinSourceTest, PinentryIsToldWhatIsPaidAndGivesThePin) {
  const absl::StatusOr<Secret> pin =
      Ask("echo 'S status'; printf 'D 12%%25\\nD 34\\nOK\\n'",
          {"Pay 12.50 EUR\nto 100% Coffee", "Wrong PIN", 3, nullptr});
  ASSERT_TRUE(pin.ok()) << pin.status();
  EXPECT_EQ(pin->reveal(), "12%34");
  EXPECT_THAT(Heard(), HasSubstr("OPTION ttyname=/dev/pts/7\nOPTION ttytype=xterm\n"
                                 "OPTION lc-ctype=C.UTF-8\nSETTITLE Signet\n"));
  EXPECT_THAT(Heard(),
              HasSubstr("SETDESC Pay 12.50 EUR%0ato 100%25 Coffee%0a%0a"
                        "PIN tries left: 3\nSETPROMPT PIN:\nSETERROR Wrong PIN\nGETPIN\n"));
}

TEST_F(PinSourceTest, ARefusalIsCancelled) {
  EXPECT_EQ(Ask("echo 'ERR 83886179 Operation cancelled <Pinentry>'").status().code(),
            absl::StatusCode::kCancelled);
  EXPECT_EQ(Ask("echo OK").status().code(), absl::StatusCode::kCancelled) << "nothing typed";
  EXPECT_EQ(Ask("echo 'ERR 83886142 Timeout'").status().code(), absl::StatusCode::kCancelled);
}

TEST_F(PinSourceTest, AHostilePinentryIsRefused) {
  EXPECT_EQ(Ask("printf 'D '; head -c 65 /dev/zero | tr '\\0' 1; echo; echo OK").status().code(),
            absl::StatusCode::kInvalidArgument);
  EXPECT_TRUE(Ask("printf 'D '; head -c 64 /dev/zero | tr '\\0' 1; echo; echo OK").ok());
  EXPECT_EQ(Ask("while :; do echo 'D 1'; done").status().code(),
            absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(Ask("head -c 100000 /dev/zero | tr '\\0' x").status().code(),
            absl::StatusCode::kInternal);
  EXPECT_EQ(Ask("echo 'INQUIRE QUALITY 1'").status().code(), absl::StatusCode::kInternal);
  EXPECT_EQ(Ask("exit 1").status().code(), absl::StatusCode::kInternal);
  EXPECT_EQ(Ask("echo 'ERR 83886180 No pinentry'").status().code(), absl::StatusCode::kInternal);
}

TEST_F(PinSourceTest, ASilentPinentryIsEnded) {
  EXPECT_EQ(Ask("exec tail -f /dev/null", {"Pay", "", 5, nullptr}, std::chrono::milliseconds(300))
                .status()
                .code(),
            absl::StatusCode::kCancelled);
}

TEST_F(PinSourceTest, ItIsNotAskedForACallerWhoLeft) {
  std::atomic<int> asked{0};
  const absl::StatusOr<Secret> pin =
      Ask("exec tail -f /dev/null", {"Pay", "", 5, [&asked] { return ++asked > 12; }});
  EXPECT_EQ(pin.status().code(), absl::StatusCode::kCancelled);
}

TEST_F(PinSourceTest, AMissingPinentryIsNamedWithTheRemedy) {
  PinentryOptions options;
  options.program = folder_.File("nowhere");
  const absl::StatusOr<Secret> pin = Pinentry(options).Ask({"Pay", "", 5, nullptr});
  EXPECT_EQ(pin.status().code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_THAT(std::string(pin.status().message()), HasSubstr("--pinentry"));
}

TEST_F(PinSourceTest, OneAgentAFolder) {
  const absl::StatusOr<FolderLock> first = LockAgentFolder(folder_.path());
  ASSERT_TRUE(first.ok());
  const absl::StatusOr<FolderLock> second = LockAgentFolder(folder_.path());
  EXPECT_EQ(second.status().code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_THAT(std::string(second.status().message()), HasSubstr("another signet-agent"));
}

}  // namespace
}  // namespace signet::hsm_agent
