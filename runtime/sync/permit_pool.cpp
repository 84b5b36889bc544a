#include <gyre/runtime/sync/permit_pool.hpp>

namespace gyre::detail {

void permit_pool::give_to_waiters(std::size_t n) {
    home_.require_own_thread("releasing a lock or permits");
    available_ += n;
    serve();
}

void permit_pool::serve() noexcept {
    while (!waiters_.empty()) {
        permit_waiter& first = static_cast<permit_waiter&>(waiters_.front());
        if (first.count_ > available_) return;
        available_ -= first.count_;
        first.grant();
    }
}

void permit_waiter::cancel() noexcept {
    const bool in_line = linked();
    waiter::cancel();
    if (in_line) pool_.serve();
}

}  // namespace gyre::detail
