#pragma once
#include <gyre/runtime/loop/loop_state.hpp>
#include <gyre/runtime/loop/signal_listener.hpp>

#include <functional>
#include <map>
#include <memory>

namespace gyre::detail {

// A function that a loop calls for a signal.
class signal_callback final : private signal_listener {
public:
    // Throws: std::invalid_argument.
    signal_callback(loop_state& loop, int number, std::function<void()> fn);
    ~signal_callback() { stop(); }

private:
    void signalled() noexcept override;

    loop_state& loop_;
    // Calls that are in the ready queue hold it weakly: none comes after the callback is gone.
    std::shared_ptr<std::function<void()>> fn_;
};

// Those of one loop, by signal.
class signal_callbacks final : public loop_service {
public:
    // Makes it on first use.
    static signal_callbacks& of(loop_state& loop);
    static signal_callbacks* find(loop_state& loop) noexcept;

    void set(loop_state& loop, int number, std::function<void()> fn);
    bool remove(int number) noexcept { return by_number_.erase(number) != 0; }

private:
    signal_callbacks() = default;
    const void* kind() const noexcept override;
    void loop_closing() noexcept override { delete this; }

    std::map<int, std::unique_ptr<signal_callback>> by_number_;
};

}  // namespace gyre::detail
