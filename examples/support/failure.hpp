#pragma once
#include "visit.hpp"

#include <gyre/http/http.hpp>
#include <gyre/net/net.hpp>

#include <exception>
#include <string>
#include <system_error>

namespace example {

// A word for a failure, to count by. The whole story is in what().
inline std::string kind_of_connect_error(const std::error_code& code) {
    if (code == gyre::net::errc::bad_name || code == gyre::net::errc::host_not_found || code == gyre::net::errc::no_address ||
        code == gyre::net::errc::dns_timeout || code == gyre::net::errc::dns_failure)
        return "dns";
    if (code == std::errc::connection_refused) return "refused";
    if (code == std::errc::connection_reset) return "reset";
    if (code == std::errc::timed_out) return "timeout";
    if (code == std::errc::too_many_files_open || code == std::errc::too_many_files_open_in_system) return "no descriptors";
    return "unreachable";
}
inline std::string kind_of(const std::exception& error) {
    namespace http = gyre::http;
    if (dynamic_cast<const http::url_error*>(&error) != nullptr) return "malformed URL";
    if (dynamic_cast<const http::timeout_error*>(&error) != nullptr) return "timeout";
    if (const auto* e = dynamic_cast<const http::connect_error*>(&error)) return kind_of_connect_error(e->code());
    if (const auto* e = dynamic_cast<const http::disconnected_error*>(&error))
        return e->code() == std::errc::connection_reset ? "reset" : "disconnected";
    if (dynamic_cast<const http::truncated_error*>(&error) != nullptr) return "truncated";
    if (dynamic_cast<const http::protocol_error*>(&error) != nullptr) return "malformed response";
    return "other";
}

// Notes on a visit that this error has ended it.
inline void set_error(visit& v, const std::exception& error) {
    v.error = kind_of(error);
    v.message = error.what();
}

}  // namespace example
