#include <gyre/runtime/coroutine/errors.hpp>
#include <gyre/runtime/coroutine/future_core.hpp>

namespace gyre::detail {

void future_core::throw_what_ended_it() const {
    switch (state_) {
        case future_state::pending:
        case future_state::running:
            throw invalid_state_error("gyre: the result of '" + name() + "' is not there yet; co_await the future first");
        case future_state::cancelled:
            retrieved_ = true;
            throw cancelled_error();
        case future_state::done:
            break;
    }
    retrieved_ = true;
    std::rethrow_exception(error_);
}

void future_core::report_error() noexcept {
    references_ = 1;  // the handler may keep it
    retrieved_ = true;
    scheduler_->report("the error of '" + name() + "' was never retrieved" + scheduler_->error_stack_text(error_), error_, this);
    release();
}

void throw_of_another_loop(const future_core& source) {
    throw invalid_state_error("gyre: '" + source.name() +
                              "' belongs to another event loop; pass its result over with submit_to() or call_soon_threadsafe()");
}

std::string future_core::name() const { return name_ ? *name_ : std::string("future"); }
void future_core::set_name(std::string name) { name_ = std::make_unique<std::string>(std::move(name)); }

}  // namespace gyre::detail
