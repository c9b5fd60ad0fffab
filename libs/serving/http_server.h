// A small HTTP/1.1 server for a handful of pages, in plain text: GET and HEAD, one request a
// connection. Whoever connects and does not finish in time is hung up on, and where too many are
// connected, those who have been longest without a whole request make room: nobody can keep others
// out.
#pragma once

#include <chrono>
#include <functional>
#include <map>
#include <memory>
#include <string>

#include "absl/status/statusor.h"

namespace signet::serving {

struct HttpAnswer {
  unsigned status = 200;
  std::string body;
  const char* content_type = "text/plain; charset=utf-8";
};

struct HttpPage {
  std::function<HttpAnswer()> make;
  // Made on a thread that all such pages share; the others are never behind it.
  bool may_wait = false;
};

struct HttpLimits {
  size_t connections = 128;
  // For a request's header to be there, and again for its answer to be taken.
  std::chrono::milliseconds time{5'000};
};

class HttpServer {
 public:
  // address: HOST:PORT. "[::]" takes IPv4 as well; a name's every address is listened on. Port 0
  // takes any. pages: by path. INVALID_ARGUMENT or UNAVAILABLE, with the system's reason.
  static absl::StatusOr<std::unique_ptr<HttpServer>> Start(const std::string& address,
                                                           std::map<std::string, HttpPage> pages,
                                                           HttpLimits limits = {});
  virtual ~HttpServer() = default;          // waits for the page that is being made
  virtual std::string address() const = 0;  // with the port that was taken
};

}  // namespace signet::serving
