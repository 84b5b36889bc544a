#include <gyre/http/message/message_error.hpp>

#include <gyre/http/headers/field_syntax.hpp>

#include <algorithm>

namespace gyre::http {

std::string_view to_string(parse_error kind) noexcept {
    switch (kind) {
        case parse_error::not_http:
            return "not_http";
        case parse_error::head_too_large:
            return "head_too_large";
        case parse_error::too_many_fields:
            return "too_many_fields";
        case parse_error::bare_line_feed:
            return "bare_line_feed";
        case parse_error::bare_carriage_return:
            return "bare_carriage_return";
        case parse_error::control_byte:
            return "control_byte";
        case parse_error::bad_request_line:
            return "bad_request_line";
        case parse_error::bad_method:
            return "bad_method";
        case parse_error::bad_target:
            return "bad_target";
        case parse_error::bad_version:
            return "bad_version";
        case parse_error::bad_status_line:
            return "bad_status_line";
        case parse_error::bad_status:
            return "bad_status";
        case parse_error::empty_field_name:
            return "empty_field_name";
        case parse_error::bad_field_name:
            return "bad_field_name";
        case parse_error::space_before_colon:
            return "space_before_colon";
        case parse_error::folded_line:
            return "folded_line";
        case parse_error::missing_host:
            return "missing_host";
        case parse_error::duplicate_host:
            return "duplicate_host";
        case parse_error::bad_host:
            return "bad_host";
        case parse_error::bad_content_length:
            return "bad_content_length";
        case parse_error::duplicate_content_length:
            return "duplicate_content_length";
        case parse_error::bad_transfer_encoding:
            return "bad_transfer_encoding";
        case parse_error::transfer_encoding_in_http_1_0:
            return "transfer_encoding_in_http_1_0";
        case parse_error::length_and_chunked:
            return "length_and_chunked";
        case parse_error::body_not_allowed:
            return "body_not_allowed";
        case parse_error::bad_chunk:
            return "bad_chunk";
        case parse_error::chunk_line_too_long:
            return "chunk_line_too_long";
        case parse_error::trailers_too_large:
            return "trailers_too_large";
        case parse_error::truncated_head:
            return "truncated_head";
        case parse_error::truncated_body:
            return "truncated_body";
    }
    return "unknown";
}

int message_error::status() const noexcept {
    switch (kind_) {
        case parse_error::head_too_large:
        case parse_error::too_many_fields:
        case parse_error::trailers_too_large:
            return 431;
        case parse_error::bad_version:
            return 505;
        default:
            return 400;
    }
}

namespace detail {

void fail(parse_error kind, const std::string& message) { throw message_error(kind, message); }

void fail(parse_error kind, std::string_view problem, std::string_view line, std::size_t at) {
    // A window that has the offending byte in it.
    constexpr std::size_t before = 24;
    const std::size_t from = at > before ? at - before : 0;
    std::string message(problem);
    message += ": ";
    if (from > 0) message += "...";
    message += quoted(line.substr(std::min(from, line.size())), 64);
    throw message_error(kind, message);
}

}  // namespace detail
}  // namespace gyre::http
