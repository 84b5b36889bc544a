#include <gyre/net/connect.hpp>
#include <gyre/net/detail/connect_race.hpp>
#include <gyre/net/resolver.hpp>
#include <gyre/runtime/coroutine/errors.hpp>

#include <cstdio>
#include <optional>
#include <utility>

namespace gyre::net {
namespace {

std::optional<time_point> deadline_of(detail::core::io_scheduler& loop, const connect_options& options) {
    if (options.timeout <= duration::zero()) return std::nullopt;
    return static_cast<detail::core::loop_state&>(loop).deadline_after(options.timeout);
}

std::string seconds(duration d) {
    char text[32];
    std::snprintf(text, sizeof text, "%.3g s", std::chrono::duration<double>(d).count());
    return text;
}

task<stream> connect_before(std::vector<address> to, std::string target, const connect_options& options,
                            std::optional<time_point> deadline) {
    detail::connect_race race(detail::current_loop("net::connect()"), to, options, deadline);
    auto made = co_await race;
    if (made) co_return stream(std::move(made));
    if (!race.timed_out()) throw connect_error(target, race.errors());
    std::string tried;
    for (const address& a : to) tried += (tried.empty() ? "" : ", ") + a.to_string();
    throw timeout_error("gyre: connecting to " + target + " took longer than " + seconds(options.timeout) + " (no answer from " + tried +
                        "); check the address, or allow more time");
}

std::string display(const std::string& host, std::uint16_t port) {
    const bool bare_ipv6 = host.find(':') != std::string::npos && host.front() != '[';
    return (bare_ipv6 ? '[' + host + ']' : host) + ':' + std::to_string(port);
}

}  // namespace

task<stream> connect(std::string host, std::uint16_t port, connect_options options) {
    const auto deadline = deadline_of(detail::current_loop("net::connect()"), options);
    if (const auto literal = address::parse(host, port)) {
        std::vector<address> one(1, *literal);
        co_return co_await connect_before(std::move(one), display(host, port), options, deadline);
    }
    resolver names = options.resolver != nullptr ? *options.resolver : resolver::of_loop();
    auto lookup = names.resolve_before(host, port, options.family, deadline);
    std::optional<std::vector<address>> found = co_await std::move(lookup);
    if (!found)
        throw timeout_error("gyre: connecting to " + display(host, port) + " took longer than " + seconds(options.timeout) +
                            ", all of it to resolve the name; check the DNS servers, or allow more time");
    co_return co_await connect_before(std::move(*found), display(host, port), options, deadline);
}

task<stream> connect(address to, connect_options options) {
    std::vector<address> one(1, to);
    const auto deadline = deadline_of(detail::current_loop("net::connect()"), options);
    co_return co_await connect_before(std::move(one), to.to_string(), options, deadline);
}

task<stream> connect(std::vector<address> to, std::string target, connect_options options) {
    const auto deadline = deadline_of(detail::current_loop("net::connect()"), options);
    co_return co_await connect_before(std::move(to), std::move(target), options, deadline);
}

task<stream> connect_unix(std::string path, connect_options options) { return connect(address::local(path), std::move(options)); }

}  // namespace gyre::net
