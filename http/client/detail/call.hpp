#pragma once
#include <gyre/http/client/detail/exchange.hpp>
#include <gyre/http/client/detail/pool.hpp>
#include <gyre/http/headers/headers.hpp>
#include <gyre/http/message/head.hpp>
#include <gyre/http/url/url.hpp>
#include <gyre/runtime/coroutine/frame_allocator.hpp>
#include <gyre/runtime/loop/loop_options.hpp>

#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace gyre::http::detail {

// All that belongs to one request, from the builder to the response: made once, and handed on by pointer.
class call : public core::frame_allocated {
public:
    call(core_ref<pool> of, std::string_view verb) : method(verb), from(std::move(of)) {}
    call(const call&) = delete;
    call& operator=(const call&) = delete;
    ~call() { drop_exchange(); }

    request_facts facts() const {
        peer_text_ = on ? on->peer() : target ? std::string(target->host_and_port()) : std::string();
        return {method, target ? &*target : nullptr, peer_text_, attempt, false};
    }
    [[noreturn]] void fail(const failure& why) const {
        request_facts request = facts();
        request.has_own_limit = (total_timeout && why.limit_name == "total_timeout") ||
                                (read_timeout && why.limit_name == "read_timeout") ||
                                (first_byte_timeout && why.limit_name == "first_byte_timeout");
        throw_failure(why, request);
    }

    // After `ended`: the exchange is not ours any more.
    void exchange_ended() noexcept { on = core_ref<exchange>(); }
    void drop_exchange() noexcept {
        if (!on) return;
        on->abandon();
        on = core_ref<exchange>();
    }

    // --- what to send
    std::string method;
    std::optional<http::url> target;
    std::string unparsed;  // what was given as URL, when it is none
    headers request_headers;
    std::shared_ptr<const std::string> body;
    std::optional<duration> total_timeout;
    std::optional<duration> read_timeout;
    std::optional<duration> first_byte_timeout;

    // --- how it goes
    core_ref<pool> from;
    core_ref<exchange> on;  // while the request is under way, and its body is not read to the end
    int attempt = 1;
    duration total = duration::zero();   // the limit in force
    std::optional<time_point> deadline;  // by it

    // --- what came
    response_head head;
    headers trailers;
    bool body_taken = false;

private:
    mutable std::string peer_text_;
};

}  // namespace gyre::http::detail
