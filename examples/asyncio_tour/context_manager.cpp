// asyncio: async with, __aenter__ and __aexit__.
//
// gyre::with(resource, body) awaits resource.enter(), runs the body, and awaits resource.exit(error) whatever happened: success, an
// error, or a cancel. A destructor cannot do that, as it cannot await. (A resource with only close() works as well.)
#include "tour.hpp"

#include <gyre/runtime/runtime.hpp>

#include <chrono>
#include <cstdio>
#include <exception>
#include <stdexcept>

using namespace std::chrono_literals;

namespace {

class connection {
public:
    gyre::task<> enter() {
        co_await gyre::sleep(1s);
        std::puts("  connected");
    }
    gyre::task<> exit(std::exception_ptr error) {
        // No cancel interrupts the clean-up: it may take its time to say goodbye.
        co_await gyre::sleep(1s);
        std::printf("  disconnected after %s\n", error ? "an error or a cancel" : "success");
    }
    void send(const char* what) { std::printf("  sent: %s\n", what); }
};

gyre::task<> succeed() {
    co_await gyre::with(connection(), [](connection& c) -> gyre::task<> {
        c.send("hello");
        co_return;
    });
}

gyre::task<> fail() {
    co_await gyre::with(connection(), [](connection& c) -> gyre::task<> {
        c.send("something bad");
        throw std::runtime_error("they hung up");
        co_return;
    });
}

gyre::task<> never_end() {
    co_await gyre::with(connection(), [](connection& c) -> gyre::task<> {
        c.send("a question");
        co_await gyre::sleep(1h);
    });
}

gyre::task<> amain() {
    std::puts("success:");
    co_await succeed();

    std::puts("an error:");
    try {
        co_await fail();
    } catch (const std::exception& e) {
        std::printf("  %s\n", e.what());
    }

    std::puts("a cancel, by a time limit:");
    try {
        co_await gyre::wait_for(never_end(), 5s);
    } catch (const gyre::timeout_error&) {
        std::puts("  it took too long");
    }
}

}  // namespace

int main() { gyre::run(amain(), tour_options()); }
