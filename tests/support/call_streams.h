// Call streams, one call at a time.
#pragma once

#include <chrono>
#include <future>
#include <utility>

#include "libs/rpc/call_stream/call_stream_client.h"

namespace signet::testing {

template <typename Response>
struct StreamedAnswer {
  grpc::Status status;
  Response response;
};

// Makes one call and waits for its end.
template <typename Batch, typename Answers>
StreamedAnswer<rpc::ResponseOf<Answers>> CallAndWait(
    rpc::CallStreamClient<Batch, Answers>& client, rpc::RequestOf<Batch> request,
    std::chrono::milliseconds timeout = std::chrono::seconds(20)) {
  using Answer = StreamedAnswer<rpc::ResponseOf<Answers>>;
  std::promise<Answer> promise;
  client.Call(std::move(request), timeout,
              [&promise](const grpc::Status& status, rpc::ResponseOf<Answers>& response) {
                promise.set_value({status, std::move(response)});
              });
  return promise.get_future().get();
}

}  // namespace signet::testing
