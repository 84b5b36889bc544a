// COUNT asio::awaitable coroutines, spawned one by one, each with a steady_timer of its own.

// On clang Asio 1.22 looks for <experimental/coroutine>, which is gone; the standard header serves.
#if defined(__clang__) && !defined(ASIO_HAS_CO_AWAIT)
#define ASIO_HAS_CO_AWAIT 1
#define ASIO_HAS_STD_COROUTINE 1
#endif
#include <utility>

#include <asio/awaitable.hpp>
#include <asio/co_spawn.hpp>
#include <asio/detached.hpp>
#include <asio/io_context.hpp>
#include <asio/steady_timer.hpp>
#include <asio/this_coro.hpp>
#include <asio/use_awaitable.hpp>
#include <asio/version.hpp>

#include "../support.hpp"

namespace {

asio::awaitable<void> one(std::chrono::seconds d, std::size_t& done) {
    asio::steady_timer timer(co_await asio::this_coro::executor, d);
    co_await timer.async_wait(asio::use_awaitable);
    ++done;
}

std::string all(std::size_t count, std::chrono::seconds d, std::size_t& done) {
    asio::io_context io(1);
    for (std::size_t i = 0; i < count; ++i) asio::co_spawn(io, one(d, done), asio::detached);
    io.run();
    const int version = ASIO_VERSION;
    return "Asio " + std::to_string(version / 100000) + "." + std::to_string(version / 100 % 1000) + "." + std::to_string(version % 100);
}

}  // namespace

int main(int argc, char** argv) { return peers::measure_sleeps(argc, argv, all); }
