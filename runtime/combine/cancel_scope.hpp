#pragma once
#include <gyre/runtime/combine/scope.hpp>
#include <gyre/runtime/loop/loop_state.hpp>

#include <optional>

namespace gyre {

// A stretch of a task, the body of a `with`, that can be cancelled by itself. Level-triggered, as Trio's: once cancelled,
// every await inside throws until the body has ended. `with` then ends normally: for a body of task<T> it gives
// std::optional<T>, empty when the body was cancelled.
// Cancel: from outside passes to the body, unless the scope is shielded: then it is passed on when the shield goes.
// Thread: a loop's.
class cancel_scope final : public detail::scope, private detail::timer {
public:
    cancel_scope() noexcept : scope("cancel_scope") {}
    ~cancel_scope();

    // Before the scope is entered it counts from the body's first await on. Idempotent.
    void cancel() noexcept;
    bool cancel_called() const noexcept { return called_; }
    // A cancel of this scope ended the body.
    bool cancelled_caught() const noexcept { return caught_; }
    // When it cancels itself; nullopt for never. A time in the past cancels at the next await. Throws: std::bad_alloc.
    std::optional<time_point> deadline() const noexcept { return deadline_; }
    void set_deadline(std::optional<time_point> when);
    // Whether cancels from outside are kept from the body. Throws: nothing.
    bool shield() const noexcept { return shield_; }
    void set_shield(bool on);

private:
    void entered(detail::branch& body) override;
    bool leave(detail::branch& body) override;
    void cancelled_from_outside() noexcept override;
    void all_ended() noexcept override;
    void fired() noexcept override { cancel(); }
    void arm();

    std::optional<time_point> deadline_;
    bool called_ = false;
    bool caught_ = false;
    bool shield_ = false;
};

}  // namespace gyre
