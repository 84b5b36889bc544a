#include <gyre/http/client/detail/acquire.hpp>
#include <gyre/http/client/detail/call.hpp>
#include <gyre/http/client/detail/connection.hpp>
#include <gyre/http/client/detail/host_pool.hpp>
#include <gyre/http/client/detail/pool.hpp>
#include <gyre/runtime/loop/duration.hpp>

#include <utility>

namespace gyre::http::detail {

bool acquire::begin() {
    connection* ready = pool_.take_or_wait(*call_.target, *this);
    if (ready != nullptr) {
        call_.on = core_ref<exchange>::share(*ready);
        return false;
    }
    const duration limit = pool_.options().pool_timeout;
    if (place_ == place::waiting && limit > duration::zero()) arm(pool_.loop().deadline_after(limit));
    return true;
}

bool acquire::wants_new() const noexcept { return call_.attempt > 1; }

void acquire::connecting_from(time_point now) {
    if (call_.total <= duration::zero()) {
        pool_.loop().disarm(*this);
        return;
    }
    if (!call_.deadline) call_.deadline = core::saturated_sum(now, call_.total);
    arm(*call_.deadline);
}

void acquire::arm(time_point when) {
    pool_.loop().disarm(*this);
    pool_.loop().arm(*this, when);
}

void acquire::give(connection& c) noexcept {
    call_.on = core_ref<exchange>::share(c);
    pool_.loop().disarm(*this);
    branch_->wake();
}

void acquire::fail(failure why) noexcept {
    failure_ = std::move(why);
    pool_.loop().disarm(*this);
    branch_->wake();
}

void acquire::leave() noexcept {
    if (place_ == place::none) return;
    pool_.loop().disarm(*this);
    pool_.leave(*this);
}

void acquire::cancel() noexcept {
    leave();
    stopped_ = true;
    branch_->wake();
}

void acquire::fired() noexcept {
    failure why;
    why.what = failure::kind::timed_out;
    if (place_ == place::waiting) {
        why.phase = phase::pool;
        why.limit = pool_.options().pool_timeout;
        why.limit_name = "pool_timeout";
    } else {
        why.phase = host_->dials.empty() ? phase::connect : host_->dials.front().phase();
        why.limit = call_.total;
        why.limit_name = "total_timeout";
    }
    leave();
    fail(std::move(why));
}

}  // namespace gyre::http::detail
