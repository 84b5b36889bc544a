#include <gyre/runtime/coroutine/errors.hpp>
#include <gyre/runtime/loop/loop_state.hpp>
#include <gyre/runtime/system/pool_job.hpp>
#include <gyre/runtime/system/worker_pool.hpp>

namespace gyre::detail {

bool pool_job::begin() {
    loop_state& loop = loop_of(*branch_);
    context_ = copy_current_context();
    loop.expect_post();
    try {
        pool_->submit(*this);
    } catch (...) {
        loop.forget_expected_post();
        throw;
    }
    loop.begin_outside_work();
    return true;
}

void pool_job::cancel() noexcept {
    if (!pool_->withdraw(*this)) return;
    stopped_ = true;
    loop_of(*branch_).forget_expected_post();
    loop_of(*branch_).end_outside_work();
    branch_->wake();
}

void pool_job::hand_back() noexcept { loop_of(*branch_).post_expected(*branch_); }

void pool_job::settle() {
    throw_if_stopped();
    loop_of(*branch_).end_outside_work();
    if (refused_) throw cancelled_error();
}

}  // namespace gyre::detail
