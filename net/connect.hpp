#pragma once
#include <gyre/net/address.hpp>
#include <gyre/net/connect_options.hpp>
#include <gyre/net/error.hpp>
#include <gyre/net/stream.hpp>
#include <gyre/runtime/coroutine/task.hpp>

#include <cstdint>
#include <string>
#include <vector>

namespace gyre::net {

// Connects to a host by TCP. A name is resolved first; of several addresses the first that answers wins, IPv6 and IPv4 by
// turns. `host`: a name or an IP address.
// Cancel: every attempt is stopped and its socket closed before cancelled_error is thrown; lossless, a connection that came first is
// delivered and the request stays pending.
// Thread: a loop's. Throws: resolve_error; connect_error, which names each address that was tried and why it failed;
// timeout_error when options.timeout has passed. Source: RFC 8305.
task<stream> connect(std::string host, std::uint16_t port, connect_options options = connect_options());
// To one address, Unix sockets too.
task<stream> connect(address to, connect_options options = connect_options());
// To the first of the addresses that answers. `target` names them in errors.
task<stream> connect(std::vector<address> to, std::string target, connect_options options = connect_options());

// Connects to a Unix socket: a path, or "@name" for Linux's abstract namespace.
// Cancel, Thread: as connect(). Throws: as connect(); std::invalid_argument for a path that is no address, see address::local().
task<stream> connect_unix(std::string path, connect_options options = connect_options());

}  // namespace gyre::net
