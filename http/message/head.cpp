#include <gyre/http/message/head.hpp>

#include <gyre/http/headers/field_syntax.hpp>
#include <gyre/http/message/head_guard.hpp>

#include <algorithm>
#include <limits>
#include <stdexcept>
#include <vector>

namespace gyre::http {
namespace detail {

// Fills heads: the one place that sees their members.
struct head_filler {
    static void common(message_head& head, version v, const framing_fields& fields) {
        head.version_ = v;
        head.keep_alive_ = !fields.close && (v == version::http_1_1 || fields.keep_alive);
        head.wants_upgrade_ = fields.upgrade_token && fields.upgrade_field;
    }

    // Headers after a start line of `start` bytes, and the copy of it all into `head`.
    static void fields(message_head& head, std::string_view bytes, std::size_t start, const head_limits& limits, framing_fields& framing) {
        constexpr std::size_t on_stack = 128;
        field_position local[on_stack];
        std::vector<field_position> more;
        field_position* positions = local;
        if (limits.max_fields > on_stack) {
            // At least four bytes a line ("a:\r\n"), so no more than this can come.
            more.resize(std::min(limits.max_fields, bytes.size() / 4 + 1));
            positions = more.data();
        }
        std::size_t at = start;
        const std::size_t count = scan_fields(bytes, at, positions, limits.max_fields, parse_error::too_many_fields, framing);
        if (at != bytes.size()) throw std::invalid_argument("bytes after the empty line of a message head; pass what head_finder found");
        headers_access::adopt(head.headers_, bytes, static_cast<std::uint32_t>(start), positions, count);
    }

    static void response(std::string_view bytes, std::string_view method, const head_limits& limits, response_head& out);
    static void request(std::string_view bytes, const head_limits& limits, request_head& out);
    static void classify_target(std::string_view line, std::string_view method, std::string_view target, request_head& out);
};

namespace {

constexpr bool is_digit(char c) { return c >= '0' && c <= '9'; }

void check_size(std::string_view bytes, const head_limits& limits) {
    constexpr std::size_t most = std::size_t{1} << 30;  // offsets are 32 bits
    if (bytes.size() <= std::min(limits.max_bytes, most)) return;
    fail(parse_error::head_too_large, "the message head is larger than " + std::to_string(std::min(limits.max_bytes, most)) + " bytes");
}

// The size of the start line without CRLF. Refuses control bytes, bare CR and bare LF in it.
std::size_t start_line_size(std::string_view bytes) {
    std::size_t i = 0;
    for (;;) {
        i += find_control(bytes.substr(i));
        if (i >= bytes.size()) fail(parse_error::truncated_head, "the start line has no end", bytes);
        if (bytes[i] != '\t') break;
        ++i;
    }
    const std::string_view shown = bytes.substr(0, i + 2);
    if (bytes[i] == '\n') fail(parse_error::bare_line_feed, "line feed without carriage return", shown, i);
    if (bytes[i] != '\r') fail(parse_error::control_byte, "control byte " + byte_name(bytes[i]) + " in the start line", shown, i);
    if (i + 1 >= bytes.size()) fail(parse_error::truncated_head, "the start line has no end", bytes);
    if (bytes[i + 1] != '\n') fail(parse_error::bare_carriage_return, "carriage return without line feed", shown, i);
    return i;
}

// "HTTP/1.0" or "HTTP/1.1", else an error: bad_version where it is a version, `otherwise` where it is none.
version parse_version(std::string_view text, std::string_view line, parse_error otherwise, std::string_view problem) {
    if (text == "HTTP/1.1") return version::http_1_1;
    if (text == "HTTP/1.0") return version::http_1_0;
    if (text.size() >= 6 && text.starts_with("HTTP/") && text.find_first_not_of("0123456789.", 5) == std::string_view::npos) {
        fail(parse_error::bad_version, "HTTP version is neither 1.0 nor 1.1", line);
    }
    fail(otherwise, problem, line);
}

}  // namespace

void head_filler::response(std::string_view bytes, std::string_view method, const head_limits& limits, response_head& out) {
    check_size(bytes, limits);
    const std::size_t end = start_line_size(bytes);
    const std::string_view line = bytes.substr(0, end);
    constexpr std::string_view form = "status line is not \"HTTP/1.x SP status SP reason\"";
    const version v = parse_version(line.substr(0, line.find(' ')), line, parse_error::bad_status_line, form);
    // "HTTP/1.1 200" without the last space is as common as it is clear.
    if (end < 12 || line[8] != ' ') fail(parse_error::bad_status_line, form, line);
    if (!is_digit(line[9]) || !is_digit(line[10]) || !is_digit(line[11]) || line[9] == '0') {
        fail(parse_error::bad_status, "status is not a number from 100 to 999", line);
    }
    if (end > 12 && line[12] != ' ') fail(is_digit(line[12]) ? parse_error::bad_status : parse_error::bad_status_line, form, line, 12);
    const int status = (line[9] - '0') * 100 + (line[10] - '0') * 10 + (line[11] - '0');

    framing_fields framing;
    fields(out, bytes, end + 2, limits, framing);
    common(out, v, framing);
    out.body_ = response_framing(framing, v, status, method);
    if (out.body_.kind == body_kind::until_eof || out.body_.kind == body_kind::tunnel) out.keep_alive_ = false;
    out.status_ = static_cast<std::uint16_t>(status);
    out.reason_at_ = static_cast<std::uint32_t>(std::min<std::size_t>(13, end));
    out.reason_size_ = static_cast<std::uint32_t>(end) - out.reason_at_;
}

void head_filler::classify_target(std::string_view line, std::string_view method, std::string_view target, request_head& out) {
    out.authority_at_ = out.authority_size_ = 0;
    if (method == "CONNECT") {
        if (!is_authority(target, true)) fail(parse_error::bad_target, "the target of CONNECT is not \"host:port\"", line);
        out.form_ = target_form::authority;
    } else if (target[0] == '/') {
        out.form_ = target_form::origin;
    } else if (target == "*") {
        if (method != "OPTIONS") fail(parse_error::bad_target, "target \"*\" is for OPTIONS only", line);
        out.form_ = target_form::asterisk;
    } else {
        const std::size_t colon = target.find("://");
        if (colon == std::string_view::npos || colon == 0) {
            fail(parse_error::bad_target, "the target is neither a path that begins with '/' nor an absolute URL", line);
        }
        for (const char c : target.substr(0, colon)) {
            if (!is_class(c, token_byte)) fail(parse_error::bad_target, "the target's scheme is malformed", line);
        }
        const std::string_view rest = target.substr(colon + 3);
        const std::string_view authority = rest.substr(0, rest.find_first_of("/?"));
        if (!is_authority(authority, false)) fail(parse_error::bad_host, "the target's authority is not \"host\" or \"host:port\"", line);
        out.form_ = target_form::absolute;
        out.authority_at_ = static_cast<std::uint32_t>(authority.data() - line.data());
        out.authority_size_ = static_cast<std::uint32_t>(authority.size());
    }
}

void head_filler::request(std::string_view bytes, const head_limits& limits, request_head& out) {
    check_size(bytes, limits);
    const std::size_t end = start_line_size(bytes);
    const std::string_view line = bytes.substr(0, end);
    constexpr std::string_view form = "request line is not \"METHOD SP target SP HTTP/1.x\"";

    std::size_t i = 0;
    while (i < end && is_class(line[i], token_byte)) ++i;
    const std::string_view method = line.substr(0, i);
    if (i == 0 || i == end) fail(parse_error::bad_request_line, form, line, i);
    if (line[i] != ' ') fail(line[i] == '\t' ? parse_error::bad_request_line : parse_error::bad_method, "the method is no token", line, i);
    const std::size_t target_at = ++i;
    while (i < end && is_class(line[i], target_byte)) ++i;
    const std::string_view target = line.substr(target_at, i - target_at);
    if (i == end && !target.empty())
        fail(parse_error::bad_version, "no HTTP version in the request line (HTTP/0.9 is not supported)", line);
    if (i == end || target.empty())
        fail(i < end && line[i] != ' ' && line[i] != '\t' ? parse_error::bad_target : parse_error::bad_request_line, form, line, i);
    if (line[i] != ' ') {
        if (line[i] == '\t') fail(parse_error::bad_request_line, form, line, i);
        fail(parse_error::bad_target, "byte " + byte_name(line[i]) + " may not stand in a request target", line, i);
    }
    const version v = parse_version(line.substr(i + 1), line, parse_error::bad_request_line, form);
    classify_target(line, method, target, out);

    framing_fields framing;
    fields(out, bytes, end + 2, limits, framing);
    if (framing.hosts > 1) fail(parse_error::duplicate_host, "more than one Host header");
    if (framing.hosts == 0 && v == version::http_1_1) fail(parse_error::missing_host, "HTTP/1.1 request without a Host header");
    // An empty Host is what a target without an authority calls for (RFC 9112 section 3.2).
    if (framing.hosts == 1 && !framing.host.empty() && !is_authority(framing.host, false)) {
        fail(parse_error::bad_host, "Host is not \"host\" or \"host:port\"", framing.host);
    }
    common(out, v, framing);
    out.body_ = request_framing(framing, v, method);
    out.method_at_ = 0;
    out.method_size_ = static_cast<std::uint32_t>(method.size());
    out.target_at_ = static_cast<std::uint32_t>(target_at);
    out.target_size_ = static_cast<std::uint32_t>(target.size());
    out.expects_continue_ = framing.expect_continue && v == version::http_1_1;
}

}  // namespace detail

std::string_view request_head::path_and_query() const noexcept {
    switch (form_) {
        case target_form::origin:
        case target_form::asterisk:
            return target();
        case target_form::authority:
            return {};
        case target_form::absolute:
            break;
    }
    const std::string_view rest = target().substr(authority_at_ + authority_size_ - target_at_);
    return rest.empty() ? std::string_view("/") : rest;
}

std::string_view request_head::authority() const noexcept {
    if (form_ == target_form::absolute) return view(authority_at_, authority_size_);
    if (form_ == target_form::authority) return target();
    return headers_.get_or("host", {});
}

void parse_response_head(std::string_view bytes, std::string_view request_method, const head_limits& limits, response_head& out) {
    detail::head_filler::response(bytes, request_method, limits, out);
}

response_head parse_response_head(std::string_view bytes, std::string_view request_method, const head_limits& limits) {
    response_head out;
    parse_response_head(bytes, request_method, limits, out);
    return out;
}

void parse_request_head(std::string_view bytes, const head_limits& limits, request_head& out) {
    detail::head_filler::request(bytes, limits, out);
}

request_head parse_request_head(std::string_view bytes, const head_limits& limits) {
    request_head out;
    parse_request_head(bytes, limits, out);
    return out;
}

}  // namespace gyre::http
