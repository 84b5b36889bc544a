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

}  // namespace

int main(int argc, char** argv) {
    const std::size_t count = peers::number_option(argc, argv, "--count");
    const std::size_t seconds = peers::number_option(argc, argv, "--seconds");
    std::size_t done = 0;
    const peers::usage before = peers::usage::now();
    {
        asio::io_context io(1);
        for (std::size_t i = 0; i < count; ++i) asio::co_spawn(io, one(std::chrono::seconds(seconds), done), asio::detached);
        io.run();
    }
    const peers::usage spent = peers::usage::now() - before;
    if (done != count) peers::die("only " + std::to_string(done) + " sleeps ended");
    const int version = ASIO_VERSION;
    peers::report_sleeps(
        "Asio " + std::to_string(version / 100000) + "." + std::to_string(version / 100 % 1000) + "." + std::to_string(version % 100),
        count, static_cast<double>(seconds), spent);
}
