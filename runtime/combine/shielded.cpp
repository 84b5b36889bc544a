#include <gyre/runtime/combine/shielded.hpp>
#include <gyre/runtime/coroutine/errors.hpp>

namespace gyre::detail {

void shielded_call::await_resume() {
    if (expired() && body_->state() == future_state::cancelled)
        throw timeout_error("gyre: a clean-up took longer than its grace of " + std::to_string(cleanup_grace.count()) +
                            " s and was cancelled");
    body_->throw_unless_value();
}

}  // namespace gyre::detail
