#pragma once
#include <gyre/runtime/sync/wait_list.hpp>

#include <cstddef>
#include <cstdint>
#include <string_view>
#include <type_traits>

namespace gyre::detail {

class permit_waiter;

// A number of permits and the line of those who want some: what semaphore and shared_mutex are made of. First come, first
// served: who wants many is not overtaken by those who want few.
class permit_pool {
public:
    // Less than half of what a size_t holds, so that a negative number is recognised.
    static constexpr std::size_t most = static_cast<std::size_t>(-1) / 2;

    explicit permit_pool(std::size_t permits) noexcept : available_(permits) {}

    std::size_t available() const noexcept { return available_; }
    bool contended() const noexcept { return !waiters_.empty(); }

    bool try_take(std::size_t n) noexcept {
        if (n > available_ || !(waiters_.empty() || n == 0)) return false;
        available_ -= n;
        return true;
    }
    void give_back(std::size_t n) {
        if (waiters_.empty()) [[likely]]
            available_ += n;
        else
            give_to_waiters(n);
    }

private:
    friend permit_waiter;
    template <class, class>
    friend class permit_awaiter;

    void give_to_waiters(std::size_t n);
    void serve() noexcept;

    std::size_t available_;  // always too few for the first in line
    wait_list waiters_;
    home_loop home_;
};

class permit_waiter : public waiter {
public:
    permit_waiter(permit_pool& pool, std::size_t n, const char* name) noexcept : pool_(pool), count_(n), name_(name) {}
    permit_waiter(permit_waiter&&) noexcept = default;

    // Those behind it may want less.
    void cancel() noexcept override;
    std::string_view what() const noexcept override { return name_; }
    std::string describe() const override { return describe_waiting(name_, &pool_); }

protected:
    ~permit_waiter() = default;

    permit_pool& pool_;
    std::size_t count_;

private:
    friend permit_pool;
    const char* name_;
};

// Takes permits of an owner's pool; gives a Lease(owner, count) that returns them.
template <class Owner, class Lease>
class permit_awaiter final : public sync_awaiter<permit_awaiter<Owner, Lease>, permit_waiter> {
    using base = sync_awaiter<permit_awaiter, permit_waiter>;

public:
    permit_awaiter(Owner& owner, permit_pool& pool, std::size_t n, const char* name) noexcept : base(pool, n, name), owner_(owner) {}

    // Of an owner that remembers who holds it.
    std::uint32_t holder() const noexcept override {
        if constexpr (requires { owner_.holder_; }) {
            if (this->linked()) return owner_.holder_;
        }
        return 0;
    }
    Lease await_resume() {
        this->settle();
        if constexpr (requires { owner_.taken_by(*this->branch_, std::type_identity<Lease>()); })
            owner_.taken_by(*this->branch_, std::type_identity<Lease>());
        if constexpr (requires { Lease(owner_, this->count_); })
            return Lease(owner_, this->count_);
        else
            return Lease(owner_);
    }

private:
    friend base;
    home_loop* home() const noexcept { return &this->pool_.home_; }
    bool begin() noexcept {
        if (this->pool_.try_take(this->count_)) return true;
        this->pool_.waiters_.push(*this);
        return false;
    }

    Owner& owner_;
};

}  // namespace gyre::detail
