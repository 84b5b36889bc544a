#include <gyre/runtime/coroutine/context_variable.hpp>
#include <gyre/runtime/coroutine/errors.hpp>

namespace gyre::detail {
namespace {

// Never given out twice, so that a variable does not see what another one at its address had set.
context_values::key new_key() noexcept {
    static std::atomic<context_values::key> last = 0;
    return ++last;
}

}  // namespace

context_slot::context_slot() noexcept : key_(new_key()) {}

const void* context_slot::find() const noexcept {
    if (!contexts_in_use.load(std::memory_order_relaxed)) return nullptr;
    const context_values::value* const held = current_context().find(key_);
    return held == nullptr ? nullptr : held->get();
}

std::shared_ptr<context_change> context_slot::replace(context_values::value v) const {
    context& here = current_context();
    auto change = std::make_shared<context_change>();
    change->variable = key_;
    if (const context_values::value* before = here.find(key_)) change->previous = *before;
    here.replace(key_, std::move(v));
    change->context = here.id();
    return change;
}

void context_slot::take_back(context_change& change) const {
    if (change.variable != key_)
        throw invalid_state_error("gyre: reset() of a context_variable with the token of another one; use the token of this one's set()");
    context& here = current_context();
    if (change.context != here.id())
        throw invalid_state_error(
            "gyre: reset() of a context_variable with a token of another task's set(); values are each task's own, reset it where it was "
            "set");
    if (change.taken_back)
        throw invalid_state_error("gyre: reset() of a context_variable with a token that was used before; a token is used once");
    here.replace(key_, change.previous);
    change.previous = nullptr;
    change.taken_back = true;
}

}  // namespace gyre::detail
