#pragma once
#include <gyre/runtime/coroutine/scheduler.hpp>
#include <gyre/runtime/io/backend.hpp>

#include <string>
#include <string_view>

namespace gyre::detail {

// A scheduler that carries out operations.
class io_scheduler : public scheduler {
public:
    backend& io() const noexcept { return *io_; }
    // False once the loop has closed.
    bool has_io() const noexcept { return io_ != nullptr; }

protected:
    std::unique_ptr<backend> io_;
    std::uint64_t operations_ = 0;
    friend void submit_operation(scheduler& s, operation& op);
};

// Every scheduler is an io_scheduler; coroutine/ just does not need to know.
inline backend& io_of(scheduler& s) noexcept { return static_cast<io_scheduler&>(s).io(); }

inline void submit_operation(scheduler& s, operation& op) {
    auto& owner = static_cast<io_scheduler&>(s);
    ++owner.operations_;
    owner.io().submit(op);
}
inline void cancel_operation(scheduler& s, operation& op) noexcept { io_of(s).cancel(op); }

// For task dumps: "recv".
std::string_view name_of(opcode code) noexcept;
// "recv on fd 7".
std::string describe_operation(const operation& op);

}  // namespace gyre::detail
