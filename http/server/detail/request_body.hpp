#pragma once

#include <gyre/http/message/body_decoder.hpp>
#include <gyre/http/message/head.hpp>
#include <gyre/runtime/coroutine/task.hpp>
#include <gyre/runtime/loop/loop_options.hpp>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace gyre::http::detail {

class server_connection;

// The body of the request that a connection is at.
class request_body {
public:
    request_body(server_connection& from, const request_head& head);
    request_body(const request_body&) = delete;
    request_body& operator=(const request_body&) = delete;

    // The next run of data, valid until the next call; nothing at the end.
    task<std::optional<std::string_view>> next();
    task<std::string> text();

    void set_limit(std::uint64_t bytes) noexcept { limit_ = bytes; }

    // Everything has been read.
    bool done() const noexcept { return decoder_.done(); }
    // What follows on the connection cannot be told apart from the body any more.
    bool lost() const noexcept { return lost_; }
    // The connection itself broke.
    bool broken() const noexcept { return broken_; }
    // The client waits for "100 Continue" and did not get it.
    bool client_waits() const noexcept { return client_waits_; }

    // Whether reading the rest is cheap enough to keep the connection for the next request.
    bool worth_draining() const noexcept;
    // Reads the rest, within the limit for that. False when the connection has to be closed.
    task<bool> drain();

private:
    task<> fill();
    std::string_view decode();
    // How long the client may be silent now.
    duration patience() const;
    [[noreturn]] void refuse_length();

    server_connection& connection_;
    body_decoder decoder_;
    body_framing framing_;
    std::uint64_t limit_;
    duration waited_{};  // for bytes of it, in all
    bool client_waits_;
    bool lost_ = false;
    bool broken_ = false;
};

}  // namespace gyre::http::detail
