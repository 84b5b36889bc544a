#include <gyre/runtime/combine/watch.hpp>
#include <gyre/runtime/coroutine/errors.hpp>
#include <gyre/runtime/coroutine/future.hpp>

#include <unordered_set>

namespace gyre::detail {

void drop_duplicates(std::vector<core_ref<future_core>>& sources) {
    if (sources.size() < 2) return;
    std::unordered_set<const future_core*> seen;
    std::erase_if(sources, [&seen](const core_ref<future_core>& source) { return !seen.insert(source.get()).second; });
}

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
