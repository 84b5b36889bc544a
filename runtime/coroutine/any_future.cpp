#include <gyre/runtime/coroutine/any_future.hpp>
#include <gyre/runtime/coroutine/errors.hpp>

namespace gyre {

namespace {

class done_callback final : public detail::callback, public detail::future_observer {
public:
    using callback::callback;
    void completed(detail::future_core&) noexcept override {
        if (scheduler_->closed())
            drop_function();  // the promise has outlived its loop
        else
            schedule();
        release();  // the future's
    }
    void cancel() noexcept override {
        const bool waits = linked();
        if (waits) unlink();
        callback::cancel();
        if (waits) release();
    }
};

}  // namespace

std::exception_ptr any_future::exception() const {
    const detail::future_core& c = core();
    if (!c.done() || c.state() == future_state::cancelled) c.throw_unless_value();
    return c.error();
}

detail::future_core& any_future::core() const {
    if (!core_) throw invalid_state_error("gyre: this future is empty; it comes from spawn() or promise::get_future()");
    return *core_;
}

handle any_future::call_when_done(std::function<void()> fn) const {
    detail::future_core& c = core();
    c.owner().require_own_thread("future.add_done_callback()");
    if (c.owner().closed())
        throw invalid_state_error("gyre: add_done_callback() to '" + c.name() +
                                  "', whose event loop is closed and calls nothing any more; ask done() and result() instead");
    detail::core_ref<done_callback> waiting(new done_callback(c.owner(), std::move(fn)));
    if (c.done()) {
        waiting->schedule();
    } else {
        waiting->add_reference();
        c.observe(*waiting);
    }
    return handle(waiting);
}

}  // namespace gyre
