#include <gyre/runtime/combine/watch.hpp>
#include <gyre/runtime/coroutine/errors.hpp>
#include <gyre/runtime/coroutine/future.hpp>

namespace gyre::detail {

void watch::observe(branch& waiting, const std::vector<core_ref<future_core>>& sources) {
    waiter_ = &waiting;
    for (const core_ref<future_core>& source : sources) {
        if (!source) throw invalid_state_error("gyre: a future given to " + std::string(what_) + " is empty");
        require_awaitable(*source, waiting);
    }
    observers_ = std::make_unique<observer[]>(sources.size());
    for (std::size_t i = 0; i < sources.size(); ++i) {
        observers_[i].owner = this;
        observers_[i].index = i;
        if (sources[i]->done())
            ended(i);
        else
            sources[i]->observe(observers_[i]);
    }
}

}  // namespace gyre::detail
