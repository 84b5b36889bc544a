#include <gyre/runtime/io/buffered_read.hpp>
#include <gyre/runtime/system/pipe_reader.hpp>

#include <cerrno>
#include <exception>
#include <system_error>

namespace gyre {
namespace {

using detail::pipe_turn;

std::string title_of(const pipe_turn& turn) { return "gyre: " + turn.child()->title_of(turn.stream()); }

// As the shared reads of lines and the like see it. The turn stays the caller's.
class pipe_source {
public:
    explicit pipe_source(const pipe_turn& turn) noexcept : turn_(&turn) {}

    detail::read_buffer& unread() const noexcept { return turn_->unread(); }
    detail::process_fill fill(std::span<char> free) const { return detail::process_fill(*turn_, free); }
    [[noreturn]] void throw_too_long(const char* what, std::size_t limit) const {
        throw std::system_error(
            EMSGSIZE, std::generic_category(),
            title_of(*turn_) + " has more than " + std::to_string(limit) + " bytes " + what + "; raise the limit if that is meant to be");
    }
    [[noreturn]] void throw_ended(std::string partial) const {
        const std::string message = title_of(*turn_) + " ended before the delimiter, after " + std::to_string(partial.size()) + " bytes";
        throw end_of_stream_error(message, std::move(partial));
    }

private:
    const pipe_turn* turn_;
};

// Reads until `into` is full or the stream ends. Gives how much; an error puts it back.
task<std::size_t> read_full(const pipe_turn& turn, std::span<char> into) {
    std::size_t came = 0;
    std::exception_ptr error;
    try {
        while (came < into.size()) {
            const std::size_t n = co_await detail::process_read(turn, into.data() + came, into.size() - came);
            if (n == 0) break;
            came += n;
        }
    } catch (...) {
        error = std::current_exception();
    }
    if (!error) co_return came;
    turn.unread().put_back(into.data(), came);
    std::rethrow_exception(error);
}

[[noreturn]] void throw_ended(const pipe_turn& turn, std::size_t wanted, std::size_t came, std::string partial = std::string()) {
    throw end_of_stream_error(
        title_of(turn) + " ended after " + std::to_string(came) + " of the " + std::to_string(wanted) + " bytes that were to come",
        std::move(partial));
}

}  // namespace

task<> pipe_reader::fill(pipe_reader from, std::span<char> into) {
    const pipe_turn turn(from.child_, from.which_);
    const std::size_t came = co_await read_full(turn, into);
    if (came < into.size()) throw_ended(turn, into.size(), came);
}

task<std::string> pipe_reader::read_bytes(pipe_reader from, std::size_t size) {
    const pipe_turn turn(from.child_, from.which_);
    std::string bytes(size, '\0');
    const std::size_t came = co_await read_full(turn, bytes);
    bytes.resize(came);
    if (came < size) throw_ended(turn, size, came, std::move(bytes));
    co_return bytes;
}

task<std::string> pipe_reader::read_delimited(pipe_reader from, std::string delimiter, std::size_t limit) {
    const pipe_turn turn(from.child_, from.which_);
    co_return co_await detail::read_delimited(pipe_source(turn), std::move(delimiter), limit);
}

task<std::optional<std::string>> pipe_reader::read_text_line(pipe_reader from, std::size_t limit) {
    const pipe_turn turn(from.child_, from.which_);
    co_return co_await detail::read_text_line(pipe_source(turn), limit);
}

task<std::string> pipe_reader::read_to_end(pipe_reader from, std::size_t limit) {
    const pipe_turn turn(from.child_, from.which_);
    co_return co_await detail::read_to_end(pipe_source(turn), limit);
}

async_generator<std::string> pipe_reader::lines_of(pipe_reader from, std::size_t limit) {
    while (true) {
        std::optional<std::string> line = co_await from.read_line(limit);
        if (!line) co_return;
        co_yield std::move(*line);
    }
}

}  // namespace gyre
