#pragma once
#include <gyre/runtime/combine/scope.hpp>
#include <gyre/runtime/loop/duration.hpp>
#include <gyre/runtime/loop/loop_state.hpp>

#include <optional>

namespace gyre {

// A time limit for the body of a `with`, which may be moved while the body runs. When it passes the body is cancelled; the
// `with` then throws timeout_error, unless the body caught the cancel and ended otherwise.
// Cancel: from outside passes to the body, and beats a limit that passes in the same turn.
// Thread: a loop's.
class timeout_scope final : public detail::scope, private detail::timer {
public:
    explicit timeout_scope(std::optional<time_point> when) noexcept : scope("timeout"), when_(when) {}
    ~timeout_scope();

    // nullopt: no limit.
    std::optional<time_point> when() const noexcept { return when_; }
    // A time in the past cancels the body at its next await. Throws: invalid_state_error once it has expired or ended.
    void reschedule(std::optional<time_point> when);
    // The limit has passed while the body ran.
    bool expired() const noexcept { return expired_; }

private:
    void entered(detail::branch& body) override;
    bool leave(detail::branch& body) override;
    void all_ended() noexcept override;
    void fired() noexcept override;
    void arm();

    std::optional<time_point> when_;
    bool expired_ = false;
};

// A limit from now on, for `with`. Thread: a loop's. Throws: invalid_state_error outside a running loop.
timeout_scope timeout(time_span limit);
// A limit at a time of the loop's clock. Throws: nothing.
timeout_scope timeout_at(time_point when);

}  // namespace gyre
