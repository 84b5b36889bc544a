#include <memory>
#include <string>

#include "sync_support.hpp"

using namespace gyre;
using namespace std::chrono_literals;
using gyre::test::settle;
using gyre::test::turns;

namespace {

task<> send_one(sender<int> tx, int item) { co_await tx.send(item); }

task<> receive_into(receiver<int>& rx, std::vector<int>& items) {
    const int item = co_await rx.receive();
    items.push_back(item);
}

task<> drain_into(receiver<int>& rx, std::vector<int>& items) {
    for (;;) {
        const auto item = co_await rx.next();
        if (!item) co_return;
        items.push_back(*item);
    }
}

task<bool> send_is_refused(sender<int>& tx, int item) {
    try {
        co_await tx.send(item);
    } catch (const channel_closed&) {
        co_return true;
    }
    co_return false;
}

task<bool> receive_is_at_end(receiver<int>& rx) {
    try {
        co_await rx.receive();
    } catch (const channel_closed&) {
        co_return true;
    }
    co_return false;
}

}  // namespace

GYRE_TEST_VIRTUAL("a channel keeps up to its capacity, in order", "[sync][channel]") {
    auto [tx, rx] = channel<int>(2);
    co_await tx.send(1);
    co_await tx.send(2);
    REQUIRE_FALSE(tx.try_send(3));
    auto f = spawn(send_one(tx, 3));
    co_await settle();
    REQUIRE_FALSE(f.done());
    std::vector<int> items;
    for (int i = 0; i < 3; ++i) co_await receive_into(rx, items);
    co_await f;
    REQUIRE(items == std::vector<int>{1, 2, 3});
    REQUIRE_FALSE(rx.try_receive().has_value());
}

GYRE_TEST_VIRTUAL("with capacity 0 a send ends when the item is taken", "[sync][channel]") {
    auto [tx, rx] = channel<int>(0);
    REQUIRE_FALSE(tx.try_send(1));
    auto f = spawn(send_one(tx, 1));
    auto g = spawn(send_one(tx, 2));
    co_await settle();
    REQUIRE_FALSE(f.done());
    std::vector<int> items;
    co_await receive_into(rx, items);
    co_await settle();
    REQUIRE(f.done());
    REQUIRE_FALSE(g.done());
    const auto second = rx.try_receive();
    REQUIRE(second == 2);
    co_await g;
    auto waiting = spawn(receive_into(rx, items));
    co_await settle();
    REQUIRE(tx.try_send(3));
    REQUIRE_FALSE(tx.try_send(4));
    co_await waiting;
    REQUIRE(items == std::vector<int>{1, 3});
}

GYRE_TEST_VIRTUAL("receivers share the items in the order they came", "[sync][channel]") {
    for (const std::size_t capacity : {0U, 1U, 8U}) {
        auto [tx, rx] = channel<int>(capacity);
        receiver<int> other = rx;
        std::vector<int> a;
        std::vector<int> b;
        auto f = spawn(receive_into(rx, a));
        auto g = spawn(receive_into(other, b));
        co_await settle();
        co_await tx.send(1);
        co_await tx.send(2);
        co_await f;
        co_await g;
        REQUIRE(a == std::vector<int>{1});
        REQUIRE(b == std::vector<int>{2});
    }
}

GYRE_TEST_VIRTUAL("when all senders are gone, receivers get what is left and then the end", "[sync][channel]") {
    auto [tx, rx] = channel<int>(4);
    {
        sender<int> second = tx;
        sender<int> moved = std::move(second);
        REQUIRE(second.closed());
        co_await moved.send(1);
        tx.close();
        tx.close();
        REQUIRE(tx.closed());
        co_await moved.send(2);
        REQUIRE_FALSE(rx.closed());
    }
    std::vector<int> items;
    co_await drain_into(rx, items);
    REQUIRE(items == std::vector<int>{1, 2});
    REQUIRE(rx.closed());
    const bool ended = co_await receive_is_at_end(rx);
    REQUIRE(ended);
    REQUIRE_FALSE(rx.try_receive().has_value());
}

GYRE_TEST_VIRTUAL("a receiver that waits is told when the last sender goes", "[sync][channel]") {
    for (const std::size_t capacity : {0U, 3U}) {
        auto [tx, rx] = channel<int>(capacity);
        std::vector<int> items;
        auto f = spawn(drain_into(rx, items));
        co_await settle();
        {
            sender<int> last = std::move(tx);
            co_await settle();
            REQUIRE_FALSE(f.done());
        }
        co_await f;
        REQUIRE(items.empty());
    }
}

GYRE_TEST_VIRTUAL("a sender that has closed cannot send", "[sync][channel]") {
    auto [tx, rx] = channel<int>(1);
    sender<int> other = tx;
    tx.close();
    const bool refused = co_await send_is_refused(tx, 1);
    REQUIRE(refused);
    REQUIRE_FALSE(tx.try_send(1));
    sender<int> copy_of_closed = tx;
    REQUIRE(copy_of_closed.closed());
    REQUIRE(other.try_send(1));
    sender<int> nothing;
    const bool nowhere = co_await send_is_refused(nothing, 1);
    REQUIRE(nowhere);
    receiver<int> never;
    const bool ended = co_await receive_is_at_end(never);
    REQUIRE(ended);
}

GYRE_TEST_VIRTUAL("when all receivers are gone, senders are refused, also those that wait", "[sync][channel]") {
    for (const std::size_t capacity : {0U, 1U}) {
        auto [tx, rx] = channel<int>(capacity);
        if (capacity == 1) co_await tx.send(0);
        bool refused = false;
        bool reserve_refused = false;
        const auto sends = [&]() -> task<> {
            sender<int> mine = tx;
            refused = co_await send_is_refused(mine, 1);
        };
        const auto reserves = [&]() -> task<> {
            sender<int> mine = tx;
            try {
                const auto permit = co_await mine.reserve();
            } catch (const channel_closed&) {
                reserve_refused = true;
            }
        };
        auto f = spawn(sends());
        auto g = spawn(reserves());
        {
            receiver<int> second = rx;
            receiver<int> moved = std::move(second);
            rx.close();
            co_await settle();
            REQUIRE_FALSE(f.done());
        }
        co_await f;
        co_await g;
        REQUIRE(refused);
        REQUIRE(reserve_refused);
        REQUIRE(tx.closed());
        REQUIRE_FALSE(tx.try_send(2));
        const bool later = co_await send_is_refused(tx, 3);
        REQUIRE(later);
    }
}

GYRE_TEST_VIRTUAL("a receiver that closes can still take what was sent", "[sync][channel]") {
    auto [tx, rx] = channel<int>(3);
    co_await tx.send(1);
    co_await tx.send(2);
    rx.close();
    rx.close();
    const bool refused = co_await send_is_refused(tx, 3);
    REQUIRE(refused);
    std::vector<int> items;
    co_await drain_into(rx, items);
    REQUIRE(items == std::vector<int>{1, 2});
}

GYRE_TEST_VIRTUAL("closing the last receiver ends a receive that waits", "[sync][channel]") {
    auto [tx, rx] = channel<int>(3);
    std::vector<int> items;
    auto f = spawn(drain_into(rx, items));
    co_await settle();
    rx.close();
    co_await f;
    REQUIRE(items.empty());
}

GYRE_TEST_VIRTUAL("a closed receiver does not wait for items that others will get", "[sync][channel]") {
    auto [tx, rx] = channel<int>(3);
    receiver<int> other = rx;
    rx.close();
    const bool ended = co_await receive_is_at_end(rx);
    REQUIRE(ended);
    co_await tx.send(1);
    REQUIRE(other.try_receive() == 1);
}

GYRE_TEST_VIRTUAL("a permit holds a place, and sending with it never waits", "[sync][channel]") {
    auto [tx, rx] = channel<int>(2);
    auto permit = co_await tx.reserve();
    co_await tx.send(1);
    REQUIRE_FALSE(tx.try_send(9));
    permit.send(2);
    REQUIRE_THROWS_AS(permit.send(3), invalid_state_error);
    std::vector<int> items;
    co_await receive_into(rx, items);
    co_await receive_into(rx, items);
    REQUIRE(items == std::vector<int>{1, 2});
}

GYRE_TEST_VIRTUAL("a permit that is dropped gives its place to who waits", "[sync][channel]") {
    auto [tx, rx] = channel<int>(1);
    std::optional<sender<int>::permit> permit(co_await tx.reserve());
    auto f = spawn(send_one(tx, 1));
    co_await settle();
    REQUIRE_FALSE(f.done());
    permit.reset();
    co_await f;
    REQUIRE(rx.try_receive() == 1);
}

GYRE_TEST_VIRTUAL("a permit that was given and then cancelled is delivered, and its place comes back", "[sync][channel]") {
    auto [tx, rx] = channel<int>(1);
    co_await tx.send(1);
    bool reserved = false;
    const auto body = [&]() -> task<> {
        const auto permit = co_await tx.reserve();
        reserved = true;
        co_await yield();
    };
    auto f = spawn(body());
    co_await settle();
    REQUIRE(rx.try_receive() == 1);
    REQUIRE_FALSE(tx.try_send(5));
    f.cancel();
    co_await settle();
    REQUIRE(reserved);
    REQUIRE(f.cancelled());
    REQUIRE(tx.try_send(2));
}

GYRE_TEST_VIRTUAL("permits move, and an overwritten one gives its place back", "[sync][channel]") {
    auto [tx, rx] = channel<int>(2);
    auto a = co_await tx.reserve();
    auto b = co_await tx.reserve();
    REQUIRE_FALSE(tx.try_send(1));
    a = std::move(b);
    REQUIRE(tx.try_send(1));
    REQUIRE_THROWS_AS(b.send(2), invalid_state_error);
    a.send(2);
    REQUIRE(rx.try_receive() == 1);
    REQUIRE(rx.try_receive() == 2);
}

GYRE_TEST_VIRTUAL("after close, receivers wait for the permits that are out, sent or not", "[sync][channel]") {
    auto [tx, rx] = channel<int>(2);
    auto used = co_await tx.reserve();
    std::optional<sender<int>::permit> dropped(co_await tx.reserve());
    rx.close();
    std::vector<int> items;
    auto f = spawn(drain_into(rx, items));
    co_await settle();
    REQUIRE_FALSE(f.done());
    used.send(1);
    co_await settle();
    REQUIRE(items == std::vector<int>{1});
    REQUIRE_FALSE(f.done());
    dropped.reset();
    co_await f;
}

GYRE_TEST_VIRTUAL("a permit outlives its sender and keeps the channel open", "[sync][channel]") {
    auto [tx, rx] = channel<int>(1);
    auto permit = co_await tx.reserve();
    tx.close();
    std::vector<int> items;
    auto f = spawn(drain_into(rx, items));
    co_await settle();
    REQUIRE_FALSE(f.done());
    permit.send(1);
    co_await f;
    REQUIRE(items == std::vector<int>{1});
}

GYRE_TEST_VIRTUAL("with capacity 0 a permit is for a receiver that waits", "[sync][channel]") {
    auto [tx, rx] = channel<int>(0);
    std::vector<int> items;
    const auto sends = [&]() -> task<> {
        auto permit = co_await tx.reserve();
        co_await turns(3);
        permit.send(1);
    };
    auto f = spawn(sends());
    co_await settle();
    REQUIRE_FALSE(f.done());
    auto g = spawn(receive_into(rx, items));
    co_await turns(2);
    // The one receiver is promised to the permit.
    REQUIRE_FALSE(tx.try_send(9));
    co_await f;
    co_await g;
    REQUIRE(items == std::vector<int>{1});
}

GYRE_TEST_VIRTUAL("with capacity 0 a permit whose receiver gave up keeps its item for the next", "[sync][channel]") {
    auto [tx, rx] = channel<int>(0);
    std::vector<int> items;
    auto g = spawn(receive_into(rx, items));
    co_await settle();
    auto permit = co_await tx.reserve();
    g.cancel();
    co_await settle();
    permit.send(1);
    REQUIRE(rx.try_receive() == 1);
    REQUIRE(items.empty());
}

GYRE_TEST_VIRTUAL("with capacity 0 try_receive takes the first item, past who waits for a permit", "[sync][channel]") {
    auto [tx, rx] = channel<int>(0);
    const auto reserves = [&]() -> task<> { auto permit = co_await tx.reserve(); };
    auto f = spawn(reserves());
    auto g = spawn(send_one(tx, 1));
    co_await settle();
    REQUIRE(rx.try_receive() == 1);
    co_await g;
    REQUIRE_FALSE(f.done());
    REQUIRE_FALSE(rx.try_receive().has_value());
    f.cancel();
    co_await settle();
    REQUIRE(f.cancelled());
}

GYRE_TEST_VIRTUAL("cancelled sends and receives lose nothing", "[sync][channel]") {
    for (const std::size_t capacity : {0U, 1U}) {
        auto [tx, rx] = channel<int>(capacity);
        std::vector<int> a;
        std::vector<int> b;
        auto first = spawn(receive_into(rx, a));
        auto second = spawn(receive_into(rx, b));
        co_await settle();
        first.cancel();
        REQUIRE(tx.try_send(1));
        second.cancel();
        co_await settle();
        REQUIRE(first.cancelled());
        REQUIRE(b == std::vector<int>{1});

        if (capacity == 1) co_await tx.send(2);
        auto x = spawn(send_one(tx, 3));
        auto y = spawn(send_one(tx, 4));
        co_await settle();
        x.cancel();
        co_await settle();
        REQUIRE(x.cancelled());
        if (capacity == 1) REQUIRE(rx.try_receive() == 2);
        REQUIRE(rx.try_receive() == 4);
        co_await y;
    }
}

GYRE_TEST_VIRTUAL("a pending cancel is thrown before an item is sent or taken", "[sync][channel]") {
    auto [tx, rx] = channel<int>(2);
    REQUIRE(tx.try_send(1));
    const auto sends = [&]() -> task<> {
        current_task().cancel();
        co_await tx.send(2);
    };
    const auto receives = [&]() -> task<> {
        current_task().cancel();
        co_await rx.receive();
    };
    const auto reserves = [&]() -> task<> {
        current_task().cancel();
        const auto permit = co_await tx.reserve();
    };
    std::vector<future<void>> all;
    all.push_back(spawn(sends()));
    all.push_back(spawn(receives()));
    all.push_back(spawn(reserves()));
    co_await settle();
    for (auto& f : all) REQUIRE(f.cancelled());
    REQUIRE(rx.try_receive() == 1);
    REQUIRE_FALSE(rx.try_receive().has_value());
    REQUIRE(tx.try_send(3));
    REQUIRE(tx.try_send(4));
}

GYRE_TEST_VIRTUAL("the last sender that is closed while it waits to send ends the channel once that is over", "[sync][channel]") {
    auto [tx, rx] = channel<int>(1);
    co_await tx.send(1);
    const auto sends = [&]() -> task<> { co_await tx.send(2); };
    auto f = spawn(sends());
    co_await settle();
    tx.close();
    std::vector<int> items;
    co_await receive_into(rx, items);
    co_await f;
    co_await receive_into(rx, items);
    REQUIRE(items == std::vector<int>{1, 2});
    const bool ended = co_await receive_is_at_end(rx);
    REQUIRE(ended);
}

GYRE_TEST_VIRTUAL("try_send leaves an item that was not sent with the caller", "[sync][channel]") {
    auto [tx, rx] = channel<std::unique_ptr<int>>(1);
    auto first = std::make_unique<int>(1);
    auto second = std::make_unique<int>(2);
    REQUIRE(tx.try_send(std::move(first)));
    REQUIRE_FALSE(tx.try_send(std::move(second)));
    REQUIRE(second != nullptr);
    const auto got = co_await rx.receive();
    REQUIRE(*got == 1);
}

GYRE_TEST_VIRTUAL("items left in a channel end with it", "[sync][channel]") {
    struct here;
    using item = test::live_object<here>;
    item::reset();
    {
        auto [tx, rx] = channel<item>(4);
        co_await tx.send(item(1));
        co_await tx.send(item(2));
        const item one = co_await rx.receive();
        REQUIRE(one.value() == 1);
        auto permit = co_await tx.reserve();
        rx.close();
        permit.send(item(3));
    }
    REQUIRE(item::alive() == 0);
    REQUIRE(item::copies() == 0);
}

GYRE_TEST_VIRTUAL("a receiver is an async iterator over many senders' items", "[sync][channel]") {
    for (const std::size_t capacity : {0U, 1U, 4U}) {
        auto ends = channel<int>(capacity);
        std::vector<future<void>> senders;
        for (int i = 0; i < 3; ++i) {
            const auto produce = [](sender<int>& tx, int from) -> task<> {
                for (int k = 0; k < 10; ++k) {
                    co_await tx.send(from + k);
                    co_await turns(k % 3);
                }
            };
            senders.push_back(spawn(produce, ends.tx, i * 100));
        }
        ends.tx.close();
        std::vector<int> items = co_await test::all_of(ends.rx);
        for (auto& f : senders) co_await f;
        REQUIRE(items.size() == 30);
        std::sort(items.begin(), items.end());
        REQUIRE(std::unique(items.begin(), items.end()) == items.end());
    }
}

GYRE_TEST_VIRTUAL("time limits around a channel lose nothing", "[sync][channel]") {
    auto [tx, rx] = channel<int>(0);
    int late = 0;
    try {
        co_await wait_for(tx.send(1), 1s);
    } catch (const timeout_error&) {
        ++late;
    }
    try {
        co_await wait_for(rx.receive(), 1s);
    } catch (const timeout_error&) {
        ++late;
    }
    REQUIRE(late == 2);
    REQUIRE_FALSE(rx.try_receive().has_value());
}

GYRE_TEST_VIRTUAL("a negative capacity is an error", "[sync][channel]") {
    REQUIRE_THROWS_AS(channel<int>(static_cast<std::size_t>(-1)), invalid_state_error);
    co_return;
}
