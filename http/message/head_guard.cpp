#include <gyre/http/message/head_guard.hpp>

#include <gyre/http/headers/field_syntax.hpp>
#include <gyre/http/headers/token_list.hpp>

#include <limits>

namespace gyre::http::detail {
namespace {

constexpr bool is_digit(char c) { return c >= '0' && c <= '9'; }
constexpr bool is_hex(char c) { return is_digit(c) || (lower(c) >= 'a' && lower(c) <= 'f'); }

// The line that `at` stands in, for a message.
std::string_view line_around(std::string_view bytes, std::size_t line_start) {
    const std::size_t end = bytes.find('\n', line_start);
    return bytes.substr(line_start, end == std::string_view::npos ? end : end + 1 - line_start);
}

[[noreturn]] void fail_truncated() { fail(parse_error::truncated_head, "the message head ends without its empty line"); }

// The byte at `at` ended a run of good ones: says what it breaks.
[[noreturn]] void fail_at(std::string_view bytes, std::size_t line, std::size_t at, parse_error otherwise, std::string_view problem) {
    if (at >= bytes.size()) fail_truncated();
    const std::string_view text = line_around(bytes, line);
    const char c = bytes[at];
    if (c == '\n') fail(parse_error::bare_line_feed, "line feed without carriage return", text, at - line);
    if (c == '\r') {
        if (at + 1 >= bytes.size()) fail_truncated();
        if (bytes[at + 1] != '\n') fail(parse_error::bare_carriage_return, "carriage return without line feed", text, at - line);
    } else if (static_cast<unsigned char>(c) < 0x20 || c == 0x7F) {
        if (c != '\t') fail(parse_error::control_byte, "control byte " + byte_name(c) + " in a message head", text, at - line);
    }
    fail(otherwise, problem, text, at - line);
}

[[noreturn]] void fail_name(std::string_view bytes, std::size_t line, std::size_t at) {
    const char c = bytes[at];
    if (at == line) {
        if (c == ' ' || c == '\t') fail_at(bytes, line, at, parse_error::folded_line, "folded header line (it begins with whitespace)");
        if (c == ':') fail_at(bytes, line, at, parse_error::empty_field_name, "header without a name");
    }
    if (c == ' ' || c == '\t') {
        const std::string_view rest = trim_whitespace(line_around(bytes, at));
        if (rest.starts_with(':')) fail_at(bytes, line, at, parse_error::space_before_colon, "whitespace between header name and ':'");
    }
    if (c == '\r') fail_at(bytes, line, at, parse_error::bad_field_name, "header line without ':'");
    fail_at(bytes, line, at, parse_error::bad_field_name, "byte " + byte_name(c) + " in a header name");
}

std::uint64_t parse_length(std::string_view text) {
    constexpr std::uint64_t most = std::numeric_limits<std::int64_t>::max();
    std::uint64_t value = 0;
    bool good = !text.empty();
    for (const char c : text) {
        if (!is_digit(c) || value > (most - static_cast<unsigned>(c - '0')) / 10) {
            good = false;
            break;
        }
        value = value * 10 + static_cast<unsigned>(c - '0');
    }
    if (!good) fail(parse_error::bad_content_length, "Content-Length is not one decimal number below 2^63", text);
    return value;
}

// What requests and responses have in common: errors, "chunked", a length. `until_eof` stands for "neither".
body_framing common_framing(const framing_fields& fields, version v) {
    if (fields.transfer_encodings != 0) {
        if (fields.content_lengths != 0)
            fail(parse_error::length_and_chunked, "both Content-Length and Transfer-Encoding: the end of the body is ambiguous");
        if (v == version::http_1_0)
            fail(parse_error::transfer_encoding_in_http_1_0, "Transfer-Encoding in HTTP/1.0, which does not have it");
        if (fields.transfer_encodings != 1 || !equals_ignoring_case(fields.transfer_encoding, "chunked")) {
            fail(parse_error::bad_transfer_encoding, "Transfer-Encoding is not exactly one \"chunked\"", fields.transfer_encoding);
        }
        return {body_kind::chunked, 0};
    }
    if (fields.content_lengths > 1) fail(parse_error::duplicate_content_length, "more than one Content-Length");
    if (fields.content_lengths == 1) return {body_kind::content_length, parse_length(fields.content_length)};
    return {body_kind::until_eof, 0};
}

// False for nearly all names that note() has no interest in, by size and first letter.
bool decides_framing(std::string_view name) {
    const char first = static_cast<char>(name[0] | 0x20);
    switch (name.size()) {
        case 4:
            return first == 'h';
        case 6:
            return first == 'e';
        case 7:
            return first == 'u';
        case 10:
        case 14:
            return first == 'c';
        case 17:
            return first == 't';
        default:
            return false;
    }
}

}  // namespace

void framing_fields::note(std::string_view name, std::string_view value) {
    switch (name.size()) {
        case 4:
            if (equals_ignoring_case(name, "host")) {
                ++hosts;
                host = value;
            }
            break;
        case 6:
            if (equals_ignoring_case(name, "expect")) expect_continue = expect_continue || token_list(value).contains("100-continue");
            break;
        case 7:
            if (equals_ignoring_case(name, "upgrade")) upgrade_field = true;
            break;
        case 10:
            if (equals_ignoring_case(name, "connection")) note_connection(value);
            break;
        case 14:
            if (equals_ignoring_case(name, "content-length")) {
                ++content_lengths;
                content_length = value;
            }
            break;
        case 17:
            if (equals_ignoring_case(name, "transfer-encoding")) {
                ++transfer_encodings;
                transfer_encoding = value;
            }
            break;
        default:
            break;
    }
}

void framing_fields::note_connection(std::string_view value) {
    // Nearly every message has one of these two, alone.
    if (value == "keep-alive") {
        keep_alive = true;
        return;
    }
    if (value == "close") {
        close = true;
        return;
    }
    for (const std::string_view option : token_list(value)) {
        if (equals_ignoring_case(option, "close")) close = true;
        if (equals_ignoring_case(option, "keep-alive")) keep_alive = true;
        if (equals_ignoring_case(option, "upgrade")) upgrade_token = true;
    }
}

std::size_t scan_fields(std::string_view bytes, std::size_t& at, field_position* out, std::size_t limit, parse_error too_many,
                        framing_fields& framing) {
    const char* const data = bytes.data();
    const std::size_t size = bytes.size();
    std::size_t count = 0;
    std::size_t line = at;
    for (;;) {
        std::size_t i = line;
        while (i < size && is_class(data[i], token_byte)) ++i;
        if (i >= size) fail_truncated();
        if (i == line && data[i] == '\r') {
            if (i + 1 >= size) fail_truncated();
            if (data[i + 1] != '\n') fail_at(bytes, line, i, parse_error::bad_field_name, {});
            at = i + 2;
            return count;
        }
        if (i == line || data[i] != ':') fail_name(bytes, line, i);
        const std::size_t name_size = i - line;
        if (name_size > std::numeric_limits<std::uint16_t>::max()) {
            fail(parse_error::bad_field_name, "header name longer than 65535 bytes", bytes.substr(line, 80));
        }
        if (count == limit) fail(too_many, "more than " + std::to_string(limit) + " header lines");

        ++i;
        while (i < size && (data[i] == ' ' || data[i] == '\t')) ++i;
        const std::size_t value = i;
        for (;;) {
            i += find_control(bytes.substr(i));
            if (i >= size) fail_truncated();
            if (data[i] != '\t') break;
            ++i;
        }
        if (data[i] != '\r' || i + 1 >= size || data[i + 1] != '\n')
            fail_at(bytes, line, i, parse_error::control_byte, "bad byte in a header value");
        std::size_t value_end = i;
        while (value_end > value && (data[value_end - 1] == ' ' || data[value_end - 1] == '\t')) --value_end;

        const std::string_view name(data + line, name_size);
        field_position& f = out[count++];
        f.name = static_cast<std::uint32_t>(line);
        f.name_size = static_cast<std::uint16_t>(name_size);
        f.value = static_cast<std::uint32_t>(value);
        f.value_size = static_cast<std::uint32_t>(value_end - value);
        f.hash = name_hash(name);
        if (decides_framing(name)) framing.note(name, std::string_view(data + value, value_end - value));
        line = i + 2;
    }
}

bool is_authority(std::string_view text, bool port_required) noexcept {
    std::size_t i = 0;
    if (text.starts_with('[')) {
        i = text.find(']');
        if (i == std::string_view::npos || i < 3) return false;
        for (const char c : text.substr(1, i - 1)) {
            if (!is_hex(c) && c != ':' && c != '.') return false;
        }
        if (text.substr(1, i - 1).find(':') == std::string_view::npos) return false;
        ++i;
    } else {
        for (; i < text.size() && text[i] != ':'; ++i) {
            const char c = text[i];
            const bool plain = is_digit(c) || (lower(c) >= 'a' && lower(c) <= 'z') || c == '-' || c == '.' || c == '_' || c == '~';
            if (plain) continue;
            if (c != '%' || text.size() - i < 3 || !is_hex(text[i + 1]) || !is_hex(text[i + 2])) return false;
            i += 2;
        }
        if (i == 0) return false;
    }
    if (i == text.size()) return !port_required;
    if (text[i] != ':') return false;
    unsigned port = 0;
    for (const char c : text.substr(i + 1)) {
        if (!is_digit(c)) return false;
        port = port * 10 + static_cast<unsigned>(c - '0');
        if (port > 65535) return false;
    }
    return !port_required || i + 1 < text.size();
}

body_framing request_framing(const framing_fields& fields, version v, std::string_view method) {
    body_framing framing = common_framing(fields, v);
    if (framing.kind == body_kind::until_eof) framing.kind = body_kind::none;
    if (method == "CONNECT" && framing.kind != body_kind::none && !(framing.kind == body_kind::content_length && framing.length == 0)) {
        fail(parse_error::body_not_allowed, "CONNECT with a body: what follows is the tunnel");
    }
    return framing;
}

body_framing response_framing(const framing_fields& fields, version v, int status, std::string_view request_method) {
    // RFC 9110 section 9.3.6: Content-Length and Transfer-Encoding mean nothing in a 2xx to CONNECT.
    if (request_method == "CONNECT" && status >= 200 && status < 300) return {body_kind::tunnel, 0};
    // Ambiguous headers are refused even where there is no body: another party on the way may have read them otherwise.
    // "identity" was a coding until RFC 7230 and only says that there is none.
    framing_fields plain = fields;
    if (fields.transfer_encodings == 1 && fields.content_lengths == 0 && equals_ignoring_case(fields.transfer_encoding, "identity")) {
        plain.transfer_encodings = 0;
    }
    const body_framing framing = common_framing(plain, v);
    if (status == 101) return {body_kind::tunnel, 0};
    if (request_method == "HEAD" || status < 200 || status == 204 || status == 304) return {body_kind::none, 0};
    return framing;
}

}  // namespace gyre::http::detail
