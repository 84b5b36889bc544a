#pragma once
#include <atomic>
#include <cstdint>
#include <memory>
#include <utility>
#include <vector>

namespace gyre::detail {

// A list of values of context variables: immutable and shared, a change makes a copy. Few variables are set in practice, so
// it is searched from end to end. May be shared between threads.
class context_values {
public:
    using key = std::uint64_t;
    using value = std::shared_ptr<const void>;

    // A copy of `from` (null: of nothing), with one reference, in which the variable has the value; null takes it out.
    static context_values* with(const context_values* from, std::uint64_t context_id, key variable, value v);

    void add_reference() noexcept { references_.fetch_add(1, std::memory_order_relaxed); }
    void release() noexcept {
        if (references_.fetch_sub(1, std::memory_order_acq_rel) == 1) delete this;
    }

    // Null when the variable is not set here.
    const value* find(key variable) const noexcept {
        for (const auto& [k, held] : values_)
            if (k == variable) return &held;
        return nullptr;
    }
    // The context that made it.
    std::uint64_t context_id() const noexcept { return context_id_; }

private:
    explicit context_values(std::uint64_t context_id) noexcept : context_id_(context_id) {}

    std::vector<std::pair<key, value>> values_;
    std::uint64_t context_id_;
    std::atomic<std::uint32_t> references_ = 1;
};

// What one task, one callback, or the code of a thread outside both sees of context variables: shared with the context that it
// was copied from until it sets one itself. A pointer, null in programs that set none.
class context {
public:
    context() noexcept = default;
    context(context&& other) noexcept : bits_(std::exchange(other.bits_, 0)) {}
    context& operator=(context&& other) noexcept {
        std::swap(bits_, other.bits_);
        return *this;
    }
    ~context() {
        if (bits_ != 0) values()->release();
    }

    // The same values for somebody who goes their own way.
    context copy() const noexcept { return share(false); }
    // The same context, for a stretch of the same task.
    context alias() const noexcept { return share(bits_ & own); }

    // Null when the variable is not set here.
    const context_values::value* find(context_values::key variable) const noexcept {
        return bits_ == 0 ? nullptr : values()->find(variable);
    }
    void replace(context_values::key variable, context_values::value v);
    // What tells this context from the one it was copied from; 0 before the first replace().
    std::uint64_t id() const noexcept { return (bits_ & own) != 0 ? values()->context_id() : 0; }

private:
    static constexpr std::uintptr_t own = 1;  // the values were made here, not copied

    context_values* values() const noexcept { return reinterpret_cast<context_values*>(bits_ & ~own); }
    context share(std::uintptr_t flag) const noexcept;

    std::uintptr_t bits_ = 0;
};

// Becomes true for good when the first context variable is set: until then every context of the process is empty.
inline constinit std::atomic<bool> contexts_in_use = false;

// The context of the task that runs in this thread; outside a task that of the callback, else the thread's own.
context& current_context() noexcept;

// A copy of it.
inline context copy_current_context() noexcept {
    if (!contexts_in_use.load(std::memory_order_relaxed)) [[likely]]
        return context();
    return current_context().copy();
}

// While it lives, code of this thread outside tasks runs in the given context instead of the thread's own.
class context_scope {
public:
    explicit context_scope(context& inner) noexcept {
        if (contexts_in_use.load(std::memory_order_relaxed)) [[unlikely]]
            enter(inner);
    }
    context_scope(const context_scope&) = delete;
    ~context_scope() {
        if (contexts_in_use.load(std::memory_order_relaxed)) [[unlikely]]
            leave();
    }

private:
    void enter(context& inner) noexcept;
    void leave() noexcept;

    context* inner_ = nullptr;  // holds the thread's own meanwhile; null when that was empty, as every context was
};

}  // namespace gyre::detail
