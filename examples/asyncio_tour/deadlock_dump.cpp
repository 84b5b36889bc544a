// asyncio: asyncio.all_tasks() and Task.print_stack(), and what they leave out: who awaits whom.
//
// Two tasks take two locks in opposite order and wait for each other for ever. The dump says who, where, for what and who has it, and in
// its last line that it is a deadlock.
#include "tour.hpp"

#include <gyre/runtime/runtime.hpp>

#include <chrono>
#include <cstdio>
#include <vector>

using namespace std::chrono_literals;

namespace {

struct account {
    gyre::mutex lock;
    int balance = 100;
};

gyre::task<> transfer(account& from, account& to, int amount) {
    const auto first = co_await from.lock.lock();
    co_await gyre::sleep(1s);  // long enough for the other transfer to take its first lock, too
    const auto second = co_await to.lock.lock();
    from.balance -= amount;
    to.balance += amount;
}

gyre::task<> amain() {
    account anns;
    account bobs;
    // Names are for reports such as this one; asyncio's create_task(name=...).
    std::vector<gyre::future<>> transfers;
    transfers.push_back(gyre::spawn(transfer(anns, bobs, 10), "Ann pays Bob"));
    transfers.push_back(gyre::spawn(transfer(bobs, anns, 20), "Bob pays Ann"));

    const auto result = co_await gyre::wait(transfers, gyre::all_completed, 10s);
    if (result.pending.empty()) co_return;
    std::printf("%zu transfers hang:\n%s", result.pending.size(), gyre::debug::dump_tasks().c_str());

    for (auto& hanging : transfers) hanging.cancel();  // gives the locks back: guards are released as the tasks unwind
    co_await gyre::wait(transfers);
    std::printf("cancelled; Ann has %d, Bob has %d\n", anns.balance, bobs.balance);
}

}  // namespace

int main() { gyre::run(amain(), tour_options()); }
