// What tests of the client share: servers that answer by a script, and short ways to ask them.
#pragma once
#include <gyre/http/http.hpp>
#include <gyre/runtime/runtime.hpp>
#include <gyre/runtime/sync/event.hpp>
#include <gyre/runtime/sync/semaphore.hpp>

#include <chrono>
#include <string>
#include <vector>

#include "http/scripted_server.hpp"
#include "support/error_of.hpp"
#include "support/test.hpp"
#include "support/until.hpp"

namespace gyre::test {

inline task<std::string> fetch(http::client& client, std::string url) {
    auto response = co_await client.get(url);
    co_return co_await response.text();
}

// The path that a request asks for, without its '/'.
inline std::string path_of(const std::string& request) {
    const std::size_t begin = request.find('/') + 1;
    return request.substr(begin, request.find(' ', begin) - begin);
}

// Answers one request with these bytes, and closes.
inline scripted_server::script answer_once_with(std::string bytes) {
    return [bytes = std::move(bytes)](scripted_peer& peer) -> task<> {
        const std::string request = co_await peer.request();
        co_await peer.send(bytes);
    };
}

}  // namespace gyre::test
