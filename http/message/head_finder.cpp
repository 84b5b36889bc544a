#include <gyre/http/message/head_finder.hpp>

#include <gyre/http/headers/field_syntax.hpp>

#include <algorithm>
#include <cstring>

namespace gyre::http {
namespace {

[[noreturn]] void fail_not_http(std::string_view bytes, head_kind kind) {
    const auto first = static_cast<unsigned char>(bytes[0]);
    std::string message = kind == head_kind::response ? "the peer did not answer in HTTP/1: " : "this is no HTTP/1 request: ";
    message += detail::quoted(bytes, 32);
    if (first == 0x15 || first == 0x16) {
        message +=
            kind == head_kind::response ? " looks like TLS; use https:// for this port" : " looks like TLS on a plain port; use http://";
    }
    throw message_error(parse_error::not_http, message);
}

[[noreturn]] void fail_too_large(const head_limits& limits) {
    detail::fail(parse_error::head_too_large, "the message head is larger than " + std::to_string(limits.max_bytes) + " bytes");
}

}  // namespace

std::optional<head_finder::place> head_finder::find_end(std::string_view buffered) {
    const char* const data = buffered.data();
    const std::size_t size = buffered.size();
    const std::size_t bound = std::min(size, limits_.max_bytes);  // what lies beyond it is too much, wherever a read ended
    for (;;) {
        if (line_ < bound && data[line_] == '\r') {
            if (line_ + 1 >= bound) break;
            if (data[line_ + 1] != '\n')
                detail::fail(parse_error::bare_carriage_return, "carriage return without line feed", buffered, line_);
            line_ += 2;
            scanned_ = line_;
            if (line_ - 2 != begin_) return place{begin_, line_};
            // An empty line where a message should begin.
            if (kind_ == head_kind::response) fail_not_http(buffered.substr(begin_), kind_);
            begin_ = line_;
            continue;
        }
        if (line_ == begin_ && line_ < bound) {
            const std::string_view start = buffered.substr(line_, std::min<std::size_t>(5, bound - line_));
            const bool good = kind_ == head_kind::response ? std::string_view("HTTP/").starts_with(start)
                                                           : start[0] == '\n' || detail::is_class(start[0], detail::token_byte);
            if (!good) fail_not_http(buffered.substr(line_), kind_);
        }
        scanned_ = std::max(scanned_, line_);
        if (scanned_ >= bound) break;
        const void* const found = std::memchr(data + scanned_, '\n', bound - scanned_);
        if (found == nullptr) {
            scanned_ = bound;
            break;
        }
        const auto at = static_cast<std::size_t>(static_cast<const char*>(found) - data);
        if (at == 0 || data[at - 1] != '\r') {
            detail::fail(parse_error::bare_line_feed, "line feed without carriage return", buffered.substr(line_), at - line_);
        }
        line_ = at + 1;
        scanned_ = line_;
    }
    if (size > limits_.max_bytes) fail_too_large(limits_);
    return std::nullopt;
}

void head_finder::finish() const {
    if (line_ == begin_ && scanned_ == line_) return;
    detail::fail(parse_error::truncated_head,
                 "the connection ended inside a message head, after " + std::to_string(scanned_ - begin_) + " bytes");
}

}  // namespace gyre::http
