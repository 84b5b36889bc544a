#include <gyre/http/url/url_parser.hpp>

#include <gyre/http/url/percent_encoding.hpp>

namespace gyre::http::detail {
namespace {

constexpr bool is_alpha(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }
constexpr bool is_digit(char c) { return c >= '0' && c <= '9'; }
constexpr bool is_tab_or_newline(char c) { return c == '\t' || c == '\n' || c == '\r'; }

// Length of a leading "scheme" before its ':', or 0.
std::size_t scheme_length(std::string_view text) {
    if (text.empty() || !is_alpha(text[0])) return 0;
    for (std::size_t i = 1; i < text.size(); ++i) {
        const char c = text[i];
        if (c == ':') return i;
        if (!is_alpha(c) && !is_digit(c) && c != '+' && c != '-' && c != '.') return 0;
    }
    return 0;
}

bool is_drive_letter(std::string_view text) { return text.size() == 2 && is_alpha(text[0]) && (text[1] == ':' || text[1] == '|'); }

bool starts_with_drive_letter(std::string_view text) {
    return text.size() >= 2 && is_drive_letter(text.substr(0, 2)) && (text.size() == 2 || text[2] == '/' || text[2] == '\\');
}

// Removes `count` leading dots, each written as "." or "%2e"; false when they are not there.
bool is_dots(std::string_view segment, int count) {
    for (; count > 0; --count) {
        if (segment.starts_with('.')) {
            segment.remove_prefix(1);
        } else if (segment.size() >= 3 && segment[0] == '%' && segment[1] == '2' && (segment[2] | 0x20) == 'e') {
            segment.remove_prefix(3);
        } else {
            return false;
        }
    }
    return segment.empty();
}

}  // namespace

int special_port(std::string_view scheme) noexcept {
    switch (scheme.size()) {
        case 2:
            return scheme == "ws" ? 80 : -1;
        case 3:
            return scheme == "wss" ? 443 : scheme == "ftp" ? 21 : -1;
        case 4:
            return scheme == "http" ? 80 : scheme == "file" ? 0 : -1;
        case 5:
            return scheme == "https" ? 443 : -1;
        default:
            return -1;
    }
}

url_issue url_parser::run(std::string_view input) {
    while (!input.empty() && static_cast<unsigned char>(input.front()) <= 0x20) input.remove_prefix(1);
    while (!input.empty() && static_cast<unsigned char>(input.back()) <= 0x20) input.remove_suffix(1);
    if (input.size() > longest_url) return url_issue::too_long;

    std::string scratch;
    bool strip = false;
    bool wide = false;
    for (const char c : input) {
        strip |= is_tab_or_newline(c);
        wide |= static_cast<unsigned char>(c) > 0x7F;
    }
    if (wide && !is_utf8(input)) {
        scratch = scrub_utf8(input);
        input = scratch;
    }
    if (strip) {
        std::string kept;
        kept.reserve(input.size());
        for (const char c : input) {
            if (!is_tab_or_newline(c)) kept.push_back(c);
        }
        scratch = std::move(kept);
        input = scratch;
    }

    std::string_view rest = input;
    const std::size_t hash = rest.find('#');
    const bool has_fragment = hash != std::string_view::npos;
    const std::string_view fragment = has_fragment ? rest.substr(hash + 1) : std::string_view{};
    if (has_fragment) rest = rest.substr(0, hash);
    const std::size_t mark = rest.find('?');
    const bool has_query = mark != std::string_view::npos;
    const std::string_view query = has_query ? rest.substr(mark + 1) : std::string_view{};
    if (has_query) rest = rest.substr(0, mark);

    out_.href_.reserve(input.size() + 8 + (base_ != nullptr ? base_->href_.size() : 0));
    const std::size_t scheme = scheme_length(rest);
    url_issue issue = url_issue::none;
    if (scheme != 0) {
        note_scheme(rest.substr(0, scheme));
        rest.remove_prefix(scheme + 1);
        if (is_file()) {
            if (base_ != nullptr && base_->scheme() != "file") base_ = nullptr;
            issue = parse_file(rest);
        } else if (out_.special_) {
            const bool same = base_ != nullptr && base_->scheme() == out_.scheme();
            if (same && !rest.starts_with("//")) {
                issue = parse_relative(rest);
            } else {
                while (!rest.empty() && is_slash(rest.front())) rest.remove_prefix(1);
                issue = parse_authority(rest);
            }
        } else if (rest.starts_with("//")) {
            issue = parse_authority(rest.substr(2));
        } else if (rest.starts_with('/')) {
            begin_path();
            append_segments(rest.substr(1));
        } else {
            append_opaque_path(rest, has_query || has_fragment);
        }
    } else if (base_ == nullptr) {
        return url_issue::no_scheme;
    } else if (base_->opaque_path_) {
        if (!rest.empty() || has_query || !has_fragment) return url_issue::opaque_base;
        out_.href_.assign(base_->href_, 0, base_->query_end());
        copy_path(*base_);
        keep_base_query_ = true;
    } else {
        note_scheme(base_->scheme());
        issue = is_file() ? parse_file(rest) : parse_relative(rest);
    }
    if (issue != url_issue::none) return issue;

    // A path that begins with two slashes must not read as an authority.
    if (!out_.has_authority() && !out_.opaque_path_ && std::string_view(out_.href_).substr(out_.path_start_).starts_with("//")) {
        out_.href_.insert(out_.path_start_, "/.");
        out_.path_start_ += 2;
    }
    if (has_query) {
        out_.query_start_ = here();
        out_.href_.push_back('?');
        percent_encode(out_.href_, query, out_.special_ ? percent_set::special_query : percent_set::query);
    } else if (keep_base_query_ && base_->has_query()) {
        out_.query_start_ = here();
        out_.href_.push_back('?');
        out_.href_.append(base_->query());
    }
    if (has_fragment) {
        out_.fragment_start_ = here();
        out_.href_.push_back('#');
        percent_encode(out_.href_, fragment, percent_set::fragment);
    }
    return out_.href_.size() > longest_url * 12 ? url_issue::too_long : url_issue::none;
}

void url_parser::note_scheme(std::string_view text) {
    for (const char c : text) out_.href_.push_back(c >= 'A' && c <= 'Z' ? static_cast<char>(c | 0x20) : c);
    out_.scheme_end_ = here();
    out_.href_.push_back(':');
    out_.special_ = special_port(out_.scheme()) >= 0;
    out_.username_end_ = out_.host_start_ = out_.host_end_ = out_.path_start_ = here();
}

// "//user:password@host:port" of `from`, whose scheme is already in place.
void url_parser::copy_authority(const url& from) {
    if (from.has_authority()) out_.href_.append(from.href_, from.scheme_end_ + 1, from.path_start_ - from.scheme_end_ - 1);
    out_.username_end_ = from.username_end_;
    out_.host_start_ = from.host_start_;
    out_.host_end_ = from.host_end_;
    out_.port_ = from.port_;
    out_.host_kind_ = from.host_kind_;
    begin_path();
}

// The opaque-path case: the text up to the fragment is in place, take over all that describes it.
void url_parser::copy_path(const url& from) {
    out_.href_.resize(from.path_end());
    out_.scheme_end_ = from.scheme_end_;
    out_.username_end_ = from.username_end_;
    out_.host_start_ = from.host_start_;
    out_.host_end_ = from.host_end_;
    out_.path_start_ = from.path_start_;
    out_.opaque_path_ = from.opaque_path_;
}

// "relative state": the scheme is the base's.
url_issue url_parser::parse_relative(std::string_view rest) {
    if (!rest.empty() && is_slash(rest[0])) {
        if (rest.size() > 1 && is_slash(rest[1])) {
            rest.remove_prefix(2);
            while (out_.special_ && !rest.empty() && is_slash(rest.front())) rest.remove_prefix(1);
            return parse_authority(rest);
        }
        copy_authority(*base_);
        append_segments(rest.substr(1));
        return url_issue::none;
    }
    copy_authority(*base_);
    out_.href_.append(base_->path());
    if (rest.empty()) {
        keep_base_query_ = true;
    } else {
        shorten_path();
        append_segments(rest);
    }
    return url_issue::none;
}

// "file state", "file slash state" and "file host state". `base_` is null or a file URL.
url_issue url_parser::parse_file(std::string_view rest) {
    if (rest.size() > 1 && is_slash(rest[0]) && is_slash(rest[1])) {
        rest.remove_prefix(2);
        std::size_t end = 0;
        while (end < rest.size() && !is_slash(rest[end])) ++end;
        const std::string_view host = rest.substr(0, end);
        begin_authority();
        out_.host_kind_ = host_kind::empty;
        if (is_drive_letter(host)) {
            begin_path();
            append_segments(rest);
            return url_issue::none;
        }
        if (!host.empty()) {
            const url_issue issue = parse_host(out_.href_, host, true, out_.host_kind_);
            if (issue != url_issue::none) return issue;
            if (std::string_view(out_.href_).substr(out_.host_start_) == "localhost") {
                out_.href_.resize(out_.host_start_);
                out_.host_kind_ = host_kind::empty;
            }
        }
        out_.host_end_ = here();
        return parse_path_after_authority(rest.substr(end));
    }
    const auto take_authority = [this] {
        if (base_ != nullptr) {
            copy_authority(*base_);
            return;
        }
        begin_authority();
        out_.host_kind_ = host_kind::empty;
        begin_path();
    };
    if (!rest.empty() && is_slash(rest[0])) {
        rest.remove_prefix(1);
        take_authority();
        if (base_ != nullptr && !starts_with_drive_letter(rest)) {
            const std::string_view path = base_->path();
            const std::string_view first = path.substr(0, path.find('/', 1));
            if (first.size() == 3 && is_alpha(first[1]) && first[2] == ':') out_.href_.append(first);
        }
        append_segments(rest);
        return url_issue::none;
    }
    take_authority();
    if (base_ != nullptr) {
        if (rest.empty()) {
            out_.href_.append(base_->path());
            keep_base_query_ = true;
            return url_issue::none;
        }
        if (!starts_with_drive_letter(rest)) {
            out_.href_.append(base_->path());
            shorten_path();
        }
    }
    append_segments(rest);
    return url_issue::none;
}

void url_parser::begin_authority() {
    out_.href_.append("//");
    out_.username_end_ = out_.host_start_ = out_.host_end_ = out_.path_start_ = here();
}

// `rest` begins after the slashes.
url_issue url_parser::parse_authority(std::string_view rest) {
    std::size_t end = 0;
    std::size_t at = std::string_view::npos;
    while (end < rest.size() && !is_slash(rest[end])) {
        if (rest[end] == '@') at = end;
        ++end;
    }
    std::string_view host = rest.substr(0, end);
    begin_authority();
    if (at != std::string_view::npos) {
        const std::string_view user = host.substr(0, at);
        host.remove_prefix(at + 1);
        if (host.empty()) return url_issue::credentials_without_host;
        const std::size_t colon = user.find(':');
        percent_encode(out_.href_, user.substr(0, colon), percent_set::userinfo);
        out_.username_end_ = here();
        if (colon != std::string_view::npos && colon + 1 < user.size()) {
            out_.href_.push_back(':');
            percent_encode(out_.href_, user.substr(colon + 1), percent_set::userinfo);
        }
        if (here() > out_.host_start_) out_.href_.push_back('@');
        out_.host_start_ = here();
    }

    std::size_t colon = 0;
    bool in_brackets = false;
    while (colon < host.size() && (in_brackets || host[colon] != ':')) {
        if (host[colon] == '[') in_brackets = true;
        if (host[colon] == ']') in_brackets = false;
        ++colon;
    }
    const std::string_view name = host.substr(0, colon);
    if (name.empty() && colon < host.size()) return url_issue::no_host_before_port;
    if (name.empty() && out_.special_) return url_issue::empty_host;
    const url_issue issue = parse_host(out_.href_, name, out_.special_, out_.host_kind_);
    if (issue != url_issue::none) return issue;
    out_.host_end_ = here();

    if (colon + 1 < host.size()) {
        std::uint32_t port = 0;
        for (const char c : host.substr(colon + 1)) {
            if (!is_digit(c)) return url_issue::bad_port;
            port = port * 10 + static_cast<std::uint32_t>(c - '0');
            if (port > 65535) return url_issue::port_too_large;
        }
        if (static_cast<int>(port) != special_port(out_.scheme())) {
            out_.port_ = static_cast<std::int32_t>(port);
            out_.href_.push_back(':');
            out_.href_.append(std::to_string(port));
        }
    }
    return parse_path_after_authority(rest.substr(end));
}

// "path start state": a special URL always has a path, another one only when it is written.
url_issue url_parser::parse_path_after_authority(std::string_view rest) {
    begin_path();
    if (!rest.empty()) {
        append_segments(rest.substr(1));
    } else if (out_.special_) {
        out_.href_.push_back('/');
    }
    return url_issue::none;
}

void url_parser::begin_path() { out_.path_start_ = here(); }

// "path state": adds the segments of `text` (at least one, maybe empty) to the path that begins at path_start_.
void url_parser::append_segments(std::string_view text) {
    const bool file = is_file();
    std::string& href = out_.href_;
    std::size_t from = 0;
    for (;;) {
        std::size_t end = from;
        bool escape = false;
        while (end < text.size() && !is_slash(text[end])) {
            escape |= is_escaped(text[end], percent_set::path);
            ++end;
        }
        const std::string_view segment = text.substr(from, end - from);
        const bool last = end == text.size();
        const bool maybe_dots = !segment.empty() && (segment[0] == '.' || segment[0] == '%');
        if (maybe_dots && is_dots(segment, 2)) {
            shorten_path();
            if (last) href.push_back('/');
        } else if (maybe_dots && is_dots(segment, 1)) {
            if (last) href.push_back('/');
        } else {
            const bool first = here() == out_.path_start_;
            href.push_back('/');
            if (file && first && is_drive_letter(segment)) {
                href.push_back(segment[0]);
                href.push_back(':');
            } else if (escape) {
                percent_encode(href, segment, percent_set::path);
            } else {
                href.append(segment);
            }
        }
        if (last) return;
        from = end + 1;
    }
}

// Removes the last segment, but not the drive letter of a file URL.
void url_parser::shorten_path() {
    const std::string_view path = std::string_view(out_.href_).substr(out_.path_start_);
    if (path.empty()) return;
    const std::size_t slash = path.rfind('/');
    if (slash == 0 && path.size() == 3 && is_alpha(path[1]) && path[2] == ':' && is_file()) return;
    out_.href_.resize(out_.path_start_ + slash);
}

// "opaque path state". Only the last of several spaces before a '?' or '#' is escaped, which keeps all of them.
void url_parser::append_opaque_path(std::string_view text, bool more_follows) {
    begin_path();
    out_.opaque_path_ = true;
    const bool space = more_follows && text.ends_with(' ');
    if (space) text.remove_suffix(1);
    percent_encode(out_.href_, text, percent_set::c0_control);
    if (space) out_.href_.append("%20");
}

}  // namespace gyre::http::detail
