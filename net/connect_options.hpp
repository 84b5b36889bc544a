#pragma once
#include <gyre/net/address.hpp>
#include <gyre/runtime/loop/loop_options.hpp>

#include <chrono>
#include <optional>

namespace gyre::net {

class resolver;

struct connect_options {
    connect_options() {}  // not an aggregate: g++ 12 destroys aggregate temporaries in co_await expressions twice

    duration timeout = duration::zero();          // of all: the name and every attempt; 0: the kernel's, about two minutes an address
    duration attempt_timeout = duration::zero();  // of each address; 0: none but the above
    // How long an attempt may be silent before the next address is tried beside it. RFC 8305, section 5.
    duration attempt_delay = std::chrono::milliseconds(250);
    net::family family = net::family::any;  // ipv4 or ipv6: only such addresses
    bool no_delay = true;                   // see stream::set_no_delay
    std::optional<address> local;           // bind to it first
    net::resolver* resolver = nullptr;      // who resolves names; null: the loop's own. It outlives the call.
};

}  // namespace gyre::net
