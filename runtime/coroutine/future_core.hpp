#pragma once
#include <gyre/runtime/coroutine/can_copy.hpp>
#include <gyre/runtime/coroutine/frame_allocator.hpp>
#include <gyre/runtime/coroutine/intrusive_list.hpp>
#include <gyre/runtime/coroutine/scheduler.hpp>

#include <concepts>
#include <cstdint>
#include <exception>
#include <memory>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>

namespace gyre {

// pending: not started (a task), not set (a promise). An error is `done`.
enum class future_state : std::uint8_t { pending, running, done, cancelled };

namespace detail {

// Told once when a future ends. Linked into the future until then; may unlink itself.
class future_observer : public list_hook<> {
public:
    virtual void completed(future_core& source) noexcept = 0;

protected:
    ~future_observer() = default;
};

// The state that handles of one task or promise share. Counted by reference; of its loop's thread only.
class future_core : public frame_allocated {
public:
    void add_reference() noexcept { ++references_; }
    void release() noexcept {
        if (--references_ != 0) return;
        if (error_ && !retrieved_) [[unlikely]]
            return report_error();
        delete this;
    }

    bool sole_reference() const noexcept { return references_ == 1; }

    scheduler& owner() const noexcept { return *scheduler_; }
    future_state state() const noexcept { return state_; }
    bool done() const noexcept { return state_ >= future_state::done; }

    // Asks for the end. False when done already.
    virtual bool request_cancel() noexcept = 0;
    virtual int cancelling() const noexcept = 0;
    virtual int uncancel() noexcept = 0;
    // True when a cancel ended the wait of user code inside, whatever that code made of it.
    virtual bool cancel_was_delivered() const noexcept = 0;

    // Null without an error. Marks it as retrieved.
    const std::exception_ptr& error() const noexcept {
        retrieved_ = true;
        return error_;
    }
    // The same, for the one who passes it on: gives it away.
    std::exception_ptr take_error() noexcept {
        retrieved_ = true;
        if (error_) scheduler_->drop_error(*this);
        return std::exchange(error_, nullptr);
    }
    // The same without marking it as retrieved.
    const std::exception_ptr& held_error() const noexcept { return error_; }
    bool error_was_retrieved() const noexcept { return error_ == nullptr || retrieved_; }
    // The place of the result's value, of the future's T; null for void. Only for one that is done without an error.
    virtual void* value() noexcept = 0;
    bool failed() const noexcept { return error_ != nullptr || state_ == future_state::cancelled; }
    // Throws what keeps the result from being read: invalid_state_error, cancelled_error, the task's own error.
    void throw_unless_value() const {
        if (state_ != future_state::done || error_) [[unlikely]]
            throw_what_ended_it();
    }

    // Calls observer.completed when this ends. Not for one that has ended.
    void observe(future_observer& observer) noexcept { observers_.push_back(observer); }

    virtual std::string name() const;
    void set_name(std::string name);

protected:
    explicit future_core(scheduler& s) noexcept : scheduler_(&s) { s.add_reference(); }
    virtual ~future_core() {
        if (error_) [[unlikely]]
            scheduler_->drop_error(*this);
        scheduler_->release();
    }

    // Ends it and tells the observers, in the order they came.
    void complete(future_state end) noexcept {
        state_ = end;
        if (error_) [[unlikely]]
            scheduler_->keep_error(*this);
        while (!observers_.empty()) observers_.pop_front().completed(*this);
    }

    scheduler* scheduler_;
    std::exception_ptr error_;
    std::unique_ptr<std::string> name_;
    std::uint32_t references_ = 1;
    future_state state_ = future_state::pending;
    mutable bool retrieved_ = false;

private:
    void throw_what_ended_it() const;
    // Nobody has asked for it, and nobody can any more but the loop's exception handler.
    void report_error() noexcept;

    intrusive_list<future_observer> observers_;
};

[[noreturn]] void throw_of_another_loop(const future_core& source);

// Moves the result out when nobody else can ask for it (or it cannot be copied), else copies it.
// Throws what throw_unless_value() throws.
template <class T>
T take_value(future_core& core) {
    core.throw_unless_value();
    if constexpr (std::is_reference_v<T>) {
        return static_cast<T>(*static_cast<std::remove_reference_t<T>*>(core.value()));
    } else if constexpr (!std::is_void_v<T>) {
        T& value = *static_cast<T*>(core.value());
        if constexpr (can_copy<T>::value) {
            if (!core.sole_reference()) return value;
        }
        return std::move(value);
    }
}

// A counted handle.
template <class Core>
class core_ref {
public:
    core_ref() noexcept = default;
    // Takes over a reference that the caller holds.
    explicit core_ref(Core* adopted) noexcept : core_(adopted) {}
    static core_ref share(Core& core) noexcept {
        core.add_reference();
        return core_ref(&core);
    }
    core_ref(const core_ref& other) noexcept : core_(other.core_) {
        if (core_ != nullptr) core_->add_reference();
    }
    core_ref(core_ref&& other) noexcept : core_(std::exchange(other.core_, nullptr)) {}
    template <class Derived>
        requires std::is_base_of_v<Core, Derived>
    core_ref(const core_ref<Derived>& other) noexcept : core_(other.get()) {
        if (core_ != nullptr) core_->add_reference();
    }
    template <class Derived>
        requires std::is_base_of_v<Core, Derived>
    core_ref(core_ref<Derived>&& other) noexcept : core_(other.release()) {}
    core_ref& operator=(core_ref other) noexcept {
        std::swap(core_, other.core_);
        return *this;
    }
    ~core_ref() {
        if (core_ != nullptr) core_->release();
    }
    // Gives its reference away.
    Core* release() noexcept { return std::exchange(core_, nullptr); }
    Core* get() const noexcept { return core_; }
    Core* operator->() const noexcept { return core_; }
    Core& operator*() const noexcept { return *core_; }
    explicit operator bool() const noexcept { return core_ != nullptr; }

private:
    Core* core_ = nullptr;
};

}  // namespace detail
}  // namespace gyre
