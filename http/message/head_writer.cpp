#include <gyre/http/message/head_writer.hpp>

#include <gyre/http/headers/field_syntax.hpp>

#include <charconv>

namespace gyre::http {
namespace {

std::string_view name_of(version v) { return v == version::http_1_1 ? "HTTP/1.1" : "HTTP/1.0"; }

}  // namespace

head_writer& head_writer::request_line(std::string_view method, std::string_view target, version v) {
    if (!is_token(method)) {
        throw header_error("method " + detail::quoted(method) + " is not a token; use one such as \"GET\"");
    }
    for (std::size_t i = 0; i < target.size(); ++i) {
        if (detail::is_class(target[i], detail::target_byte)) continue;
        throw header_error("request target holds byte " + detail::byte_name(target[i]) + " at offset " + std::to_string(i) +
                           "; percent-encode it (gyre::http::url does)");
    }
    if (target.empty()) throw header_error("request target is empty; the root of a site is \"/\"");
    out_.append(method).append(" ").append(target).append(" ").append(name_of(v)).append("\r\n");
    return *this;
}

head_writer& head_writer::status_line(int status, std::string_view reason, version v) {
    if (status < 100 || status > 999) throw header_error("status " + std::to_string(status) + " is not between 100 and 999");
    if (!is_field_value(reason))
        throw header_error("reason phrase of status " + std::to_string(status) + " holds a control character; remove it");
    if (reason.empty()) reason = reason_phrase(status);
    const char digits[3] = {static_cast<char>('0' + status / 100), static_cast<char>('0' + status / 10 % 10),
                            static_cast<char>('0' + status % 10)};
    out_.append(name_of(v)).append(" ").append(digits, 3).append(" ").append(reason).append("\r\n");
    return *this;
}

head_writer& head_writer::field(std::string_view name, std::string_view value) {
    value = trim_whitespace(value);
    if (!is_token(name) || !is_field_value(value)) {
        out_.resize(start_);
        headers().add(name, value);  // throws with the whole explanation
    }
    out_.append(name).append(": ").append(value).append("\r\n");
    return *this;
}

head_writer& head_writer::field(std::string_view name, std::uint64_t value) {
    char digits[20];
    const auto result = std::to_chars(digits, digits + sizeof digits, value);
    return field(name, std::string_view(digits, static_cast<std::size_t>(result.ptr - digits)));
}

head_writer& head_writer::fields(const headers& all) {
    for (const auto [name, value] : all) out_.append(name).append(": ").append(value).append("\r\n");
    return *this;
}

std::string_view reason_phrase(int status) noexcept {
    switch (status) {
        case 100:
            return "Continue";
        case 101:
            return "Switching Protocols";
        case 102:
            return "Processing";
        case 103:
            return "Early Hints";
        case 200:
            return "OK";
        case 201:
            return "Created";
        case 202:
            return "Accepted";
        case 203:
            return "Non-Authoritative Information";
        case 204:
            return "No Content";
        case 205:
            return "Reset Content";
        case 206:
            return "Partial Content";
        case 207:
            return "Multi-Status";
        case 208:
            return "Already Reported";
        case 226:
            return "IM Used";
        case 300:
            return "Multiple Choices";
        case 301:
            return "Moved Permanently";
        case 302:
            return "Found";
        case 303:
            return "See Other";
        case 304:
            return "Not Modified";
        case 305:
            return "Use Proxy";
        case 307:
            return "Temporary Redirect";
        case 308:
            return "Permanent Redirect";
        case 400:
            return "Bad Request";
        case 401:
            return "Unauthorized";
        case 402:
            return "Payment Required";
        case 403:
            return "Forbidden";
        case 404:
            return "Not Found";
        case 405:
            return "Method Not Allowed";
        case 406:
            return "Not Acceptable";
        case 407:
            return "Proxy Authentication Required";
        case 408:
            return "Request Timeout";
        case 409:
            return "Conflict";
        case 410:
            return "Gone";
        case 411:
            return "Length Required";
        case 412:
            return "Precondition Failed";
        case 413:
            return "Content Too Large";
        case 414:
            return "URI Too Long";
        case 415:
            return "Unsupported Media Type";
        case 416:
            return "Range Not Satisfiable";
        case 417:
            return "Expectation Failed";
        case 421:
            return "Misdirected Request";
        case 422:
            return "Unprocessable Content";
        case 423:
            return "Locked";
        case 424:
            return "Failed Dependency";
        case 425:
            return "Too Early";
        case 426:
            return "Upgrade Required";
        case 428:
            return "Precondition Required";
        case 429:
            return "Too Many Requests";
        case 431:
            return "Request Header Fields Too Large";
        case 451:
            return "Unavailable For Legal Reasons";
        case 500:
            return "Internal Server Error";
        case 501:
            return "Not Implemented";
        case 502:
            return "Bad Gateway";
        case 503:
            return "Service Unavailable";
        case 504:
            return "Gateway Timeout";
        case 505:
            return "HTTP Version Not Supported";
        case 506:
            return "Variant Also Negotiates";
        case 507:
            return "Insufficient Storage";
        case 508:
            return "Loop Detected";
        case 511:
            return "Network Authentication Required";
        default:
            return {};
    }
}

}  // namespace gyre::http
