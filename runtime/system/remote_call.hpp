#pragma once
#include <gyre/runtime/coroutine/context.hpp>
#include <gyre/runtime/coroutine/startable.hpp>

#include <atomic>
#include <cstdint>
#include <exception>
#include <memory>
#include <string_view>

namespace gyre::detail {

class loop_state;

// A task that runs on another loop, on behalf of a task of this one ("home"), which waits for it. The record lives in the waiting
// task's frame, and is handed to and fro through the loops' inboxes: home owns it until it posts the request, the target until it
// posts the end.
//
// A cancel is a second message, which may cross the end on its way. So each end of the wire says what it does in `progress_`, and
// the record goes home only when both the task has ended and no cancel is under way to it.
class remote_call : public startable<remote_call>, private future_observer {
public:
    void cancel() noexcept override;
    std::string_view what() const noexcept override { return "submit_to()"; }

protected:
    // `open` becomes false when the target takes no more calls. Both live as long as `keeps_alive`, where it is not null.
    remote_call(loop_state& target, const std::atomic<bool>& open, std::shared_ptr<const void> keeps_alive) noexcept
        : target_(&target), open_(&open), keeps_alive_(std::move(keeps_alive)) {}
    // It moves before it begins, if ever.
    remote_call(remote_call&& other) noexcept : target_(other.target_), open_(other.open_), keeps_alive_(std::move(other.keeps_alive_)) {}
    ~remote_call() = default;

    // At home again. Throws: what the call ended with, unless it was a value.
    void settle();

private:
    friend class startable<remote_call>;
    enum : std::uint8_t { ended = 1, cancel_under_way = 2, cancel_level = 4 };

    class message final : public runnable {
    public:
        using handler = void (remote_call::*)() noexcept;
        void set(remote_call& call, handler arrive, handler refused) noexcept {
            call_ = &call;
            arrive_ = arrive;
            refused_ = refused;
        }

    private:
        void run() noexcept override { (call_->*arrive_)(); }
        void discard() noexcept override { (call_->*refused_)(); }

        remote_call* call_ = nullptr;
        handler arrive_ = nullptr;
        handler refused_ = nullptr;
    };

    // --- in the target's thread, by what knows the function
    virtual core_ref<branch> make_task(scheduler& target) = 0;
    virtual void take_value(branch& ended_task) = 0;
    virtual void drop_function() noexcept = 0;

    // --- at home
    // Throws: invalid_state_error when the target is closed.
    bool begin();

    // --- in the target's thread
    void arrive() noexcept;
    void refuse() noexcept;
    void pass_cancel() noexcept;
    void end_pass() noexcept;
    void completed(future_core&) noexcept override;
    void end() noexcept;
    void hand_back() noexcept;

    loop_state* target_;
    const std::atomic<bool>* open_;
    std::shared_ptr<const void> keeps_alive_;
    bool cancelled_ = false;
    bool delivered_ = false;
    std::atomic<std::uint8_t> progress_ = 0;
    context context_;  // of the task at home
    core_ref<branch> task_;
    std::exception_ptr error_;
    message request_;
    message cancel_;
};

}  // namespace gyre::detail
