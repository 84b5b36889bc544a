#pragma once
#include <gyre/fs/detail/awaiter.hpp>
#include <gyre/fs/detail/file_state.hpp>

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>
#include <utility>

namespace gyre::detail {

// Moves bytes between memory and a file, in pieces when it must: what the page cache gives or takes at once, then the rest
// through the backend.
class file_transfer : public file_awaiter {
public:
    void completed() noexcept override;

protected:
    static constexpr std::uint64_t at_cursor = ~std::uint64_t(0);

    file_transfer(opcode what, file_ref file, std::uint64_t at, std::size_t bytes) noexcept
        : file_awaiter(what), file_(std::move(file)), wanted_(bytes), start_(at), uses_cursor_(at == at_cursor) {}
    ~file_transfer() { free_cursor(); }

    bool begin() override;
    // How it ended: takes the cursor along, and throws when a cancel ended it before anything was moved.
    void settle();

    virtual std::string_view action() const noexcept = 0;
    // Moves what can be moved at once. True when that was all that there is to do.
    virtual bool move_inline() = 0;
    // True when nothing is left to move after these bytes.
    virtual bool satisfied(std::size_t moved_just_now) const noexcept = 0;
    // The next piece for the backend.
    virtual void next_piece() noexcept = 0;
    std::uint64_t position() const noexcept { return file_->seekable ? start_ + done_ : at_cursor; }
    // A file that turns out to have no positions; true to try again without one.
    bool give_up_positions(int error) noexcept;

    file_ref file_;
    std::size_t wanted_;
    std::size_t done_ = 0;
    std::uint64_t start_;
    int error_ = 0;

private:
    void submit_piece();
    bool take_piece(std::int32_t got) noexcept;
    void free_cursor() noexcept;

    bool uses_cursor_;
    bool claimed_ = false;
};

class [[nodiscard("co_await it")]] file_read final : public file_transfer {
public:
    // One that fills gives less than asked for only at the end of the file; else whatever comes first is enough.
    file_read(file_ref file, std::uint64_t at, std::span<std::byte> into, bool fill) noexcept
        : file_transfer(opcode::read, std::move(file), at, into.size()), into_(into.data()), fill_(fill) {}
    static file_read from_cursor(file_ref file, std::span<std::byte> into) noexcept {
        return file_read(std::move(file), at_cursor, into, false);
    }
    std::size_t await_resume();

private:
    std::string_view action() const noexcept override { return "read"; }
    bool move_inline() override;
    bool read_asking();
    bool read_plain();
    // True when this call's result ends the read.
    bool take_read(std::int64_t got) noexcept;
    bool satisfied(std::size_t moved_just_now) const noexcept override {
        return done_ == wanted_ || moved_just_now == 0 || (!fill_ && done_ != 0);
    }
    void next_piece() noexcept override;

    std::byte* into_;
    bool fill_;
};

class [[nodiscard("co_await it")]] file_write final : public file_transfer {
public:
    file_write(file_ref file, std::uint64_t at, std::span<const std::byte> from) noexcept
        : file_transfer(opcode::write, std::move(file), at, from.size()), from_(from.data()) {}
    static file_write to_cursor(file_ref file, std::span<const std::byte> from) noexcept {
        return file_write(std::move(file), at_cursor, from);
    }
    void await_resume();

private:
    std::string_view action() const noexcept override { return "write"; }
    bool move_inline() override;
    bool write_asking();
    bool write_plain();
    // True when this call's result ends the write.
    bool take_write(std::int64_t put) noexcept;
    bool satisfied(std::size_t) const noexcept override { return done_ == wanted_; }
    void next_piece() noexcept override;

    const std::byte* from_;
};

}  // namespace gyre::detail
