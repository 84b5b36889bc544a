#include <gyre/runtime/coroutine/branch.hpp>
#include <gyre/runtime/coroutine/context.hpp>

namespace gyre::detail {
namespace {

thread_local context of_thread;

std::uint64_t new_context_id() noexcept {
    static std::atomic<std::uint64_t> last = 0;
    return ++last;
}

}  // namespace

context_values* context_values::with(const context_values* from, std::uint64_t context_id, key variable, value v) {
    std::unique_ptr<context_values> copy(new context_values(context_id));
    if (from != nullptr)
        for (const auto& entry : from->values_)
            if (entry.first != variable) copy->values_.push_back(entry);
    if (v != nullptr) copy->values_.emplace_back(variable, std::move(v));
    return copy.release();
}

void context::replace(context_values::key variable, context_values::value v) {
    const std::uint64_t here = id();
    context_values* const changed = context_values::with(values(), here != 0 ? here : new_context_id(), variable, std::move(v));
    if (bits_ != 0) values()->release();
    bits_ = reinterpret_cast<std::uintptr_t>(changed) | own;
    contexts_in_use.store(true, std::memory_order_relaxed);
}

context context::share(std::uintptr_t flag) const noexcept {
    context shared;
    if (bits_ == 0) return shared;
    values()->add_reference();
    shared.bits_ = (bits_ & ~own) | flag;
    return shared;
}

context& current_context() noexcept {
    branch* const task = running_branch();
    return task != nullptr ? task->own_context() : of_thread;
}

void context_scope::enter(context& inner) noexcept {
    inner_ = &inner;
    std::swap(of_thread, inner);
}

void context_scope::leave() noexcept {
    if (inner_ != nullptr)
        std::swap(of_thread, *inner_);
    else
        of_thread = context();  // what the first set() of the program left there
}

}  // namespace gyre::detail
