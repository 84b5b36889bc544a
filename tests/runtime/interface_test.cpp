// The public interface of tasks, futures, loops, combinators and synchronisation, name by name: what programs may be written against.
// Most of it is checked by compiling; what can be run in a moment is run.
#include <array>
#include <deque>
#include <future>
#include <map>
#include <memory>
#include <string>
#include <tuple>
#include <variant>
#include <vector>

#include "support/test.hpp"

using namespace gyre;
using namespace std::chrono_literals;

namespace {

template <class T>
T a() noexcept;
template <class A>
using gives = await_result_t<A>;
template <class A, class B>
constexpr bool same = std::is_same_v<A, B>;
template <class T>
using tasks = std::vector<task<T>>;
template <class T>
using futures = std::vector<future<T>>;
template <class T>
constexpr bool moves_only = std::is_move_constructible_v<T> && std::is_move_assignable_v<T> && !std::is_copy_constructible_v<T>;
template <class T>
constexpr bool stays_put = !std::is_copy_constructible_v<T> && !std::is_copy_assignable_v<T>;

struct resource {
    task<> close();
};
struct entered {
    task<> enter();
    task<> exit(std::exception_ptr);
};
task<int> number() { co_return 1; }
[[maybe_unused]] task<> nothing() { co_return; }
[[maybe_unused]] async_generator<int> numbers() {
    co_yield 1;
    co_yield 2;
}

// ---------------------------------------------------------------- what the types are
static_assert(same<duration, std::chrono::nanoseconds> && same<time_point, std::chrono::steady_clock::time_point>);
static_assert(same<task<>, task<void>> && same<future<>, future<void>> && same<promise<>, promise<void>> && same<outcome<>, outcome<void>>);
static_assert(awaitable<task<int>> && awaitable<future<int>&> && awaitable<future<int>> && !awaitable<int>);
static_assert(same<gives<task<int>>, int> && same<gives<future<int>&>, int> && same<gives<task<>>, void>);
static_assert(async_iterator<async_generator<int>> && same<async_value_t<async_generator<int>>, int>);

static_assert(std::is_nothrow_default_constructible_v<cancelled_error> && !std::is_base_of_v<std::exception, cancelled_error>);
static_assert(std::is_base_of_v<std::runtime_error, timeout_error> && std::is_default_constructible_v<timeout_error> &&
              std::is_constructible_v<timeout_error, const std::string&>);
static_assert(std::is_base_of_v<std::logic_error, invalid_state_error> && std::is_constructible_v<invalid_state_error, const char*>);
static_assert(std::is_base_of_v<std::logic_error, broken_promise_error> && std::is_base_of_v<std::runtime_error, queue_empty> &&
              std::is_base_of_v<std::runtime_error, queue_full> && std::is_base_of_v<std::runtime_error, queue_shut_down> &&
              std::is_base_of_v<std::runtime_error, broken_barrier_error> && std::is_base_of_v<std::runtime_error, channel_closed>);
static_assert(std::is_base_of_v<std::exception, exception_group>);
static_assert(same<decltype(a<const exception_group&>().message()), const std::string&>);
static_assert(same<decltype(a<const exception_group&>().exceptions()), const std::vector<std::exception_ptr>&>);
static_assert(same<decltype(a<const exception_group&>().split<std::runtime_error>()),
                   std::pair<std::optional<exception_group>, std::optional<exception_group>>>);

static_assert(moves_only<task<int>> && same<task<int>::value_type, int> && std::is_nothrow_default_constructible_v<task<int>>);
static_assert(moves_only<promise<int>> && moves_only<promise<>> && std::is_default_constructible_v<promise<int>>);
static_assert(moves_only<async_generator<int>> && same<async_generator<int>::value_type, int>);
static_assert(std::is_copy_constructible_v<future<int>> && std::is_base_of_v<any_future, future<int>> &&
              std::is_base_of_v<any_future, future<>> && same<future<int>::value_type, int>);
static_assert(std::is_copy_constructible_v<handle> && std::is_copy_constructible_v<any_future>);
static_assert(same<decltype(a<const future<int>&>().result()), const int&> && same<decltype(a<const future<>&>().result()), void>);
static_assert(same<detail::await_result<const future<int>&>, const int&> && same<detail::await_result<future<int>>, int>);
static_assert(same<gives<decltype(a<async_generator<int>&>().next())>, std::optional<int>>);
static_assert(same<gives<decltype(a<async_generator<int>&>().close())>, void>);
static_assert(same<gives<decltype(as_outcome(number()))>, outcome<int>> && same<gives<decltype(as_outcome(a<future<>&>()))>, outcome<>>);
static_assert(same<decltype(a<outcome<int>&>().value()), int&> && same<decltype(a<const outcome<int>&>().value()), const int&> &&
              same<decltype(a<outcome<int>>().value()), int&&> && same<decltype(a<const outcome<>&>().value()), void>);

static_assert(stays_put<event_loop> && std::is_constructible_v<event_loop, loop_options>);
static_assert(same<decltype(event_loop::current()), event_loop&>);
static_assert(same<decltype(a<event_loop&>().run_until_complete(number())), int>);
static_assert(same<decltype(a<event_loop&>().run_until_complete(a<future<int>>())), int>);
static_assert(same<decltype(a<event_loop&>().spawn(number(), "name")), future<int>>);
static_assert(same<decltype(a<event_loop&>().run_forever()), void> && same<decltype(a<event_loop&>().stop()), void> &&
              same<decltype(a<event_loop&>().close()), void> && same<decltype(a<event_loop&>().poll()), void>);
static_assert(same<decltype(run(number())), int> && same<decltype(run(nothing(), loop_options())), void>);
static_assert(same<gives<decltype(gyre::sleep(1.5s))>, void> && same<gives<decltype(sleep_until(time_point()))>, void> &&
              same<gives<decltype(gyre::yield())>, void> && same<gives<decltype(wait_readable(0))>, void> &&
              same<gives<decltype(wait_writable(0))>, void>);

// ---------------------------------------------------------------- combine
static_assert(same<gives<decltype(gather())>, std::tuple<>>);
static_assert(same<gives<decltype(gather(number(), nothing()))>, std::tuple<int, std::monostate>>);
static_assert(same<gives<decltype(gather(tasks<int>()))>, std::vector<int>> && same<gives<decltype(gather(tasks<void>()))>, void>);
static_assert(same<gives<decltype(gather(a<future<int>>(), a<future<>>()))>, std::tuple<int, std::monostate>>);
static_assert(same<gives<decltype(gather(futures<int>()))>, std::vector<int>> && same<gives<decltype(gather(futures<void>()))>, void>);
static_assert(same<gives<decltype(gather_outcomes(number(), nothing()))>, std::tuple<outcome<int>, outcome<>>>);
static_assert(same<gives<decltype(gather_outcomes(tasks<int>()))>, std::vector<outcome<int>>>);
static_assert(same<gives<decltype(gather_outcomes(a<future<int>>()))>, std::tuple<outcome<int>>>);
static_assert(same<gives<decltype(gather_outcomes(futures<void>()))>, std::vector<outcome<>>>);
static_assert(same<gives<decltype(wait(futures<int>()))>, wait_result<int>>);
static_assert(same<gives<decltype(wait(futures<int>(), first_completed, 1ms))>, wait_result<int>>);
static_assert(same<gives<decltype(wait(futures<int>(), wait_mode::first_exception, std::optional<duration>(1ms)))>, wait_result<int>>);
static_assert(same<decltype(wait_result<int>::done), futures<int>> && same<decltype(wait_result<int>::pending), futures<int>>);
static_assert(same<decltype(as_completed(futures<int>())), async_generator<future<int>>>);
static_assert(same<decltype(as_completed(futures<int>(), 0.5s)), async_generator<future<int>>>);
static_assert(same<gives<decltype(wait_for(number(), 1s))>, int> && same<gives<decltype(wait_for(a<future<int>&>(), 1s))>, int> &&
              same<gives<decltype(wait_for(a<event&>().wait(), 1.5s))>, void>);
static_assert(same<gives<decltype(shield(a<future<int>>()))>, int> && same<gives<decltype(shield(nothing()))>, void>);
static_assert(same<gives<decltype(race(number(), nothing()))>, std::variant<int, std::monostate>>);
static_assert(same<gives<decltype(race(tasks<int>()))>, std::pair<std::size_t, int>>);
static_assert(same<gives<decltype(race(tasks<void>()))>, std::pair<std::size_t, std::monostate>>);
static_assert(same<gives<decltype(race_results(number(), nothing()))>, std::tuple<std::optional<int>, std::optional<std::monostate>>>);
static_assert(same<gives<decltype(first_success(number(), nothing()))>, std::variant<int, std::monostate>>);
static_assert(same<gives<decltype(first_success(tasks<int>()))>, std::pair<std::size_t, int>>);

static_assert(stays_put<timeout_scope> && stays_put<cancel_scope> && stays_put<task_group>);
static_assert(same<decltype(timeout(1s)), timeout_scope> && same<decltype(timeout_at(time_point())), timeout_scope>);
static_assert(std::is_copy_constructible_v<task_status<int>> && std::is_copy_constructible_v<task_status<>>);

// ---------------------------------------------------------------- iteration
using to_text = std::string (*)(int);
using to_task = task<std::string> (*)(int);
static_assert(same<gives<decltype(for_each(numbers(), a<void (*)(int)>()))>, void> &&
              same<gives<decltype(for_each(a<queue<int>&>(), a<to_task>()))>, void>);
static_assert(same<gives<decltype(collect(numbers()))>, std::vector<int>> &&
              same<gives<decltype(collect(a<receiver<int>&>()))>, std::vector<int>>);
static_assert(same<decltype(gyre::map(numbers(), a<to_text>())), async_generator<std::string>> &&
              same<decltype(gyre::map(numbers(), a<to_task>())), async_generator<std::string>>);
static_assert(same<decltype(filter(numbers(), a<bool (*)(int)>())), async_generator<int>>);
static_assert(same<decltype(take(numbers(), 1)), async_generator<int>>);
static_assert(same<decltype(merge(std::vector<async_generator<int>>())), async_generator<int>>);
static_assert(same<decltype(enumerate(numbers())), async_generator<std::pair<std::size_t, int>>>);
static_assert(same<decltype(zip(numbers(), a<queue<char>&>())), async_generator<std::tuple<int, char>>>);
static_assert(same<decltype(chunk(numbers(), 2)), async_generator<std::vector<int>>>);
static_assert(same<decltype(map_unordered(std::vector<int>(), 2, a<to_task>())), async_generator<std::string>>);
static_assert(same<gives<decltype(for_each_concurrent(a<std::vector<int>&>(), 2, a<task<> (*)(int)>()))>, void>);

// ---------------------------------------------------------------- sync
template <class G>
constexpr bool is_guard = moves_only<G> && std::is_nothrow_default_constructible_v<G> && std::is_constructible_v<bool, const G&> &&
                          same<decltype(a<G&>().unlock()), void>;
static_assert(is_guard<mutex::guard> && is_guard<shared_mutex::guard> && is_guard<shared_mutex::shared_guard>);
static_assert(stays_put<mutex> && stays_put<shared_mutex> && stays_put<semaphore> && stays_put<bounded_semaphore> && stays_put<event> &&
              stays_put<condition_variable> && stays_put<barrier> && stays_put<latch> && stays_put<queue<int>> &&
              stays_put<lifo_queue<int>> && stays_put<priority_queue<int>>);
static_assert(same<gives<decltype(a<mutex&>().lock())>, mutex::guard> &&
              same<decltype(a<mutex&>().try_lock()), std::optional<mutex::guard>> && same<decltype(a<const mutex&>().locked()), bool>);
static_assert(same<gives<decltype(a<shared_mutex&>().lock())>, shared_mutex::guard> &&
              same<gives<decltype(a<shared_mutex&>().lock_shared())>, shared_mutex::shared_guard> &&
              same<decltype(a<shared_mutex&>().try_lock()), std::optional<shared_mutex::guard>> &&
              same<decltype(a<shared_mutex&>().try_lock_shared()), std::optional<shared_mutex::shared_guard>>);
static_assert(moves_only<semaphore::permit> && std::is_base_of_v<semaphore, bounded_semaphore>);
static_assert(same<gives<decltype(a<semaphore&>().acquire())>, semaphore::permit> &&
              same<gives<decltype(a<semaphore&>().acquire(2))>, semaphore::permit> &&
              same<decltype(a<semaphore&>().try_acquire(2)), std::optional<semaphore::permit>> &&
              same<decltype(a<const semaphore&>().available()), std::size_t>);
static_assert(same<gives<decltype(a<condition_variable&>().wait(a<mutex::guard&>()))>, void> &&
              same<gives<decltype(a<condition_variable&>().wait(a<mutex::guard&>(), a<bool (*)()>()))>, void>);
static_assert(same<gives<decltype(a<barrier&>().wait())>, std::size_t>);
static_assert(same<gives<decltype(a<latch&>().wait())>, void> && same<gives<decltype(a<latch&>().arrive_and_wait())>, void>);
template <class Q>
constexpr bool is_queue =
    std::is_default_constructible_v<Q> && std::is_constructible_v<Q, std::size_t> && same<gives<decltype(a<Q&>().put(1))>, void> &&
    same<gives<decltype(a<Q&>().get())>, int> && same<gives<decltype(a<Q&>().next())>, std::optional<int>> &&
    same<decltype(a<Q&>().get_nowait()), int> && same<decltype(a<const Q&>().size()), std::size_t> &&
    same<decltype(a<const Q&>().max_size()), std::size_t> && same<gives<decltype(a<Q&>().join())>, void>;
static_assert(is_queue<queue<int>> && is_queue<lifo_queue<int>> && is_queue<priority_queue<int>> &&
              is_queue<priority_queue<int, std::greater<int>>>);
static_assert(std::is_copy_constructible_v<sender<int>> && std::is_copy_constructible_v<receiver<int>> && moves_only<sender<int>::permit>);
static_assert(same<gives<decltype(a<sender<int>&>().send(1))>, void> && same<decltype(a<sender<int>&>().try_send(1)), bool> &&
              same<gives<decltype(a<sender<int>&>().reserve())>, sender<int>::permit> &&
              same<gives<decltype(a<receiver<int>&>().receive())>, int> &&
              same<gives<decltype(a<receiver<int>&>().next())>, std::optional<int>> &&
              same<decltype(a<receiver<int>&>().try_receive()), std::optional<int>>);
static_assert(same<decltype(channel<int>(1)), channel_ends<int>> && same<decltype(channel_ends<int>::tx), sender<int>> &&
              same<decltype(channel_ends<int>::rx), receiver<int>> && std::is_default_constructible_v<channel_ends<int>>);
static_assert(same<decltype(a<broadcast<int>&>().send(1)), std::size_t> &&
              same<decltype(a<broadcast<int>&>().subscribe()), broadcast<int>::subscription> &&
              same<gives<decltype(a<broadcast<int>::subscription&>().next())>, std::optional<int>> &&
              same<decltype(a<const broadcast<int>::subscription&>().missed()), std::size_t>);
static_assert(same<detail::await_result<decltype(a<once<int>&>().get(a<task<int> (*)()>()))>, const int&> &&
              same<gives<decltype(a<once<>&>().get(a<task<> (*)()>()))>, void>);

}  // namespace

GYRE_TEST_VIRTUAL("every member of a future, a promise, a handle and an outcome is there") {
    future<int> f = spawn(number(), "n");
    any_future any = f;
    CHECK(static_cast<bool>(any));
    CHECK_FALSE(static_cast<bool>(any_future()));
    CHECK(any == f);
    CHECK(any.state() == future_state::pending);
    CHECK_FALSE(any.done());
    CHECK_FALSE(any.cancelled());
    CHECK(any.cancelling() == 0);
    CHECK(any.uncancel() == 0);
    CHECK(any.name() == "n");
    any.set_name("m");
    CHECK(f.name() == "m");
    int seen = 0;
    handle h = f.add_done_callback([&](const future<int>& done) { seen = done.result(); });
    CHECK_FALSE(h.cancelled());
    handle never = f.add_done_callback([&](const future<int>&) { seen = -1; });
    never.cancel();
    CHECK(never.cancelled());
    const int value = co_await f;
    CHECK(value == 1);
    CHECK(any.exception() == nullptr);
    CHECK_FALSE(any.cancel());
    co_await gyre::yield();
    CHECK(seen == 1);
    promise<int> p;
    future<int> of_p = p.get_future();
    CHECK_FALSE(p.done());
    p.set_value(2);
    CHECK(p.done());
    CHECK(of_p.result() == 2);
    promise<> failing;
    failing.set_exception(std::make_exception_ptr(timeout_error("late")));
    outcome<> o = co_await as_outcome(failing.get_future());
    CHECK_FALSE(o.has_value());
    CHECK_FALSE(static_cast<bool>(o));
    CHECK_FALSE(o.cancelled());
    CHECK(o.error() != nullptr);
    outcome<std::string> text(std::string("ab"));
    CHECK(*text == "ab");
    CHECK(text->size() == 2);
    CHECK(std::move(text).value() == "ab");
}

GYRE_TEST_VIRTUAL("every member of a loop is there") {
    loop_options options;
    options.backend = "";
    options.debug = false;
    options.slow_step = 100ms;
    options.virtual_time = false;
    options.seed = 0;
    event_loop& loop = event_loop::current();
    CHECK(loop.running());
    CHECK_FALSE(loop.closed());
    int calls = 0;
    loop.call_soon([&] { ++calls; });
    loop.call_later(1ms, [&] { ++calls; });
    loop.call_at(loop.time() + 1ms, [&] { ++calls; });
    loop.call_soon_threadsafe([&] { ++calls; });
    co_await gyre::sleep(2ms);
    CHECK(calls == 4);
    const std::vector<any_future> all = loop.all_tasks();
    CHECK(all.size() == 1);
    CHECK(all.front() == current_task());
    const loop_stats s = loop.stats();
    CHECK(s.ticks > 0);
    CHECK(s.steps >= s.callbacks);
    CHECK(s.operations + s.wakeups + s.timers + s.in_flight + s.frames_bytes > 0);
    CHECK(s.tasks == 1);
    CHECK_FALSE(loop.backend_name().empty());
    const std::optional<duration> left = loop.next_timeout();
    CHECK((!left || *left >= 0ns));
    CHECK(loop.poll_fd() >= 0);
    unhandled_error e;
    CHECK(e.message.empty());
    CHECK(e.exception == nullptr);
    CHECK_FALSE(static_cast<bool>(e.source));
}

GYRE_TEST_VIRTUAL("scopes, groups and with have the members that programs use") {
    const int by_timeout = co_await with(timeout(1s), [](timeout_scope& t) -> task<int> {
        CHECK(t.when().has_value());
        t.reschedule(std::nullopt);
        CHECK_FALSE(t.expired());
        co_return 1;
    });
    CHECK(by_timeout == 1);
    cancel_scope scope;
    scope.set_deadline(event_loop::current().time() + 1s);
    CHECK(scope.deadline().has_value());
    scope.set_shield(false);
    CHECK_FALSE(scope.shield());
    const std::optional<int> by_scope = co_await with(scope, [](cancel_scope& s) -> task<int> {
        s.cancel();
        co_await gyre::yield();
        co_return 1;
    });
    CHECK_FALSE(by_scope.has_value());
    CHECK(scope.cancel_called());
    CHECK(scope.cancelled_caught());
    co_await with(task_group(), [](task_group& g) -> task<> {
        future<int> f = g.spawn(number(), "child");
        future<int> called =
            g.spawn([](int x, const std::string& y) -> task<int> { co_return x + static_cast<int>(y.size()); }, 1, std::string("ab"));
        CHECK(g.size() == 2);
        auto service = [](task_status<int> status) -> task<> {
            status.started(3);
            co_return;
        };
        const int started = co_await g.start<int>(service);
        CHECK(started == 3);
        auto quiet = [](task_status<> status) -> task<> {
            status.started();
            co_return;
        };
        co_await g.start(quiet);
        const int sum = co_await called;
        CHECK(sum == 3);
        g.cancel();
    });
    future<int> free = spawn([](int x) -> task<int> { co_return x; }, 4);
    const int four = co_await free;
    CHECK(four == 4);
}

GYRE_TEST("a result of move-only things in containers is awaited, gathered and shielded") {
    using boxes = std::vector<std::unique_ptr<int>>;
    auto make = []() -> task<boxes> {
        boxes b;
        b.push_back(std::make_unique<int>(1));
        co_return b;
    };
    const boxes awaited = co_await spawn(make());
    CHECK(*awaited.at(0) == 1);
    auto f = spawn(make());
    const boxes& in_place = co_await f;
    CHECK(*in_place.at(0) == 1);
    const auto gathered = co_await gather(spawn(make()), spawn(make()));
    CHECK(*std::get<1>(gathered).at(0) == 1);
    const boxes shielded = co_await shield(make());
    CHECK(shielded.size() == 1);
    const auto end = co_await as_outcome(spawn(make()));
    CHECK(end.value().size() == 1);
    auto nested = []() -> task<std::map<int, std::optional<boxes>>> { co_return std::map<int, std::optional<boxes>>(); };
    const auto empty = co_await spawn(nested());
    CHECK(empty.empty());
}

static_assert(detail::can_copy<std::vector<std::string>>::value && detail::can_copy<std::pair<int, std::string>>::value);
static_assert(!detail::can_copy<std::pair<int, std::deque<std::unique_ptr<int>>>>::value &&
              !detail::can_copy<std::array<std::vector<std::unique_ptr<int>>, 2>>::value);
