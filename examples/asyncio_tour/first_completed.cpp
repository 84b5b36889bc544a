// asyncio: create_task(), wait(return_when=FIRST_COMPLETED), Task.cancel(), CancelledError.
//
// gyre::spawn() is create_task(): the task runs beside this one from now on, and the future is the handle on it.
#include "tour.hpp"

#include <gyre/runtime/runtime.hpp>

#include <chrono>
#include <cstdio>
#include <string>
#include <vector>

using namespace std::chrono_literals;

namespace {

gyre::task<std::string> answer(std::string who, std::chrono::seconds delay) {
    try {
        co_await gyre::sleep(delay);
    } catch (const gyre::cancelled_error&) {
        // As in Python, a cancel arrives as an exception out of the await. Tidy up, then let it go on.
        std::printf("%s: I was cancelled\n", who.c_str());
        throw;
    }
    co_return who + " has the answer";
}

gyre::task<> amain() {
    std::vector<gyre::future<std::string>> asked;
    asked.push_back(gyre::spawn(answer("the tortoise", 60s)));
    asked.push_back(gyre::spawn(answer("the hare", 1s)));

    auto result = co_await gyre::wait(asked, gyre::first_completed);
    for (const auto& done : result.done) std::printf("%s\n", done.result().c_str());

    for (auto& slow : result.pending) slow.cancel();  // only asks; the task ends at its await
    co_await gyre::wait(result.pending);
    for (const auto& slow : result.pending) std::printf("cancelled: %s\n", slow.cancelled() ? "yes" : "no");

    // When the others' clean-up is all that is left to do, race() does all of this in one line.
    const auto winner = co_await gyre::race(answer("the snail", 60s), answer("the horse", 1s));
    std::printf("race: number %zu, %s\n", winner.index(), std::get<1>(winner).c_str());
}

}  // namespace

int main() { gyre::run(amain(), tour_options()); }
