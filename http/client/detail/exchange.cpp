#include <gyre/http/client/detail/exchange.hpp>
#include <gyre/runtime/coroutine/errors.hpp>

namespace gyre::http::detail {

bool arrival::begin() {
    if (exchange_->waiting_ != nullptr)
        throw invalid_state_error(
            "gyre: two tasks read the body of one http::response at once; let one read it, or lock a mutex around it");
    if (request_ != nullptr) exchange_->start(*request_);
    if (exchange_->failure_) return false;
    exchange_->waiting_ = this;
    return true;
}

void arrival::cancel() noexcept {
    stopped_ = true;
    exchange_->waiting_ = nullptr;
    if (then_ == on_cancel::give_up) exchange_->abandon();
    branch_->wake();
}

}  // namespace gyre::http::detail
