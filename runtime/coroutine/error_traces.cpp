#include <gyre/runtime/coroutine/error_traces.hpp>
#include <gyre/runtime/coroutine/exceptions.hpp>
#include <gyre/runtime/coroutine/promise_base.hpp>

namespace gyre::detail {

void error_traces::leaves(const promise_base& coroutine, const std::exception_ptr& error) {
    trace& t = find_or_add(error);
    // Thrown here, or taken over from another task: who awaits this coroutine will pass it on.
    if (t.next != &coroutine)
        for (const await_place& place : await_places(&coroutine, most_places - t.places.size())) t.places.push_back(place);
    t.next = coroutine.awaited_by_;
}

void error_traces::keep(const std::exception_ptr& error) { ++find_or_add(error).futures; }

void error_traces::drop(const std::exception_ptr& error) noexcept {
    const auto found = traces_.find(address_of(error));
    if (found == traces_.end() || found->second.futures == 0 || --found->second.futures != 0) return;
    try {
        let_loose(found->second);
    } catch (...) {
        traces_.erase(found);  // no memory to remember it by
    }
}

const std::vector<await_place>& error_traces::stack(const std::exception_ptr& error) const noexcept {
    static const std::vector<await_place> unknown;
    const auto found = traces_.find(address_of(error));
    return found == traces_.end() ? unknown : found->second.places;
}

void error_traces::sweep(bool idle) {
    if (loose_.empty()) return;
    std::vector<std::exception_ptr> forgotten;  // an error's destructor must not find this object half changed
    std::erase_if(loose_, [&](const void* address) {
        const auto found = traces_.find(address);
        trace& t = found->second;
        if (t.futures == 0 && !idle && ++t.sweeps <= sweeps_survived) return false;
        t.loose = false;
        if (t.futures == 0) {
            forgotten.push_back(std::move(t.error));
            traces_.erase(found);
        }
        return true;
    });
}

error_traces::trace& error_traces::find_or_add(const std::exception_ptr& error) {
    const auto [found, added] = traces_.try_emplace(address_of(error));
    if (added) {
        found->second.error = error;
        let_loose(found->second);
    }
    return found->second;
}

void error_traces::let_loose(trace& t) {
    t.sweeps = 0;
    if (t.loose) return;
    loose_.push_back(address_of(t.error));
    t.loose = true;
}

}  // namespace gyre::detail
