#pragma once
#include <gyre/runtime/combine/body_call.hpp>
#include <gyre/runtime/loop/loop_state.hpp>

#include <string_view>

namespace gyre::detail {

// A body under a deadline, which asks it to end.
class timed_body : public body_call, private timer {
protected:
    explicit timed_body(std::string_view what) noexcept : body_call(what) {}
    timed_body(timed_body&&) = default;
    ~timed_body() = default;

    void arm(loop_state::duration limit) { loop_of(*parent_).arm(*this, loop_of(*parent_).deadline_after(limit)); }
    // The deadline has passed while the body ran.
    bool expired() const noexcept { return expired_; }

private:
    void fired() noexcept override {
        expired_ = true;
        ask_children();
    }
    void all_done() noexcept override {
        loop_of(*parent_).disarm(*this);
        body_call::all_done();
    }

    bool expired_ = false;
};

}  // namespace gyre::detail
