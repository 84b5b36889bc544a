#pragma once
#include <gyre/http/client/error.hpp>
#include <gyre/http/url/url.hpp>

#include <cstdint>
#include <exception>
#include <string>
#include <string_view>
#include <system_error>

namespace gyre::http::detail {

// Why a request failed, without the request. What the layers below pass upwards; thrown as a public error only once nobody will try again.
struct failure {
    enum class kind : std::uint8_t {
        none,
        connect,       // `code`, `message`
        timed_out,     // `limit`, `limit_name`
        disconnected,  // `code`
        protocol,      // `rule`, `message`
        truncated,     // `code`, `message`, `received`
        aborted,       // the client's own side gave it up: `message`
    };

    failure() {}
    explicit operator bool() const noexcept { return what != kind::none; }

    kind what = kind::none;
    http::phase phase = http::phase::prepare;
    parse_error rule{};
    std::error_code code;
    duration limit = duration::zero();
    std::string_view limit_name;
    std::string message;
    std::uint64_t received = 0;
    // Set by an exchange.
    bool sent_something = false;
    bool response_began = false;
};

struct error_facts {
    http::phase phase = http::phase::prepare;
    int attempt = 1;
    int status = 0;
    bool may_have_been_processed = false;
    parse_error rule{};
    std::error_code code;
    duration limit = duration::zero();
    std::string_view limit_name;
    std::uint64_t received = 0;
    std::string method;
    std::string url;
    std::string peer;
};

// What an error says about the request.
struct request_facts {
    std::string_view method;
    const http::url* url;
    std::string_view peer;
    int attempt;
    bool has_own_limit = false;  // the time limit that passed is the request's, and not its client's
};

[[noreturn]] void throw_failure(const failure& why, const request_facts& request);
[[noreturn]] void throw_status_error(int status, std::string_view reason, const request_facts& request);
[[noreturn]] void throw_too_large(std::uint64_t limit, const request_facts& request);
// A request that cannot be made as it is: for http::error with phase::prepare.
[[noreturn]] void throw_impossible(const std::string& why, const request_facts& request);

}  // namespace gyre::http::detail
