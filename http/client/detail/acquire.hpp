#pragma once
#include <gyre/http/client/detail/exchange.hpp>
#include <gyre/http/client/detail/failure.hpp>
#include <gyre/runtime/coroutine/intrusive_list.hpp>
#include <gyre/runtime/loop/loop_state.hpp>

#include <coroutine>
#include <cstdint>
#include <optional>
#include <string_view>

namespace gyre::http::detail {

class call;
class connection;
class host_pool;
class pool;

// Awaits a connection for a call. It ends with call.on set, or with a failure.
// Cancel: at once; a connection that was handed over already is delivered.
class acquire final : public core::suspension, public core::timer, public core::list_hook<> {
public:
    acquire(pool& from, call& who) noexcept : pool_(from), call_(who) {}
    ~acquire() { leave(); }

    bool await_ready() const noexcept { return false; }
    template <class Promise>
    bool await_suspend(std::coroutine_handle<Promise> h) {
        branch_ = &core::branch_of(h);
        stopped_ = branch_->cancel_is_due();
        if (stopped_) return false;
        if (!begin()) {
            if (branch_->owner().spend_hop()) return false;
            branch_->requeue(h);
            return true;
        }
        branch_->suspend(h, *this);
        return true;
    }
    failure await_resume() {
        if (stopped_) branch_->throw_cancelled();
        return std::move(failure_);
    }

    void cancel() noexcept override;
    std::string_view what() const noexcept override { return "http.pool"; }

private:
    friend class pool;
    enum class place : std::uint8_t { none, waiting, connecting };

    // False when it has a connection at once.
    bool begin();
    void leave() noexcept;
    void fired() noexcept override;
    // A connection is being made on its behalf from now on: the total limit begins to count.
    void connecting_from(time_point now);
    void give(connection& c) noexcept;
    void fail(failure why) noexcept;
    void arm(time_point when);

    pool& pool_;
    call& call_;
    host_pool* host_ = nullptr;
    core::branch* branch_ = nullptr;
    failure failure_;
    place place_ = place::none;
    bool stopped_ = false;
};

}  // namespace gyre::http::detail
