#include "libs/serving/http_server.h"

#include <cstddef>
#include <cstdint>
#include <list>
#include <optional>
#include <thread>
#include <utility>

#include "boost/asio/io_context.hpp"
#include "boost/asio/ip/tcp.hpp"
#include "boost/asio/ip/v6_only.hpp"
#include "boost/asio/post.hpp"
#include "boost/asio/steady_timer.hpp"
#include "boost/asio/thread_pool.hpp"
#include "boost/beast/core.hpp"
#include "boost/beast/http.hpp"
#include "libs/base/status.h"
#include "libs/program/host_and_port.h"

namespace signet::serving {
namespace {

namespace net = boost::asio;
namespace http = boost::beast::http;
using boost::beast::error_code;
using net::ip::tcp;

constexpr uint32_t kMaxHeaderBytes = 4096;
// After a failed accept, for want of descriptors above all.
constexpr std::chrono::milliseconds kAcceptPause{100};

// Of the pages that may wait, at one time.
constexpr size_t kMaxWaitingPages = 16;

class Session;
// Those that wait for their peers, the longest first. A session takes itself out.
using WaitingSessions = std::list<Session*>;

// The sessions end with `io`, so what they use stands before it.
struct Shared {
  std::map<std::string, HttpPage> pages;
  HttpLimits limits;
  size_t connections = 0;
  size_t waiting_pages = 0;
  WaitingSessions waiting;
  net::io_context io{1};
  net::thread_pool page_maker{1};
};

// One connection. Its handlers keep it alive and run on the server's thread.
class Session : public std::enable_shared_from_this<Session> {
 public:
  Session(tcp::socket socket, Shared& shared) : shared_(shared), stream_(std::move(socket)) {
    ++shared_.connections;
    parser_.header_limit(kMaxHeaderBytes);
  }
  ~Session() {
    --shared_.connections;
    EndWait();
  }
  Session(const Session&) = delete;
  Session& operator=(const Session&) = delete;

  void Start() {
    WaitForPeer();
    http::async_read_header(
        stream_, buffer_, parser_,
        [self = shared_from_this()](error_code error, size_t /*bytes*/) { self->OnHeader(error); });
  }
  void HangUp() {
    EndWait();
    stream_.close();
  }

 private:
  void WaitForPeer() {
    stream_.expires_after(shared_.limits.time);
    place_ = shared_.waiting.insert(shared_.waiting.end(), this);
  }
  void EndWait() {
    if (place_.has_value()) shared_.waiting.erase(*place_);
    place_.reset();
  }

  void OnHeader(error_code error) {
    EndWait();
    const bool is_malformed = error.category() == make_error_code(http::error{}).category() &&
                              error != http::error::end_of_stream &&
                              error != http::error::partial_message;
    if (is_malformed) return Send({400, "not a request that is understood here\n"});
    if (error) return;
    const auto method = parser_.get().method();
    if (method != http::verb::get && method != http::verb::head) return Send({405, "only GET\n"});
    const std::string target(parser_.get().target());
    const auto page = shared_.pages.find(target.substr(0, target.find('?')));
    if (page == shared_.pages.end()) return Send({404, "there is no such page\n"});
    if (!page->second.may_wait) return Send(page->second.make());
    SendLater(page->second);
  }

  void SendLater(const HttpPage& page) {
    if (shared_.waiting_pages >= kMaxWaitingPages) return Send({503, "too many ask at once\n"});
    ++shared_.waiting_pages;
    net::post(shared_.page_maker, [self = shared_from_this(), &page] {
      net::post(self->shared_.io, [self, answer = page.make()] {
        --self->shared_.waiting_pages;
        self->Send(answer);
      });
    });
  }

  void Send(const HttpAnswer& answer) {
    answer_.version(11);
    answer_.result(answer.status);
    answer_.set(http::field::content_type, answer.content_type);
    answer_.set(http::field::cache_control, "no-store");
    answer_.set(http::field::connection, "close");
    answer_.content_length(answer.body.size());
    if (parser_.get().method() != http::verb::head) answer_.body() = answer.body;
    WaitForPeer();
    http::async_write(stream_, answer_,
                      [self = shared_from_this()](error_code /*error*/, size_t /*bytes*/) {
                        self->EndWait();
                        error_code ignored;
                        self->stream_.socket().shutdown(tcp::socket::shutdown_send, ignored);
                      });
  }

  Shared& shared_;
  std::optional<WaitingSessions::iterator> place_;
  boost::beast::tcp_stream stream_;
  boost::beast::flat_buffer buffer_;
  http::request_parser<http::empty_body> parser_;
  http::response<http::string_body> answer_;
};

// One listening socket.
class Acceptor {
 public:
  Acceptor(Shared& shared, tcp::acceptor acceptor)
      : shared_(shared), acceptor_(std::move(acceptor)), pause_(shared.io) {}

  uint16_t port() const { return acceptor_.local_endpoint().port(); }
  void Accept() {
    acceptor_.async_accept([this](error_code error, tcp::socket socket) {
      if (error == net::error::operation_aborted) return;
      if (error) return AcceptLater();
      if (shared_.connections >= shared_.limits.connections) MakeRoom();
      std::make_shared<Session>(std::move(socket), shared_)->Start();
      Accept();
    });
  }

 private:
  void AcceptLater() {
    pause_.expires_after(kAcceptPause);
    pause_.async_wait([this](error_code error) {
      if (!error) Accept();
    });
  }
  void MakeRoom() {
    if (!shared_.waiting.empty()) shared_.waiting.front()->HangUp();
  }

  Shared& shared_;
  tcp::acceptor acceptor_;
  net::steady_timer pause_;
};

absl::Status CannotListen(const std::string& address, const error_code& error) {
  return absl::UnavailableError("cannot listen on " + address + ": " + error.message());
}

// A machine without IPv6 still has the IPv4 half of [::].
tcp::endpoint OrIpv4(tcp::endpoint endpoint) {
  if (!endpoint.address().is_v6() || !endpoint.address().is_unspecified()) return endpoint;
  net::io_context io;
  tcp::socket socket(io);
  error_code error;
  socket.open(tcp::v6(), error);
  return error ? tcp::endpoint(tcp::v4(), endpoint.port()) : endpoint;
}

error_code Listen(tcp::acceptor& acceptor, const tcp::endpoint& endpoint) {
  error_code error;
  acceptor.open(endpoint.protocol(), error);
  if (error) return error;
  acceptor.set_option(net::socket_base::reuse_address(true), error);
  if (!error && endpoint.address().is_v6()) {
    acceptor.set_option(net::ip::v6_only(!endpoint.address().is_unspecified()), error);
  }
  if (!error) acceptor.bind(endpoint, error);
  if (!error) acceptor.listen(net::socket_base::max_listen_connections, error);
  return error;
}

class BeastHttpServer final : public HttpServer {
 public:
  BeastHttpServer(std::map<std::string, HttpPage> pages, HttpLimits limits) {
    shared_.pages = std::move(pages);
    shared_.limits = limits;
  }
  ~BeastHttpServer() override {
    shared_.io.stop();
    if (thread_.joinable()) thread_.join();
    shared_.page_maker.join();
  }

  absl::Status Listen(const std::string& address) {
    const std::optional<HostAndPort> split = SplitHostAndPort(address);
    if (!split.has_value()) {
      return absl::InvalidArgumentError("\"" + address +
                                        "\" is not HOST:PORT; write for example 127.0.0.1:9464");
    }
    error_code error;
    const auto found = tcp::resolver(shared_.io)
                           .resolve(split->host, split->port,
                                    tcp::resolver::passive | tcp::resolver::numeric_service, error);
    if (error) return CannotListen(address, error);
    for (const auto& entry : found) {
      tcp::endpoint endpoint = OrIpv4(entry.endpoint());
      if (!acceptors_.empty()) endpoint.port(acceptors_.front().port());
      tcp::acceptor acceptor(shared_.io);
      error = serving::Listen(acceptor, endpoint);
      if (error) return CannotListen(address, error);
      acceptors_.emplace_back(shared_, std::move(acceptor));
    }
    address_ =
        address.substr(0, address.rfind(':') + 1) + std::to_string(acceptors_.front().port());
    return absl::OkStatus();
  }
  void Run() {
    for (Acceptor& acceptor : acceptors_) acceptor.Accept();
    thread_ = std::thread([this] { shared_.io.run(); });
  }
  std::string address() const override { return address_; }

 private:
  Shared shared_;
  std::list<Acceptor> acceptors_;
  std::string address_;
  std::thread thread_;
};

}  // namespace

absl::StatusOr<std::unique_ptr<HttpServer>> HttpServer::Start(const std::string& address,
                                                              std::map<std::string, HttpPage> pages,
                                                              HttpLimits limits) {
  auto server = std::make_unique<BeastHttpServer>(std::move(pages), limits);
  SIGNET_RETURN_IF_ERROR(server->Listen(address));
  server->Run();
  return server;
}

}  // namespace signet::serving
