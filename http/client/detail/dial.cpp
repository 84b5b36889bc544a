#include <gyre/http/client/detail/dial.hpp>
#include <gyre/http/client/detail/host_pool.hpp>
#include <gyre/http/client/detail/pool.hpp>
#include <gyre/net/connect.hpp>
#include <gyre/net/error.hpp>
#include <gyre/net/resolver.hpp>
#include <gyre/runtime/coroutine/errors.hpp>
#include <gyre/runtime/loop/sleep.hpp>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <optional>
#include <utility>
#include <vector>

namespace gyre::http::detail {
namespace {

// While the system has no file descriptor for another connection.
constexpr std::chrono::milliseconds first_pause(10);
constexpr std::chrono::milliseconds longest_pause(500);

bool out_of_descriptors(const std::error_code& code) {
    return code == std::errc::too_many_files_open || code == std::errc::too_many_files_open_in_system;
}

std::string without_prefix(std::string_view message) {
    constexpr std::string_view prefix = "gyre: ";
    if (message.starts_with(prefix)) message.remove_prefix(prefix.size());
    return std::string(message);
}

failure no_connection(http::phase phase, const std::error_code& code, const char* message) {
    failure why;
    why.what = failure::kind::connect;
    why.phase = phase;
    why.code = code;
    why.message = without_prefix(message);
    return why;
}

failure out_of_time(http::phase phase, duration limit) {
    failure why;
    why.what = failure::kind::timed_out;
    why.phase = phase;
    why.limit = limit;
    why.limit_name = "connect_timeout";
    return why;
}

}  // namespace

dial::dial(pool& owner, host_pool& host) noexcept : pool_(gyre::detail::core_ref<pool>::share(owner)), host_(&host) {}

dial::~dial() {
    if (!over) pool_->dial_cancelled(*this);
}

task<> dial::run(std::unique_ptr<dial> self) {
    failure why;
    net::stream made = co_await self->connect(why);
    if (made)
        self->pool_->dialled(*self, std::move(made));
    else
        self->pool_->dial_failed(*self, std::move(why));
}

task<net::stream> dial::connect(failure& why) {
    gyre::detail::loop_state& loop = pool_->loop();
    const duration limit = pool_->options().connect_timeout;
    const std::optional<time_point> deadline = limit > duration::zero() ? std::optional(loop.deadline_after(limit)) : std::nullopt;
    net::connect_options options = pool_->options().connect;
    duration pause = first_pause;
    for (;;) {
        try {
            std::optional<std::vector<net::address>> found;
            if (const auto literal = net::address::parse(host_->where().host(), host_->where().port())) {
                found.emplace(1, *literal);
            } else {
                phase_ = phase::dns;
                net::resolver names = options.resolver != nullptr ? *options.resolver : net::resolver::of_loop();
                found = co_await names.resolve_before(host_->where().host(), host_->where().port(), options.family, deadline);
            }
            if (!found) {
                why = out_of_time(phase::dns, limit);
                co_return net::stream();
            }
            phase_ = phase::connect;
            options.timeout = deadline ? std::max<duration>(*deadline - loop.now(), duration(1)) : duration::zero();
            net::stream made = co_await net::connect(std::move(*found), host_->where().name(), options);
            co_return made;
        } catch (const net::error& e) {
            why = no_connection(phase_, e.code(), e.what());
        } catch (const gyre::timeout_error&) {
            why = out_of_time(phase_, limit);
        } catch (const std::exception& e) {
            why = no_connection(phase_, std::error_code(), e.what());
        }
        if (!out_of_descriptors(why.code)) co_return net::stream();
        // An idle connection's descriptor will do; else somebody's has to become free.
        const bool freed = pool_->evict_idle();
        const duration rest = freed ? duration(first_pause) : pause;
        if (deadline && loop.now() + rest >= *deadline) co_return net::stream();
        co_await sleep(rest);
        pause = std::min<duration>(pause * 2, longest_pause);
    }
}

}  // namespace gyre::http::detail
