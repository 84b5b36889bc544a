#pragma once
#include <gyre/fs/detail/awaiter.hpp>
#include <gyre/fs/detail/file_state.hpp>

#include <cstdint>
#include <string_view>
#include <utility>

namespace gyre::detail {

// Waits until the file's content is on the device.
class [[nodiscard("co_await it")]] file_sync final : public file_awaiter {
public:
    file_sync(file_ref file, bool data_only) noexcept : file_awaiter(opcode::fsync), file_(std::move(file)) { flags = data_only ? 1 : 0; }
    void completed() noexcept override {
        file_->end_operation();
        branch_->wake();
    }
    void await_resume();

private:
    bool begin() override;
    file_ref file_;
};

// The size as the kernel knows it; never waits for a server.
class [[nodiscard("co_await it")]] file_size final : public file_awaiter {
public:
    explicit file_size(file_ref file) noexcept : file_awaiter(opcode::statx), file_(std::move(file)) {}
    std::uint64_t await_resume();

private:
    bool begin() override;
    file_ref file_;
};

// Always in the loop's thread: the operations that every backend has know no ftruncate, and only a large file takes long.
class [[nodiscard("co_await it")]] file_truncate final : public file_awaiter {
public:
    file_truncate(file_ref file, std::uint64_t bytes) noexcept : file_awaiter(opcode::fallocate), file_(std::move(file)) { size = bytes; }
    std::string_view what() const noexcept override { return "truncate"; }
    void await_resume();

private:
    bool begin() override;
    file_ref file_;
};

// Closes the file. A cancel does not stop it: the fd is given up either way.
class [[nodiscard("co_await it")]] file_close final : public operation, public suspension {
public:
    explicit file_close(file_ref file) noexcept : file_(std::move(file)) { code = opcode::close; }

    bool await_ready() noexcept { return !file_ || close_inline(); }
    template <class Promise>
    void await_suspend(std::coroutine_handle<Promise> h) {
        branch_ = &branch_of(h);
        begin();
        branch_->suspend(h, *this);
    }
    void await_resume();

    void completed() noexcept override { branch_->wake(); }
    void cancel() noexcept override {}
    std::string_view what() const noexcept override { return "close"; }

private:
    // True when it is done.
    bool close_inline() noexcept;
    void begin();

    file_ref file_;
    branch* branch_ = nullptr;
};

}  // namespace gyre::detail
