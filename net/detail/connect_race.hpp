#pragma once
#include <gyre/net/connect_options.hpp>
#include <gyre/net/detail/transport.hpp>
#include <gyre/net/error.hpp>
#include <gyre/runtime/coroutine/startable.hpp>
#include <gyre/runtime/io/unique_fd.hpp>
#include <gyre/runtime/loop/loop_state.hpp>

#include <cstddef>
#include <memory>
#include <optional>
#include <string_view>
#include <vector>

namespace gyre::net::detail {

// Connects to whichever of the addresses answers first (RFC 8305, "Happy Eyeballs"): the next attempt starts when the one
// before has failed, or has been silent for a while. The losers are cancelled, and all of them have ended, their sockets
// closed, before the await ends.
class connect_race final : public core::startable<connect_race> {
public:
    // The addresses in order of preference; families are interleaved here. The options outlive it.
    connect_race(core::io_scheduler& loop, const std::vector<net::address>& addresses, const connect_options& options,
                 std::optional<time_point> deadline);
    connect_race(const connect_race&) = delete;
    ~connect_race();

    // The connection; empty when there is none, and errors() or timed_out() say why. Throws cancelled_error.
    core_ref<transport> await_resume();

    bool timed_out() const noexcept { return timed_out_; }
    // What was tried and failed, in the order of the attempts.
    std::vector<connect_error::attempt> errors() const;

    void cancel() noexcept override;
    std::string_view what() const noexcept override { return "connect"; }

private:
    friend class core::startable<connect_race>;
    class attempt;
    class alarm final : public core::timer {
    public:
        using handler = void (connect_race::*)();
        alarm(connect_race& race, handler what) noexcept : race_(race), what_(what) {}
        void fired() noexcept override { (race_.*what_)(); }

    private:
        connect_race& race_;
        handler what_;
    };

    // False when all is decided already.
    bool begin();
    void start_next() noexcept;
    bool start(const net::address& to) noexcept;
    void attempt_ended(attempt& a) noexcept;
    void attempt_stalled() noexcept;
    void out_of_time() noexcept;
    void stop() noexcept;
    bool decided() const noexcept { return winner_ != nullptr || stopped_; }
    void wake_if_over() noexcept;

    core::loop_state& loop_;
    const connect_options& options_;
    std::vector<net::address> addresses_;
    std::vector<std::unique_ptr<attempt>> attempts_;
    std::optional<time_point> deadline_;
    attempt* winner_ = nullptr;
    std::size_t in_flight_ = 0;
    alarm stagger_;
    alarm total_;
    bool timed_out_ = false;
    bool suspended_ = false;
};

}  // namespace gyre::net::detail
