#include <gyre/http/url/url.hpp>

#include <gyre/http/url/percent_encoding.hpp>
#include <gyre/http/url/url_parser.hpp>

namespace gyre::http {
namespace {

// A setter's text: ill-formed UTF-8 replaced, tabs and newlines removed, as the parser does.
std::string cleaned(std::string_view text) {
    std::string out = detail::is_utf8(text) ? std::string(text) : detail::scrub_utf8(text);
    std::erase_if(out, [](char c) { return c == '\t' || c == '\n' || c == '\r'; });
    return out;
}

}  // namespace

url url::parse(std::string_view input) {
    url result;
    const auto issue = detail::url_parser(result, nullptr).run(input);
    if (issue != detail::url_issue::none) throw detail::make_url_error(issue, input, {});
    return result;
}

url url::parse(std::string_view input, const url& base) {
    url result;
    const auto issue = detail::url_parser(result, &base).run(input);
    if (issue != detail::url_issue::none) throw detail::make_url_error(issue, input, base.href_);
    return result;
}

std::optional<url> url::try_parse(std::string_view input) {
    url result;
    if (detail::url_parser(result, nullptr).run(input) != detail::url_issue::none) return std::nullopt;
    return result;
}

std::optional<url> url::try_parse(std::string_view input, const url& base) {
    url result;
    if (detail::url_parser(result, &base).run(input) != detail::url_issue::none) return std::nullopt;
    return result;
}

std::string url::origin() const {
    const std::string_view name = scheme();
    if (special_ && name != "file") {
        std::string out;
        out.reserve(name.size() + 3 + host_and_port().size());
        out.append(name).append("://").append(host_and_port());
        return out;
    }
    if (name == "blob") {
        const auto inner = try_parse(path());
        if (inner && (inner->scheme() == "http" || inner->scheme() == "https")) return inner->origin();
    }
    return "null";
}

std::string_view url::password() const noexcept {
    // Between "username:" and "@"; without one username_end_ is the '@' itself, or host_start_.
    if (!has_authority() || username_end_ + 1 >= host_start_) return {};
    return slice(username_end_ + 1, host_start_ - 1);
}

std::string_view url::address() const noexcept { return host_kind_ == host_kind::ipv6 ? slice(host_start_ + 1, host_end_ - 1) : host(); }

std::optional<std::uint16_t> url::port() const noexcept {
    if (port_ < 0) return std::nullopt;
    return static_cast<std::uint16_t>(port_);
}

std::optional<std::uint16_t> url::effective_port() const noexcept {
    if (port_ >= 0) return static_cast<std::uint16_t>(port_);
    const int standard = detail::special_port(scheme());
    if (standard <= 0) return std::nullopt;
    return static_cast<std::uint16_t>(standard);
}

void url::replace_query(std::string_view with_mark) {
    const std::uint32_t from = path_end();
    const std::uint32_t to = query_end();
    if (href_.size() + with_mark.size() > detail::longest_url * 12) throw detail::make_url_error(detail::url_issue::too_long, href_, {});
    const auto grown = static_cast<std::uint32_t>(with_mark.size()) - (to - from);
    href_.replace(from, to - from, with_mark);
    query_start_ = with_mark.empty() ? absent : from;
    if (has_fragment()) fragment_start_ += grown;
}

void url::set_query(std::string_view query) {
    std::string text = "?";
    percent_encode(text, cleaned(query), special_ ? percent_set::special_query : percent_set::query);
    replace_query(text);
}

void url::append_query(std::string_view name, std::string_view value) {
    std::string fields(query());
    append_form_field(fields, name, value);
    replace_query("?" + fields);
}

void url::set_fragment(std::string_view fragment) {
    std::string text = "#";
    percent_encode(text, cleaned(fragment), percent_set::fragment);
    if (href_.size() + text.size() > detail::longest_url * 12) throw detail::make_url_error(detail::url_issue::too_long, href_, {});
    clear_fragment();
    fragment_start_ = size();
    href_.append(text);
}

void url::clear_fragment() {
    if (!has_fragment()) return;
    href_.resize(fragment_start_);
    fragment_start_ = absent;
}

void url::clear_credentials() {
    if (!has_credentials()) return;
    const std::uint32_t from = scheme_end_ + 3;
    const std::uint32_t removed = host_start_ - from;
    href_.erase(from, removed);
    username_end_ = host_start_ = from;
    host_end_ -= removed;
    path_start_ -= removed;
    if (has_query()) query_start_ -= removed;
    if (has_fragment()) fragment_start_ -= removed;
}

}  // namespace gyre::http
