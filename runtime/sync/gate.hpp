#pragma once
#include <gyre/runtime/sync/wait_list.hpp>

#include <string_view>

namespace gyre::detail {

class gate_awaiter;

// Open or closed; tasks wait while it is closed. Event, latch and queue.join() are made of it.
class gate {
public:
    explicit gate(bool open) noexcept : open_(open) {}

    bool is_open() const noexcept { return open_; }
    void close() noexcept { open_ = false; }
    // Lets all go on that wait. Throws: invalid_state_error in the thread of another loop.
    void open(const char* what) {
        if (!waiters_.empty()) open_for_waiters(what);
        open_ = true;
    }
    // `name` is of the awaiting call, for task dumps.
    gate_awaiter pass(const char* name) noexcept;

    home_loop* home() noexcept { return &home_; }
    // True when it is open; else puts the waiter into the line.
    bool enter(waiter& w) noexcept {
        if (open_) return true;
        waiters_.push(w);
        return false;
    }

private:
    void open_for_waiters(const char* what);

    wait_list waiters_;
    home_loop home_;
    bool open_;
};

class gate_awaiter final : public sync_awaiter<gate_awaiter> {
public:
    gate_awaiter(gate& g, const char* name) noexcept : gate_(g), name_(name) {}

    void await_resume() { settle(); }
    std::string_view what() const noexcept override { return name_; }

private:
    friend sync_awaiter;
    home_loop* home() const noexcept { return gate_.home(); }
    bool begin() noexcept { return gate_.enter(*this); }

    gate& gate_;
    const char* name_;
};

inline gate_awaiter gate::pass(const char* name) noexcept { return gate_awaiter(*this, name); }

}  // namespace gyre::detail
