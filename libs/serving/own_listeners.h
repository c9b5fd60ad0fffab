// The sockets on which this process listens, and whether one of them is still served.
#pragma once

#include <sys/socket.h>

#include <chrono>
#include <string>
#include <vector>

namespace signet::serving {

struct Listener {
  std::string name;  // "127.0.0.1:7443", "[::1]:7443", "unix:/path"
  sockaddr_storage address{};
  socklen_t size = 0;
};

// Of IPv4, IPv6 and Unix sockets, in the order of their descriptors.
std::vector<Listener> OwnListeners();
// Those that are not among the earlier ones.
std::vector<Listener> ListenersSince(const std::vector<Listener>& earlier);

enum class ListenerAnswer {
  kAnswered,   // somebody accepted a connection and wrote or hung up
  kSilent,     // refused, or nothing within the time
  kCannotAsk,  // this process lacks a descriptor, memory or a port to ask from: says nothing of it
};

// Connects, sends nothing and hangs up its own side. That the connection is made proves nothing:
// the kernel makes it for a listener that nobody reads, too. A server hangs up in return, or
// greets.
ListenerAnswer AskListener(const Listener& listener, std::chrono::milliseconds time);

}  // namespace signet::serving
