// A server's end and a client's end of one TCP connection over loopback.
#pragma once
#include <gyre/net/net.hpp>
#include <utility>

#include "support/error_of.hpp"
#include "support/test.hpp"

namespace gyre::test {

struct tcp_pair {
    tcp_pair(net::stream a, net::stream b) : client(std::move(a)), server(std::move(b)) {}
    net::stream client;
    net::stream server;
};

inline task<tcp_pair> make_tcp_pair() {
    net::listener listening = net::listen("127.0.0.1", 0);
    net::stream client = co_await net::connect("127.0.0.1", listening.local_address().port());
    net::stream server = co_await listening.accept();
    co_await listening.close();
    co_return tcp_pair(std::move(client), std::move(server));
}

// Waits until no more than so many descriptors are open: a close that nobody waits for takes a turn of the loop. Gives how many are.
inline task<std::size_t> descriptors_down_to(std::size_t expected) {
    for (int tries = 0; tries < 1000 && open_file_descriptor_count() > expected; ++tries) co_await sleep(std::chrono::milliseconds(1));
    co_return open_file_descriptor_count();
}

}  // namespace gyre::test
