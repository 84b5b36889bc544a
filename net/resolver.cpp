#include <gyre/net/detail/resolver_core.hpp>
#include <gyre/net/resolver.hpp>
#include <gyre/runtime/coroutine/errors.hpp>

#include <utility>

namespace gyre::net {
namespace {

using detail::resolver_core;
using gyre::detail::core_ref;

std::vector<address> with_port(std::vector<address> addresses, std::uint16_t port) {
    for (address& a : addresses) a = a.with_port(port);
    return addresses;
}

// Coroutines of their own, that keep the resolver: its handle may be a temporary.

task<std::optional<std::vector<address>>> find(core_ref<resolver_core> in, std::string host, std::uint16_t port, family wanted,
                                               std::optional<time_point> deadline) {
    std::optional<std::vector<address>> found = in->known_locally(host, wanted);
    if (!found) {
        detail::lookup_awaiter lookup(in, host, wanted, deadline);
        const auto answer = co_await lookup;
        if (!answer) co_return std::nullopt;
        found = resolver_core::addresses_of(*answer, host, lookup.turn());
    }
    co_return with_port(std::move(*found), port);
}

task<std::vector<address>> find_or_throw(core_ref<resolver_core> in, std::string host, std::uint16_t port, family wanted,
                                         std::optional<time_point> deadline) {
    auto lookup = find(in, host, port, wanted, deadline);
    std::optional<std::vector<address>> found = co_await std::move(lookup);
    if (!found) throw timeout_error("gyre: resolving '" + host + "' took too long; check the DNS servers, or allow more time");
    co_return std::move(*found);
}

}  // namespace

resolver::resolver(const resolver_options& options)
    : core_(new detail::resolver_core(gyre::detail::require_loop("net::resolver"), options, false)) {}
resolver::resolver(gyre::detail::core_ref<detail::resolver_core> core) noexcept : core_(std::move(core)) {}
resolver::resolver(const resolver&) noexcept = default;
resolver::resolver(resolver&&) noexcept = default;
resolver& resolver::operator=(const resolver&) noexcept = default;
resolver& resolver::operator=(resolver&&) noexcept = default;
resolver::~resolver() = default;

resolver resolver::of_loop() { return resolver(detail::resolver_core::of_loop(gyre::detail::require_loop("net::resolve()"))); }

task<std::optional<std::vector<address>>> resolver::resolve_before(std::string host, std::uint16_t port, family wanted,
                                                                   std::optional<time_point> deadline) {
    return find(core_, std::move(host), port, wanted, deadline);
}

task<std::vector<address>> resolver::resolve(std::string host, std::uint16_t port, family wanted, std::optional<time_point> deadline) {
    return find_or_throw(core_, std::move(host), port, wanted, deadline);
}

void resolver::clear_cache() { core_->clear(); }
resolver_stats resolver::stats() const { return core_->stats(); }

task<std::vector<address>> resolve(std::string host, std::uint16_t port, family wanted) {
    return resolver::of_loop().resolve(std::move(host), port, wanted);
}

}  // namespace gyre::net
