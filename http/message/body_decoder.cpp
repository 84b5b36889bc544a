#include <gyre/http/message/body_decoder.hpp>

#include <gyre/http/headers/field_syntax.hpp>
#include <gyre/http/message/head_guard.hpp>

#include <algorithm>
#include <limits>
#include <vector>

namespace gyre::http {
namespace {

// End of the data before it, 16 digits and the end of the line: what a chunk line without extension may take.
constexpr std::size_t plain_line = 2 + 16 + 2;

}  // namespace

bool is_forbidden_trailer(std::string_view name) noexcept {
    static constexpr std::string_view forbidden[] = {
        "age",
        "authorization",
        "cache-control",
        "connection",
        "content-encoding",
        "content-length",
        "content-range",
        "content-type",
        "cookie",
        "date",
        "expect",
        "expires",
        "host",
        "if-match",
        "if-modified-since",
        "if-none-match",
        "if-range",
        "if-unmodified-since",
        "keep-alive",
        "location",
        "max-forwards",
        "pragma",
        "proxy-authenticate",
        "proxy-authorization",
        "proxy-connection",
        "range",
        "retry-after",
        "set-cookie",
        "te",
        "trailer",
        "transfer-encoding",
        "upgrade",
        "vary",
        "warning",
        "www-authenticate",
    };
    return std::any_of(std::begin(forbidden), std::end(forbidden), [&](std::string_view f) { return equals_ignoring_case(f, name); });
}

body_decoder::body_decoder(body_framing framing, const body_limits& limits) : limits_(limits) {
    switch (framing.kind) {
        case body_kind::none:
            break;
        case body_kind::content_length:
            remaining_ = framing.length;
            state_ = remaining_ == 0 ? state::done : state::counted;
            break;
        case body_kind::chunked:
            framer_.start();
            state_ = state::chunks;
            break;
        case body_kind::until_eof:
        case body_kind::tunnel:
            state_ = state::until_eof;
            break;
    }
}

body_decoder::step body_decoder::decode(std::string_view input) {
    switch (state_) {
        case state::done:
            return {{}, 0, true};
        case state::counted: {
            const auto n = static_cast<std::size_t>(std::min<std::uint64_t>(remaining_, input.size()));
            remaining_ -= n;
            received_ += n;
            if (remaining_ == 0) state_ = state::done;
            return {input.substr(0, n), n, remaining_ == 0};
        }
        case state::until_eof:
            received_ += input.size();
            return {input, input.size(), false};
        case state::chunks:
        case state::trailers:
            break;
        case state::failed:
            detail::fail(parse_error::bad_chunk, "the body was refused before; close the connection");
    }
    try {
        return state_ == state::chunks ? decode_chunks(input) : decode_trailers(input);
    } catch (...) {
        state_ = state::failed;
        throw;
    }
}

body_decoder::step body_decoder::decode_chunks(std::string_view input) {
    if (input.empty()) return {{}, 0, false};
    const auto found = framer_.read(input);
    line_bytes_ += found.consumed - found.data.size();
    const std::size_t beyond = line_bytes_ > plain_line ? line_bytes_ - plain_line : 0;
    if (extension_bytes_ + beyond > limits_.max_extension_bytes) {
        detail::fail(parse_error::chunk_line_too_long,
                     "chunk extensions of more than " + std::to_string(limits_.max_extension_bytes) + " bytes in one body");
    }
    if (!found.data.empty() || found.last_chunk) {
        extension_bytes_ += beyond;
        line_bytes_ = 0;
    }
    received_ += found.data.size();
    if (!found.last_chunk) return {found.data, found.consumed, false};
    state_ = state::trailers;
    step rest = decode_trailers(input.substr(found.consumed));
    rest.consumed += found.consumed;
    return rest;
}

body_decoder::step body_decoder::decode_trailers(std::string_view input) {
    if (trailer_text_.empty() && input.starts_with("\r\n")) {
        state_ = state::done;
        return {{}, 2, true};
    }
    const std::size_t before = trailer_text_.size();
    const std::size_t room = limits_.max_trailer_bytes + 1 - before;
    trailer_text_.append(input.substr(0, room));
    for (std::size_t scan = std::max(before, trailer_line_);;) {
        const std::size_t feed = trailer_text_.find('\n', scan);
        if (feed == std::string::npos || feed >= limits_.max_trailer_bytes) break;
        const std::string_view line(trailer_text_.data() + trailer_line_, feed + 1 - trailer_line_);
        if (line.size() < 2 || line[line.size() - 2] != '\r') {
            detail::fail(parse_error::bare_line_feed, "line feed without carriage return in the trailers", line, line.size());
        }
        trailer_line_ = scan = feed + 1;
        if (line.size() == 2) {
            trailer_text_.resize(feed + 1);
            take_trailers();
            state_ = state::done;
            return {{}, feed + 1 - before, true};
        }
    }
    if (trailer_text_.size() > limits_.max_trailer_bytes) {
        detail::fail(parse_error::trailers_too_large, "trailers of more than " + std::to_string(limits_.max_trailer_bytes) + " bytes");
    }
    return {{}, input.size(), false};
}

void body_decoder::take_trailers() {
    std::vector<detail::field_position> positions(std::min(limits_.max_trailer_fields, trailer_text_.size() / 4 + 1));
    detail::framing_fields ignored;
    std::size_t at = 0;
    const std::size_t count =
        detail::scan_fields(trailer_text_, at, positions.data(), limits_.max_trailer_fields, parse_error::trailers_too_large, ignored);
    const std::string_view text = trailer_text_;
    for (std::size_t i = 0; i < count; ++i) {
        const detail::field_position& f = positions[i];
        const std::string_view name = text.substr(f.name, f.name_size);
        if (!is_forbidden_trailer(name)) trailers_.add(name, text.substr(f.value, f.value_size));
    }
    trailer_text_ = std::string();
}

void body_decoder::finish() {
    if (state_ == state::until_eof) state_ = state::done;
    if (state_ == state::done) return;
    std::string message = "the connection ended after " + std::to_string(received_) + " bytes of the body";
    message += state_ == state::counted ? ", " + std::to_string(remaining_) + " are missing" : ", before its last chunk was complete";
    state_ = state::failed;
    detail::fail(parse_error::truncated_body, message);
}

}  // namespace gyre::http
