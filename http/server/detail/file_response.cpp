#include <gyre/http/server/detail/file_response.hpp>

#include <gyre/fs/error.hpp>
#include <gyre/fs/open.hpp>
#include <gyre/http/headers/token_list.hpp>
#include <gyre/http/server/detail/byte_range.hpp>
#include <gyre/http/server/detail/descriptor_wait.hpp>
#include <gyre/http/server/detail/response_access.hpp>
#include <gyre/http/server/detail/response_head.hpp>
#include <gyre/http/server/http_date.hpp>
#include <gyre/http/server/mime_types.hpp>

#include <sys/stat.h>

#include <cerrno>
#include <chrono>
#include <cstdio>
#include <exception>
#include <optional>
#include <utility>

namespace gyre::http::detail {
namespace {

using std::chrono::system_clock;

// A file may change twice within what its time can tell: until then its tag is a weak one.
constexpr std::chrono::seconds settled_after(2);

struct validators {
    explicit validators(const struct stat& about)
        : modified(std::chrono::floor<system_clock::duration>(std::chrono::seconds(about.st_mtim.tv_sec) +
                                                              std::chrono::nanoseconds(about.st_mtim.tv_nsec))) {
        char text[80];
        std::snprintf(text, sizeof text, "%s\"%llx-%lx-%llx\"", system_clock::now() - modified < settled_after ? "W/" : "",
                      static_cast<unsigned long long>(about.st_mtim.tv_sec), static_cast<unsigned long>(about.st_mtim.tv_nsec),
                      static_cast<unsigned long long>(about.st_size));
        tag = text;
    }
    system_clock::time_point modified;
    std::string tag;
};

std::string_view opaque(std::string_view tag) noexcept { return tag.starts_with("W/") ? tag.substr(2) : tag; }

// RFC 9110 section 13.1.2 and 13.1.3; If-None-Match beats If-Modified-Since.
bool is_unchanged(const headers& asked, const validators& v, std::string_view tag) {
    const auto known = asked.get_all("if-none-match");
    if (!known.empty()) {
        for (const std::string_view value : known) {
            for (const std::string_view one : token_list(value)) {
                if (one == "*" || opaque(one) == opaque(tag)) return true;
            }
        }
        return false;
    }
    const auto since = asked.get("if-modified-since");
    if (!since) return false;
    const auto date = parse_http_date(*since);
    return date && std::chrono::floor<std::chrono::seconds>(v.modified) <= *date;
}

// RFC 9110 section 13.1.5: a range is of use to the client only when it has the rest of these very bytes.
bool range_applies(const headers& asked, const validators& v, std::string_view tag) {
    const auto condition = asked.get("if-range");
    if (!condition) return true;
    if (condition->starts_with('"')) return *condition == tag;
    const auto date = parse_http_date(*condition);
    return date && std::chrono::floor<std::chrono::seconds>(v.modified) == *date && !tag.starts_with("W/");
}

void set_default(server_response& response, std::string_view name, std::string_view value) {
    if (!response.headers().contains(name)) response.headers().add(name, value);
}

}  // namespace

void answer_with_file(const server_request& request, server_response& response, fs::file file, const struct stat& about,
                      std::string_view content_type) {
    const auto size = static_cast<std::uint64_t>(about.st_size);
    const validators v(about);
    set_default(response, "Last-Modified", http_date(v.modified));
    set_default(response, "ETag", v.tag);
    const bool ranged = response.status() == 200;
    const std::string tag(response.headers().get_or("etag", {}));
    if (ranged && (request.method() == "GET" || request.method() == "HEAD") && is_unchanged(request.headers(), v, tag)) {
        response.set_status(304);
        response_access::body(response) = std::string();
        return;
    }
    set_default(response, "Content-Type", content_type);
    if (ranged) set_default(response, "Accept-Ranges", "bytes");
    std::uint64_t begin = 0;
    std::uint64_t end = size;
    const auto range = request.headers().get("range");
    if (ranged && range && request.method() == "GET" && range_applies(request.headers(), v, tag)) {
        const byte_range part = parse_range(*range, size);
        if (part.what == byte_range::verdict::unsatisfiable) {
            response = plain_answer(416);
            response.header("Content-Range", "bytes */" + std::to_string(size));
            return;
        }
        if (part.what == byte_range::verdict::part) {
            begin = part.begin;
            end = part.end;
            response.set_status(206);
            response.header("Content-Range", "bytes " + std::to_string(begin) + "-" + std::to_string(end - 1) + "/" + std::to_string(size));
        }
    }
    response_access::body(response) = open_file{std::move(file), begin, end};
}

task<> open_named_file(const server_request& request, server_response& response, std::string path) {
    std::optional<fs::file> file;
    std::exception_ptr failure;
    int error = 0;
    descriptor_wait shortage;
    for (;;) {
        error = 0;
        try {
            file.emplace(co_await fs::open(path));
        } catch (const fs::error& e) {
            error = e.code().value();
            failure = std::current_exception();
        }
        if (!shortage.may_help(error)) break;
        co_await shortage.pause();
    }
    if (error != 0 && status_of_open_error(error) == 0) std::rethrow_exception(failure);
    struct stat about{};
    if (error == 0 && ::fstat(file->fd(), &about) != 0) error = errno;
    if (error == 0 && !S_ISREG(about.st_mode)) error = ENOENT;
    if (error != 0) {
        response = plain_answer(status_of_open_error(error));
        co_return;
    }
    answer_with_file(request, response, std::move(*file), about, with_charset(mime_type(path), "utf-8"));
}

int status_of_open_error(int error) noexcept {
    switch (error) {
        case ENOENT:
        case ENOTDIR:
        case ENAMETOOLONG:
        case ELOOP:
        case ENXIO:
        case ENODEV:
            return 404;
        case EACCES:
        case EPERM:
        case EXDEV:
            return 403;
        default:
            return 0;
    }
}

std::string with_charset(std::string_view type, std::string_view charset) {
    std::string full(type);
    if (type.starts_with("text/") && !charset.empty()) full.append("; charset=").append(charset);
    return full;
}

}  // namespace gyre::http::detail
