#include <gyre/http/server/detail/response_head.hpp>

#include <gyre/http/headers/field_syntax.hpp>
#include <gyre/http/message/head_writer.hpp>

namespace gyre::http::detail {
namespace {

// The framing is the server's to tell, so that it is what it does.
bool is_framing(std::string_view name) noexcept {
    switch (name.size()) {
        case 10:
            return equals_ignoring_case(name, "connection") || equals_ignoring_case(name, "keep-alive");
        case 14:
            return equals_ignoring_case(name, "content-length");
        case 17:
            return equals_ignoring_case(name, "transfer-encoding");
        default:
            return false;
    }
}

}  // namespace

void append_response_head(std::string& out, const server_response& response, const response_framing& framing, connection_option option,
                          std::string_view date_line) {
    head_writer head(out);
    head.status_line(response.status());
    bool dated = false;
    for (const auto [name, value] : response.headers()) {
        if (is_framing(name)) continue;
        dated = dated || (name.size() == 4 && equals_ignoring_case(name, "date"));
        out.append(name).append(": ").append(value).append("\r\n");
    }
    switch (framing.how) {
        case response_framing::kind::length:
            head.field("Content-Length", framing.length);
            break;
        case response_framing::kind::chunked:
            out += "Transfer-Encoding: chunked\r\n";
            break;
        case response_framing::kind::bodiless:
        case response_framing::kind::until_close:
            break;
    }
    if (!dated) out += date_line;
    if (option == connection_option::close) out += "Connection: close\r\n";
    if (option == connection_option::keep_alive) out += "Connection: keep-alive\r\n";
    head.end();
}

bool asks_to_close(const server_response& response) noexcept {
    return !response.headers().empty() && response.headers().has_token("connection", "close");
}

server_response plain_answer(int status, std::string_view message) {
    std::string text(message);
    if (text.empty()) {
        text = std::to_string(status);
        const std::string_view phrase = reason_phrase(status);
        if (!phrase.empty()) text.append(" ").append(phrase);
    }
    text += '\n';
    return server_response::text(std::move(text), status);
}

}  // namespace gyre::http::detail
