#pragma once
#include <functional>
#include <memory>
#include <mutex>
#include <utility>

namespace gyre::detail {

// A function of the user's that is told of something, and may be replaced at any time: by itself while it runs, or from another
// thread.
template <class Told>
class handler_slot {
public:
    using function = std::function<void(const Told&)>;

    void set(function fn) {
        auto made = fn ? std::make_shared<const function>(std::move(fn)) : nullptr;
        const std::lock_guard lock(mutex_);
        installed_.swap(made);
    }
    // Null when there is none.
    std::shared_ptr<const function> get() const {
        const std::lock_guard lock(mutex_);
        return installed_;
    }

private:
    mutable std::mutex mutex_;
    std::shared_ptr<const function> installed_;
};

}  // namespace gyre::detail
