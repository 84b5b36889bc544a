#include <stdexcept>
#include <string>
#include <vector>

#include "support/cancel_ends.hpp"
#include "support/test.hpp"

using namespace std::chrono_literals;

namespace {

class resource {
public:
    explicit resource(std::vector<std::string>& log) : log_(&log) {}
    gyre::task<> close() {
        co_await gyre::sleep(5ms);
        log_->push_back("closed");
    }
    void note(std::string what) { log_->push_back(std::move(what)); }

private:
    std::vector<std::string>* log_;
};

class manager {
public:
    explicit manager(std::vector<std::string>& log) : log_(&log) {}
    gyre::task<> enter() {
        log_->push_back("enter");
        co_return;
    }
    gyre::task<> exit(std::exception_ptr error) {
        log_->push_back(error ? "exit after an error" : "exit");
        co_return;
    }

private:
    std::vector<std::string>* log_;
};

gyre::task<resource> open(std::vector<std::string>& log) {
    co_await gyre::sleep(1ms);
    log.push_back("opened");
    co_return resource(log);
}

}  // namespace

GYRE_TEST_VIRTUAL("with closes what it was given after the body, and gives the body's result") {
    std::vector<std::string> log;
    const int result = co_await gyre::with(open(log), [&](resource& r) -> gyre::task<int> {
        r.note("body");
        co_return 3;
    });
    CHECK(result == 3);
    CHECK(log == std::vector<std::string>{"opened", "body", "closed"});
}

GYRE_TEST_VIRTUAL("with closes after an error, which comes through") {
    std::vector<std::string> log;
    resource r(log);
    std::string what;
    try {
        co_await gyre::with(r, [](resource&) -> gyre::task<> {
            co_await gyre::yield();
            throw std::runtime_error("body");
        });
    } catch (const std::runtime_error& e) {
        what = e.what();
    }
    CHECK(what == "body");
    CHECK(log == std::vector<std::string>{"closed"});
}

GYRE_TEST_VIRTUAL("with closes to the end when it is cancelled in the body, and when it is cancelled again while closing") {
    std::vector<std::string> log;
    auto body = [&]() -> gyre::task<> { co_await gyre::with(resource(log), [](resource&) -> gyre::task<> { co_await gyre::sleep(1h); }); };
    auto f = gyre::spawn(body());
    co_await gyre::sleep(1ms);
    f.cancel();
    co_await gyre::sleep(1ms);
    f.cancel();
    co_await gyre::sleep(10ms);
    CHECK(f.cancelled());
    CHECK(log == std::vector<std::string>{"closed"});
}

GYRE_TEST_VIRTUAL("a cancel that comes while closing after a good body leaves its result and waits for the next await") {
    std::vector<std::string> log;
    int result = 0;
    auto body = [&]() -> gyre::task<> {
        result = co_await gyre::with(resource(log), [](resource&) -> gyre::task<int> { co_return 9; });
        co_await gyre::sleep(1h);
    };
    auto f = gyre::spawn(body());
    co_await gyre::sleep(1ms);
    f.cancel();
    co_await gyre::sleep(10ms);
    CHECK(result == 9);
    CHECK(f.cancelled());
    CHECK(log == std::vector<std::string>{"closed"});
}

GYRE_TEST("enter and exit are called around the body, exit with its error") {
    std::vector<std::string> log;
    co_await gyre::with(manager(log), [](manager&) -> gyre::task<> { co_return; });
    try {
        co_await gyre::with(manager(log), [](manager&) -> gyre::task<> {
            co_await gyre::yield();
            throw std::runtime_error("x");
        });
    } catch (const std::runtime_error&) {
    }
    CHECK(log == std::vector<std::string>{"enter", "exit", "enter", "exit after an error"});
}

GYRE_TEST_VIRTUAL("a clean-up that hangs is cancelled after its grace, and the body's error comes first") {
    auto hang = []() -> gyre::task<> { co_await gyre::sleep(1h); };
    std::string what;
    try {
        auto body = []() -> gyre::task<> { co_return; };
        co_await gyre::try_finally(body, hang);
    } catch (const gyre::timeout_error& e) {
        what = e.what();
    }
    CHECK(what.find("clean-up") != std::string::npos);
    what.clear();
    try {
        auto body = []() -> gyre::task<> {
            co_await gyre::yield();
            throw std::runtime_error("body");
        };
        co_await gyre::try_finally(body, hang);
    } catch (const std::runtime_error& e) {
        what = e.what();
    }
    CHECK(what == "body");
}

GYRE_TEST_VIRTUAL("try_finally runs its clean-up on success, error and cancel") {
    int cleaned = 0;
    auto cleanup = [&]() -> gyre::task<> {
        co_await gyre::sleep(1ms);
        ++cleaned;
    };
    auto good = []() -> gyre::task<int> { co_return 1; };
    const int one = co_await gyre::try_finally(good, cleanup);
    CHECK(one == 1);
    auto waits = []() -> gyre::task<> { co_await gyre::sleep(1h); };
    auto whole = [&]() -> gyre::task<> { co_await gyre::try_finally(waits, cleanup); };
    const bool cancelled = co_await gyre::test::cancel_ends(whole(), 1ms, 5ms);
    CHECK(cancelled);
    CHECK(cleaned == 2);
}
