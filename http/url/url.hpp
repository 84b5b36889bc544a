#pragma once

#include <gyre/http/url/host.hpp>
#include <gyre/http/url/url_error.hpp>

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

namespace gyre::http {

namespace detail {
class url_parser;
}

// A parsed, canonical URL: what a browser makes of the same text.
//
// It holds one string, the serialised URL, and offsets into it: every component is a view and costs nothing. The views
// live as long as the url and until it is assigned to or changed. A moved-from url may only be assigned or destroyed.
// Thread: any, one at a time; several may read at once. Throws: std::bad_alloc, and what a member names.
// Source: WHATWG URL Standard, section 4.
class url {
public:
    // Parses an absolute URL; the input is UTF-8 (ill-formed bytes become U+FFFD).
    // Throws: url_error.
    explicit url(std::string_view input) : url(parse(input)) {}

    // Returns: the URL that `input` denotes, relative to `base` when one is given.
    // Throws: url_error naming the input, the cause and the cure.
    // Source: WHATWG URL Standard, section 4.4.
    static url parse(std::string_view input);
    static url parse(std::string_view input, const url& base);

    // The same, empty where parse() throws a url_error: no exception is raised inside.
    static std::optional<url> try_parse(std::string_view input);
    static std::optional<url> try_parse(std::string_view input, const url& base);

    // Returns: `relative` (a link, a Location) resolved against this URL.
    // Throws: url_error.
    url resolve(std::string_view relative) const { return parse(relative, *this); }

    // The whole URL, canonical.
    const std::string& href() const noexcept { return href_; }

    // "scheme://host[:port]" for http, https, ws, wss and ftp; that of the inner URL for blob:http(s); else "null".
    std::string origin() const;

    // Lower case, without the ':'.
    std::string_view scheme() const noexcept { return slice(0, scheme_end_); }

    // Percent-encoded, as they stand in the URL; empty when there are none.
    std::string_view username() const noexcept { return has_authority() ? slice(scheme_end_ + 3, username_end_) : std::string_view{}; }
    std::string_view password() const noexcept;
    bool has_credentials() const noexcept { return has_authority() && host_start_ > scheme_end_ + 3; }

    // "example.org", "192.0.2.1", "[2001:db8::1]"; empty when there is none.
    std::string_view host() const noexcept { return slice(host_start_, host_end_); }

    // The host for a resolver or a socket: host() without the brackets of an IPv6 address.
    std::string_view address() const noexcept;

    // What goes into a Host header: host(), and ":port" where the port is not the scheme's own.
    std::string_view host_and_port() const noexcept { return has_authority() ? slice(host_start_, path_start_) : std::string_view{}; }

    host_kind kind_of_host() const noexcept { return host_kind_; }

    // The port that the URL spells out and that is not the scheme's default.
    std::optional<std::uint16_t> port() const noexcept;

    // The port to connect to: port(), else the scheme's (80, 443, 21), else nothing.
    std::optional<std::uint16_t> effective_port() const noexcept;

    // Percent-encoded; begins with '/' for http and https.
    std::string_view path() const noexcept { return slice(path_start_, path_end()); }

    // Without the '?'. "http://h/?" has an empty query, "http://h/" has none.
    std::string_view query() const noexcept { return has_query() ? slice(query_start_ + 1, query_end()) : std::string_view{}; }
    bool has_query() const noexcept { return query_start_ != absent; }

    // Without the '#'.
    std::string_view fragment() const noexcept { return has_fragment() ? slice(fragment_start_ + 1, size()) : std::string_view{}; }
    bool has_fragment() const noexcept { return fragment_start_ != absent; }

    // Path and query in one piece: the request target of an HTTP request. Source: RFC 9112 section 3.2.1.
    std::string_view target() const noexcept { return slice(path_start_, query_end()); }

    // True for http, https, ws, wss, ftp and file.
    bool is_special() const noexcept { return special_; }

    // True for URLs such as mailto:a@b and data:,x, whose path is not a list of segments.
    bool has_opaque_path() const noexcept { return opaque_path_; }

    bool has_authority() const noexcept { return host_kind_ != host_kind::none; }

    // Replaces the query; `query` is given without '?' and is percent-encoded where it must be.
    // Throws: url_error when the URL would grow beyond 768 MiB.
    void set_query(std::string_view query);
    void clear_query() { replace_query({}); }

    // Adds one `name=value` to the query, form-urlencoded. Throws: as set_query().
    void append_query(std::string_view name, std::string_view value);

    // Replaces the fragment; `fragment` is given without '#'. Throws: as set_query().
    void set_fragment(std::string_view fragment);
    void clear_fragment();

    // Removes user name and password (a Referer or a log line must not carry them).
    void clear_credentials();

    friend bool operator==(const url& a, const url& b) noexcept { return a.href_ == b.href_; }
    friend auto operator<=>(const url& a, const url& b) noexcept { return a.href_ <=> b.href_; }

private:
    friend class detail::url_parser;
    static constexpr std::uint32_t absent = 0xFFFFFFFF;

    url() = default;

    std::string_view slice(std::uint32_t from, std::uint32_t to) const noexcept { return {href_.data() + from, to - from}; }
    std::uint32_t size() const noexcept { return static_cast<std::uint32_t>(href_.size()); }
    std::uint32_t query_end() const noexcept { return has_fragment() ? fragment_start_ : size(); }
    std::uint32_t path_end() const noexcept { return has_query() ? query_start_ : query_end(); }
    void replace_query(std::string_view with_mark);

    // scheme : // username : password @ host : port /. path ? query # fragment
    // Without an authority username_end_, host_start_ and host_end_ all equal scheme_end_ + 1. The "/." that keeps a path
    // of two slashes from reading as an authority stands before path_start_.
    std::string href_;
    std::uint32_t scheme_end_ = 0;    // the ':'
    std::uint32_t username_end_ = 0;  // ':' or '@', or host_start_ without credentials
    std::uint32_t host_start_ = 0;    // after the '@'
    std::uint32_t host_end_ = 0;      // ':' of the port, or the path
    std::uint32_t path_start_ = 0;
    std::uint32_t query_start_ = absent;     // the '?'
    std::uint32_t fragment_start_ = absent;  // the '#'
    std::int32_t port_ = -1;
    host_kind host_kind_ = host_kind::none;
    bool special_ = false;
    bool opaque_path_ = false;
};

}  // namespace gyre::http

template <>
struct std::hash<gyre::http::url> {
    std::size_t operator()(const gyre::http::url& u) const noexcept { return std::hash<std::string>{}(u.href()); }
};
