#pragma once
#include <gyre/http/client/detail/exchange.hpp>
#include <gyre/http/client/detail/failure.hpp>
#include <gyre/runtime/coroutine/intrusive_list.hpp>
#include <gyre/runtime/coroutine/startable.hpp>
#include <gyre/runtime/loop/loop_state.hpp>

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
class acquire final : public core::startable<acquire>, public core::timer, public core::list_hook<> {
public:
    acquire(pool& from, call& who) noexcept : pool_(from), call_(who) {}
    ~acquire() { leave(); }

    failure await_resume() {
        throw_if_stopped();
        return std::move(failure_);
    }

    void cancel() noexcept override;
    std::string_view what() const noexcept override { return "http.pool"; }

private:
    friend class pool;
    friend class core::startable<acquire>;
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
    // Not one that other requests have used: one such was dead.
    bool wants_new() const noexcept;

    pool& pool_;
    call& call_;
    host_pool* host_ = nullptr;
    failure failure_;
    place place_ = place::none;
};

}  // namespace gyre::http::detail
