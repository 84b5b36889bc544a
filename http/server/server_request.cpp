#include <gyre/http/server/server_request.hpp>

#include <gyre/http/headers/field_syntax.hpp>
#include <gyre/http/server/detail/connection.hpp>
#include <gyre/http/server/detail/request_body.hpp>
#include <gyre/http/url/percent_encoding.hpp>

#include <algorithm>
#include <cstring>
#include <stdexcept>

namespace gyre::http {
namespace {

// Of a name or value in application/x-www-form-urlencoded form.
std::string form_decoded(std::string_view text) {
    std::string plain(text);
    std::replace(plain.begin(), plain.end(), '+', ' ');
    return percent_decoded(plain);
}

}  // namespace

server_request::server_request(detail::server_connection& from, detail::request_body& body, const request_head& head)
    : connection_(from), body_(body), head_(head) {
    const std::string_view whole = head.path_and_query();
    const std::size_t mark = whole.find('?');
    path_ = whole.substr(0, mark);
    if (mark != std::string_view::npos) query_ = whole.substr(mark + 1);
    // "http://host?query" has the path "/" (RFC 9110 section 4.2.3).
    if (path_.empty() && head.form() == target_form::absolute) path_ = "/";
}

std::string_view server_request::param(std::string_view name) const {
    for (const detail::path_parameter& p : parameters_) {
        if (p.name == name) return p.value;
    }
    throw std::out_of_range("gyre: the route pattern " + detail::quoted(pattern_) + " has no parameter " + detail::quoted(name));
}

std::optional<std::string> server_request::query_param(std::string_view name) const {
    for (std::string_view rest = query_; !rest.empty();) {
        const std::size_t end = rest.find('&');
        const std::string_view pair = rest.substr(0, end);
        rest = end == std::string_view::npos ? std::string_view() : rest.substr(end + 1);
        const std::size_t equals = pair.find('=');
        const std::string_view key = pair.substr(0, equals);
        if (pair.empty() || (key != name && form_decoded(key) != name)) continue;
        return equals == std::string_view::npos ? std::string() : form_decoded(pair.substr(equals + 1));
    }
    return std::nullopt;
}

net::address server_request::remote_address() const { return connection_.stream().remote_address(); }

bool server_request::has_body() const noexcept {
    const body_framing framing = head_.body();
    return framing.kind == body_kind::chunked || (framing.kind == body_kind::content_length && framing.length != 0);
}

std::optional<std::uint64_t> server_request::content_length() const noexcept {
    if (head_.body().kind != body_kind::content_length) return std::nullopt;
    return head_.body().length;
}

void server_request::set_max_body(std::uint64_t bytes) noexcept { body_.set_limit(bytes); }

task<std::string> server_request::text() { return body_.text(); }

task<std::vector<std::byte>> server_request::bytes() {
    const std::string text = co_await body_.text();
    std::vector<std::byte> bytes(text.size());
    if (!text.empty()) std::memcpy(bytes.data(), text.data(), text.size());
    co_return bytes;
}

server_request::body_chunks server_request::chunks() noexcept { return body_chunks(body_); }

task<std::optional<std::string_view>> server_request::body_chunks::next() { return body_->next(); }

}  // namespace gyre::http
