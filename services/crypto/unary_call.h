// One request under way: the state object that both calls of this service are made from. It is
// created for the request, goes from step to step (each step ends by starting the next one or by
// Reply, exactly once), and deletes itself when gRPC is done with it.
#pragma once

#include <chrono>
#include <memory>
#include <string>

#include "grpcpp/client_context.h"
#include "grpcpp/server_context.h"
#include "grpcpp/support/server_callback.h"
#include "libs/serving/executor.h"
#include "services/crypto/hsm/hsm_threads.h"

namespace signet::crypto {

// What all calls of one kind share; the HSM's threads are those of both kinds. All of it outlives
// the server.
struct CallShared {
  HsmThreads& threads;
  serving::Admission& admission;  // bounds what is under way
  std::chrono::milliseconds platform_timeout;
};

grpc::Status Overloaded();

class UnaryCall : public grpc::ServerUnaryReactor {
 protected:
  UnaryCall(grpc::CallbackServerContext& context, CallShared& shared);

  // False where too much is under way: the call has been answered then.
  [[nodiscard]] bool Enter();
  // Runs a step on a thread of the HSM; answers RESOURCE_EXHAUSTED where its queue is full.
  void RunNew(serving::Executor::Task step);
  void RunAdmitted(serving::Executor::Task step);
  // Nobody waits for the answer any more. May be asked on any thread.
  bool Abandoned() const { return context_.IsCancelled(); }
  // A context for the next call to the platform: bounded in time, cancelled with this call.
  grpc::ClientContext* NextPlatformCall();
  // Ends the call. Nothing of this object may be touched after it.
  void Reply(const grpc::Status& status);

 private:
  // The step's lines in the log carry the call's trace.
  serving::Executor::Task Traced(serving::Executor::Task step);
  void OnDone() override { delete this; }

  grpc::CallbackServerContext& context_;
  CallShared& shared_;
  const std::string traceparent_;
  bool entered_ = false;
  std::unique_ptr<grpc::ClientContext> platform_call_;
};

}  // namespace signet::crypto
