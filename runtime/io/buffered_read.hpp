#pragma once
#include <gyre/runtime/coroutine/task.hpp>
#include <gyre/runtime/io/read_buffer.hpp>

#include <algorithm>
#include <concepts>
#include <cstddef>
#include <optional>
#include <span>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>

namespace gyre::detail {

// What comes as bytes and is asked for by the line: a socket, a pipe. A small value that names it.
//   unread()            what came and was not asked for yet
//   fill(free)          to await: reads into `free`, which stands behind what is unread, and commits it. Gives how much; 0 at the end
//   throw_too_long(what, limit)   it has more than `limit` bytes `what` ("in one line")
//   throw_ended(partial)          it has ended before the delimiter, and this was the rest
// One of the reads below at a time. A read that ends with an error has consumed nothing, unless the end of the source is the error.
template <class Source>
concept byte_source = requires(const Source& from, std::span<char> free, const char* what, std::size_t limit, std::string partial) {
    { from.unread() } -> std::same_as<read_buffer&>;
    from.fill(free);
    from.throw_too_long(what, limit);
    from.throw_ended(std::move(partial));
};

inline constexpr std::size_t no_delimiter = std::string_view::npos;
// So much free memory is offered to a read that looks for a delimiter.
inline constexpr std::size_t least_fill = 4096;

// Brings more until the delimiter is there. Gives the length up to its end; `no_delimiter` at the end of the source.
template <byte_source Source>
task<std::size_t> find_delimiter(Source from, std::string_view delimiter, std::size_t limit, const char* what) {
    std::size_t searched = 0;
    while (true) {
        const std::string_view held = from.unread().view();
        // Not more than the limit, and from where a delimiter could begin that was cut.
        const std::size_t at = held.substr(0, limit).find(delimiter, searched);
        if (at != std::string_view::npos) co_return at + delimiter.size();
        if (held.size() >= limit) from.throw_too_long(what, limit);
        searched = held.size() - std::min(held.size(), delimiter.size() - 1);
        const std::span<char> free = from.unread().prepare(std::min(least_fill, std::max<std::size_t>(1, limit - held.size())));
        const std::size_t n = co_await from.fill(free);
        if (n == 0) co_return no_delimiter;
    }
}

// What stands before the first delimiter, and the delimiter: at most `limit` bytes in all.
template <byte_source Source>
task<std::string> read_delimited(Source from, std::string delimiter, std::size_t limit) {
    if (delimiter.empty()) throw std::invalid_argument("gyre: read_until() with an empty delimiter; give at least one character");
    const std::size_t length = co_await find_delimiter(from, delimiter, limit, "without the delimiter");
    if (length == no_delimiter) from.throw_ended(from.unread().take(no_delimiter));
    co_return from.unread().take(length);
}

// A line of at most `limit` bytes, without its "\n" or "\r\n"; the rest at the end of the source; nullopt after that.
template <byte_source Source>
task<std::optional<std::string>> read_text_line(Source from, std::size_t limit) {
    // The limit is the line's; its end comes on top.
    const std::size_t most = limit > no_delimiter - 2 ? limit : limit + 2;
    const std::size_t length = co_await find_delimiter(from, "\n", most, "in one line");
    const bool ended = length == no_delimiter;
    std::string_view line = from.unread().view().substr(0, length);
    const std::size_t consumed = line.size();
    if (ended && line.empty()) co_return std::nullopt;
    if (!ended) {
        line.remove_suffix(1);
        if (line.ends_with('\r')) line.remove_suffix(1);
    }
    if (line.size() > limit) from.throw_too_long("in one line", limit);
    std::optional<std::string> result(std::in_place, line);
    from.unread().consume(consumed);
    co_return result;
}

// All there is to the end of the source, at most `limit` bytes.
template <byte_source Source>
task<std::string> read_to_end(Source from, std::size_t limit) {
    while (true) {
        if (from.unread().size() > limit) from.throw_too_long("in all", limit);
        const std::span<char> free = from.unread().prepare(least_fill);
        const std::size_t n = co_await from.fill(free);
        if (n == 0) co_return from.unread().take(no_delimiter);
    }
}

}  // namespace gyre::detail
