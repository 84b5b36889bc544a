#include <gyre/runtime/debug/dump_on_signal.hpp>
#include <gyre/runtime/debug/dump_tasks.hpp>
#include <gyre/runtime/loop/loop_state.hpp>
#include <gyre/runtime/loop/signal_listener.hpp>

#include <unistd.h>

#include <array>
#include <cstddef>
#include <cstdio>
#include <memory>
#include <span>
#include <string>

namespace gyre::debug {
namespace {

// Their addresses tell the dumpers of a loop apart.
constexpr std::array<char, 65> kinds{};

class task_dumper final : public detail::loop_service, private detail::signal_listener {
public:
    explicit task_dumper(int number) : number_(number) { listen(std::span<const int>(&number, 1), "debug::dump_on_signal()"); }
    ~task_dumper() { stop(); }

    const void* kind() const noexcept override { return &kinds[static_cast<std::size_t>(number_)]; }
    void attach(detail::loop_state& loop) noexcept {
        loop.add_service(*this);
        bind(loop);
    }

private:
    void signalled() noexcept override {
        take();
        try {
            const std::string dump = "gyre: tasks of process " + std::to_string(::getpid()) + " at " + detail::signal_name(number_) +
                                     ":\n" + dump_tasks() + "gyre: end of tasks\n";
            // In one piece, also beside other loops.
            std::fwrite(dump.data(), 1, dump.size(), stderr);
        } catch (const std::exception&) {
            std::fputs("gyre: no memory to dump the tasks\n", stderr);
        }
    }
    void loop_closing() noexcept override { delete this; }

    int number_;
};

}  // namespace

void dump_on_signal(int number) {
    detail::loop_state& loop = detail::require_loop("debug::dump_on_signal()");
    auto made = std::make_unique<task_dumper>(number);
    if (loop.find_service(made->kind()) == nullptr) made.release()->attach(loop);
}

}  // namespace gyre::debug
