#pragma once
#include <gyre/runtime/coroutine/intrusive_list.hpp>

#include <cstdint>

namespace gyre::detail {

class branch;

// How a request to cancel goes on from a branch to what it waits for, and to what that waits for: by a list, so that a chain of tasks may
// be of any length. One request from outside, or all those of one cause, make one wave, which
//  - takes the way that recursion would take, and so asks in its order;
//  - passes each branch once, however many ways lead to it;
//  - cuts a ring of branches that wait for one another at its end: none of them could end before the others.
class cancel_wave {
public:
    // A branch's place in the wave.
    struct place : list_hook<cancel_wave> {
        std::uint64_t mark = 0;
    };

    // While it lives, the requests from outside have one cause: each goes all its way before the next one, but not where one of them has
    // been.
    class one_cause {
    public:
        explicit one_cause(cancel_wave& wave) noexcept : wave_(wave), outermost_(!wave.under_way_ && !wave.stays_open_) {
            if (!outermost_) return;
            wave.begin();
            wave.stays_open_ = true;
        }
        one_cause(const one_cause&) = delete;
        ~one_cause() {
            if (outermost_) wave_.stays_open_ = false;
        }

    private:
        cancel_wave& wave_;
        bool outermost_;
    };

    // The request has come to the branch. When `again`, what it waits for is to hear of it though the wave has passed here.
    // Returns: false when the wave had come here before.
    bool reach(branch& b, bool again) noexcept;

private:
    void begin() noexcept { wave_ += steps; }
    void spread() noexcept;
    void cut_ring(branch& closing) noexcept;

    // What a mark says, counted from the number of its wave; the marks of waves before are smaller.
    enum step : std::uint64_t { waits, passes_on, passed, steps };

    // Who has to pass the request on, the next one first. Who is doing so stays behind those that it has asked until they have.
    intrusive_list<place, cancel_wave> way_;
    place* passing_ = nullptr;  // whose what-it-waits-for is being asked
    std::uint64_t wave_ = 0;
    bool under_way_ = false;
    bool stays_open_ = false;  // what comes from outside belongs to it, too
};

}  // namespace gyre::detail
