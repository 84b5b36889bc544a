#pragma once

#include <gyre/http/url/url.hpp>

#include <string>
#include <string_view>

namespace gyre::http::detail {

// Longest URL taken, so that every offset fits 32 bits even when each byte grows to nine ("%EF%BF%BD").
inline constexpr std::size_t longest_url = std::size_t{64} << 20;

// Default port of a special scheme: -1 when the scheme is not special, 0 for "file", which has none.
int special_port(std::string_view scheme) noexcept;

// The URL parser. The standard describes a state machine over code points; this one cuts the text at its '#' and '?'
// first, which no state before them can miss, and then treats each part once, appending to the one result string.
class url_parser {
public:
    url_parser(url& out, const url* base) : out_(out), base_(base) {}

    url_issue run(std::string_view input);

private:
    void note_scheme(std::string_view text);
    void copy_authority(const url& from);
    void copy_path(const url& from);
    url_issue parse_relative(std::string_view rest);
    url_issue parse_file(std::string_view rest);
    url_issue parse_authority(std::string_view rest);
    void begin_authority();
    url_issue parse_path_after_authority(std::string_view rest);
    void begin_path();
    void append_segments(std::string_view text);
    void shorten_path();
    void append_opaque_path(std::string_view text, bool more_follows);
    bool is_slash(char c) const { return c == '/' || (c == '\\' && out_.special_); }
    bool is_file() const { return out_.scheme() == "file"; }
    std::uint32_t here() const { return static_cast<std::uint32_t>(out_.href_.size()); }

    url& out_;
    const url* base_;
    bool keep_base_query_ = false;
};

}  // namespace gyre::http::detail
