#pragma once
#include <gyre/runtime/coroutine/intrusive_list.hpp>

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace gyre::detail {

class branch;

// What a suspended branch waits on: the base of every awaiter that really suspends.
//
// The protocol, for whoever writes one:
//  - await_suspend, or an await_ready that knows its branch from awaited_in(), first asks branch::cancel_is_due(): a request that is
//    pending ends the await before it has any effect (await_resume calls branch::throw_cancelled()).
//  - It then tries to finish at once (and spends a hop), or calls branch::suspend(handle, *this).
//  - Whoever completes it calls branch::wake() once. From then on a cancel no longer reaches it: a success is delivered,
//    and the request stays pending for the next await.
//  - cancel() is called only while suspended, perhaps more than once. It either stops at once and wakes the branch, or passes the
//    request on (to the kernel, to children) and leaves the waking to what it waits for. No user code may run inside.
class suspension {
public:
    virtual void cancel() noexcept = 0;
    // A cancel has come back to this branch on its way through what that waits for: the wait is part of a ring and cannot end. Ends it by
    // the cancel and gives true, unless it waits for children, which have to end before.
    virtual bool cut() noexcept { return false; }
    // For task dumps: "sleep", "mutex.lock".
    virtual std::string_view what() const noexcept = 0;
    // The same with what can be said of it now: "sleep, 3.2 s to go".
    virtual std::string describe() const;
    // The branches this one waits for, when it is a structured call; else null.
    virtual intrusive_list<branch>* children() noexcept { return nullptr; }
    // The task that holds the lock it waits for, by its number (see branch::number()); 0 when it waits for none, or nobody knows.
    virtual std::uint32_t holder() const noexcept { return 0; }
    // Adds every task without whose end it cannot end either, but for a cancel or an error.
    virtual void add_awaited(std::vector<branch*>&) {}

protected:
    ~suspension() = default;
};

}  // namespace gyre::detail
