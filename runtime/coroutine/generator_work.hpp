#pragma once
#include <gyre/runtime/coroutine/branch.hpp>
#include <gyre/runtime/coroutine/suspension.hpp>

#include <coroutine>

namespace gyre::detail {

// Work that goes on beside a generator while it stands at a co_yield, such as the calls of map_unordered(). A generator announces it
// once; async_generator::close() ends it before it unwinds the generator.
class generator_work {
public:
    // Asks the work to end. Returns: what `waiting` has to wait on, which wakes it once; null when nothing runs any more.
    virtual suspension* stop(branch& waiting) noexcept = 0;

protected:
    ~generator_work() = default;
};

// Awaited in a generator: `work`, which lives as long as its body, is the work beside it.
class announce_work {
public:
    explicit announce_work(generator_work& work) noexcept : work_(work) {}
    bool await_ready() const noexcept { return false; }
    template <class Promise>
    bool await_suspend(std::coroutine_handle<Promise> generator) const noexcept {
        generator.promise().work = &work_;
        return false;
    }
    void await_resume() const noexcept {}

private:
    generator_work& work_;
};

// Awaited: asks the work to end and waits for what it names. False when there was nothing to wait for.
class work_end {
public:
    explicit work_end(generator_work& work) noexcept : work_(work) {}
    bool await_ready() const noexcept { return false; }
    template <class Promise>
    bool await_suspend(std::coroutine_handle<Promise> h) noexcept {
        branch& waiting = branch_of(h);
        suspension* const on = work_.stop(waiting);
        waited_ = on != nullptr;
        if (waited_) waiting.suspend(h, *on);
        return waited_;
    }
    bool await_resume() const noexcept { return waited_; }

private:
    generator_work& work_;
    bool waited_ = false;
};

[[noreturn]] void throw_advanced_twice();
[[noreturn]] void throw_closed_while_running();

}  // namespace gyre::detail
