#include "libs/serving/admin_server.h"

#include <netdb.h>
#include <sys/socket.h>
#include <unistd.h>

#include <chrono>
#include <exception>
#include <future>
#include <utility>
#include <vector>

#include "CivetServer.h"

namespace signet::serving {
namespace {

constexpr int kOk = 200;
constexpr int kMethodNotAllowed = 405;
constexpr int kServiceUnavailable = 503;
constexpr std::chrono::milliseconds kWakeInterval{5};

struct Answer {
  int status = kOk;
  std::string body;
  const char* content_type = "text/plain; charset=utf-8";
};

const char* ReasonPhrase(int status) {
  switch (status) {
    case kOk:
      return "OK";
    case kMethodNotAllowed:
      return "Method Not Allowed";
    default:
      return "Service Unavailable";
  }
}

// GET and HEAD of one path; every other method is refused.
class Page final : public CivetHandler {
 public:
  explicit Page(std::function<Answer()> make) : make_(std::move(make)) {}

  bool handleGet(CivetServer* /*server*/, mg_connection* connection) override {
    Send(connection, make_(), /*with_body=*/true);
    return true;
  }
  bool handleHead(CivetServer* /*server*/, mg_connection* connection) override {
    Send(connection, make_(), /*with_body=*/false);
    return true;
  }
  bool handlePost(CivetServer* /*server*/, mg_connection* connection) override {
    return Refuse(connection);
  }
  bool handlePut(CivetServer* /*server*/, mg_connection* connection) override {
    return Refuse(connection);
  }
  bool handleDelete(CivetServer* /*server*/, mg_connection* connection) override {
    return Refuse(connection);
  }
  bool handleOptions(CivetServer* /*server*/, mg_connection* connection) override {
    return Refuse(connection);
  }
  bool handlePatch(CivetServer* /*server*/, mg_connection* connection) override {
    return Refuse(connection);
  }

 private:
  static bool Refuse(mg_connection* connection) {
    Send(connection, {kMethodNotAllowed, "only GET\n"}, /*with_body=*/true);
    return true;
  }
  static void Send(mg_connection* connection, const Answer& answer, bool with_body) {
    mg_printf(connection,
              "HTTP/1.1 %d %s\r\nContent-Type: %s\r\nContent-Length: %zu\r\n"
              "Cache-Control: no-store\r\nConnection: close\r\n\r\n",
              answer.status, ReasonPhrase(answer.status), answer.content_type, answer.body.size());
    if (with_body) mg_write(connection, answer.body.data(), answer.body.size());
  }

  const std::function<Answer()> make_;
};

Answer Readiness(const std::function<absl::Status()>& ready) {
  const absl::Status status = ready();
  if (status.ok()) return {kOk, "ready\n"};
  return {kServiceUnavailable, std::string(status.message()) + "\n"};
}

// Connects to the address and hangs up.
void Touch(const std::string& address) {
  const size_t colon = address.rfind(':');
  addrinfo hints{};
  hints.ai_socktype = SOCK_STREAM;
  hints.ai_flags = AI_NUMERICHOST | AI_NUMERICSERV;
  addrinfo* found = nullptr;
  if (getaddrinfo(address.substr(0, colon).c_str(), address.substr(colon + 1).c_str(), &hints,
                  &found) != 0) {
    return;
  }
  const int fd = socket(found->ai_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  if (fd >= 0) {
    // Whether it is accepted is for the poll in Civetweb to see, not for us.
    (void)connect(fd, found->ai_addr, found->ai_addrlen);
    close(fd);
  }
  freeaddrinfo(found);
}

class CivetAdminServer final : public AdminServer {
 public:
  CivetAdminServer(const std::string& address, const Metrics& metrics,
                   std::function<absl::Status()> ready)
      : metrics_page_([&metrics] {
          return Answer{kOk, metrics.Serialize(), "text/plain; version=0.0.4; charset=utf-8"};
        }),
        live_page_([] {
          return Answer{kOk, "live\n"};
        }),
        ready_page_([ready = std::move(ready)] { return Readiness(ready); }),
        server_(std::vector<std::string>{"listening_ports", address, "num_threads", "4",
                                         "request_timeout_ms", "5000", "max_request_size", "4096",
                                         "enable_keep_alive", "no", "tcp_nodelay", "1"}) {
    server_.addHandler("/metrics$", metrics_page_);
    server_.addHandler("/livez$", live_page_);
    server_.addHandler("/readyz$", ready_page_);
    const std::vector<int> ports = server_.getListeningPorts();
    const std::string host = address.substr(0, address.rfind(':'));
    address_ = host + ":" + std::to_string(ports.empty() ? 0 : ports.front());
  }

  // Civetweb's listening thread looks whether it is to stop when a connection arrives or two
  // seconds have passed, and no option shortens that: a connection of our own lets it look at once.
  ~CivetAdminServer() override {
    std::future<void> stopped = std::async(std::launch::async, [this] { server_.close(); });
    while (stopped.wait_for(kWakeInterval) != std::future_status::ready) Touch(address_);
  }

  std::string address() const override { return address_; }

 private:
  Page metrics_page_;
  Page live_page_;
  Page ready_page_;
  CivetServer server_;
  std::string address_;
};

}  // namespace

absl::StatusOr<std::unique_ptr<AdminServer>> AdminServer::Start(
    const std::string& address, const Metrics& metrics, std::function<absl::Status()> ready) {
  if (address.rfind(':') == std::string::npos) {
    return absl::InvalidArgumentError("admin address \"" + address +
                                      "\" is not HOST:PORT; write for example 127.0.0.1:9090");
  }
  try {
    return std::make_unique<CivetAdminServer>(address, metrics, std::move(ready));
  } catch (const std::exception& error) {
    return absl::UnavailableError("cannot listen on " + address +
                                  " for the admin port (is the port taken?): " + error.what() +
                                  "; choose another with --admin-listen");
  }
}

}  // namespace signet::serving
