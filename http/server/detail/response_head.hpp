#pragma once

#include <gyre/http/server/server_response.hpp>

#include <cstdint>
#include <string>
#include <string_view>

namespace gyre::http::detail {

// How the end of a response's body is told.
struct response_framing {
    enum class kind : std::uint8_t {
        bodiless,  // the status alone says that there is none: 204, 304
        length,
        chunked,
        until_close,
    };
    kind how = kind::length;
    std::uint64_t length = 0;
};

// What Connection says.
enum class connection_option : std::uint8_t { none, close, keep_alive };

// Whether a response with this status has a body (or is of no length).
constexpr bool status_has_body(int status) noexcept { return status != 204 && status != 205 && status != 304; }

// Appends the whole head. `date_line` is left out when the response has a Date of its own.
void append_response_head(std::string& out, const server_response& response, const response_framing& framing, connection_option option,
                          std::string_view date_line);

// Whether the handler asked for the connection to be closed.
bool asks_to_close(const server_response& response) noexcept;

// The status and its phrase as a text, or `message` when there is one.
server_response plain_answer(int status, std::string_view message = {});

}  // namespace gyre::http::detail
