#pragma once
#include <gyre/runtime/coroutine/frame_allocator.hpp>

#include <cstdint>
#include <memory>
#include <utility>
#include <vector>

namespace gyre::detail {

// The values of a branch's context variables: immutable and shared, a change makes a copy. Few variables are set in
// practice, so a flat list is searched.
class context_values : public frame_allocated {
public:
    using value = std::shared_ptr<const void>;

    void add_reference() noexcept { ++references_; }
    void release() noexcept {
        if (--references_ == 0) delete this;
    }

    // Null when the variable was never set here.
    const void* find(const void* variable) const noexcept {
        for (const auto& [key, held] : values_)
            if (key == variable) return held.get();
        return nullptr;
    }
    value share(const void* variable) const noexcept {
        for (const auto& [key, held] : values_)
            if (key == variable) return held;
        return nullptr;
    }

    // A copy, with one reference, in which the variable has the value; a null value takes it out.
    static context_values* with(const context_values* from, const void* variable, value v) {
        auto copy = std::make_unique<context_values>();
        if (from != nullptr)
            for (const auto& entry : from->values_)
                if (entry.first != variable) copy->values_.push_back(entry);
        if (v != nullptr) copy->values_.emplace_back(variable, std::move(v));
        return copy.release();
    }

private:
    std::vector<std::pair<const void*, value>> values_;
    std::uint32_t references_ = 1;
};

}  // namespace gyre::detail
