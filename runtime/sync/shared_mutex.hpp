#pragma once
#include <gyre/runtime/sync/guard.hpp>
#include <gyre/runtime/sync/permit_pool.hpp>

#include <cstdint>
#include <optional>
#include <type_traits>

namespace gyre {

// Many readers or one writer, between tasks of one loop. First come, first served, whatever they want: a writer that waits
// holds back the readers behind it, so neither side starves. Not recursive: a reader that locks again behind a waiting writer
// waits for itself.
// Destroy it when nobody holds it or waits for it.
// Thread: the loop's.
class shared_mutex {
public:
    using guard = detail::guard<shared_mutex, 0>;
    using shared_guard = detail::guard<shared_mutex, 1>;
    using lock_awaiter = detail::permit_awaiter<shared_mutex, guard>;
    using shared_lock_awaiter = detail::permit_awaiter<shared_mutex, shared_guard>;

    shared_mutex() noexcept : pool_(everything) {}
    shared_mutex(const shared_mutex&) = delete;

    // Gives the guard of the only holder.
    // Cancel: leaves the line; lossless, a lock that came first is delivered and the request stays pending.
    // Throws: invalid_state_error for a task of another loop.
    lock_awaiter lock() noexcept { return lock_awaiter(*this, pool_, everything, "shared_mutex.lock"); }

    // Gives the guard of one of several holders.
    // Cancel, Throws: as lock().
    shared_lock_awaiter lock_shared() noexcept { return shared_lock_awaiter(*this, pool_, 1, "shared_mutex.lock_shared"); }

    // The same when it can be had at once and nobody waits, else nullopt.
    std::optional<guard> try_lock() noexcept {
        if (!pool_.try_take(everything)) return std::nullopt;
        if (detail::branch* const writer = detail::running_branch()) taken_by(*writer, std::type_identity<guard>());
        return std::optional<guard>(std::in_place, *this);
    }
    std::optional<shared_guard> try_lock_shared() noexcept {
        if (!pool_.try_take(1)) return std::nullopt;
        return std::optional<shared_guard>(std::in_place, *this);
    }

private:
    friend guard;
    friend shared_guard;
    friend lock_awaiter;
    friend shared_lock_awaiter;
    // A reader holds one permit, a writer all of them.
    static constexpr std::size_t everything = detail::permit_pool::most;

    void taken_by(detail::branch& writer, std::type_identity<guard>) noexcept { holder_ = writer.number(); }
    void unlock(std::integral_constant<int, 0>) {
        pool_.give_back(everything);
        holder_ = 0;
    }
    void unlock(std::integral_constant<int, 1>) { pool_.give_back(1); }

    detail::permit_pool pool_;
    std::uint32_t holder_ = 0;  // the number of the task that has it to itself; 0 after a try_lock() outside tasks
};

}  // namespace gyre
