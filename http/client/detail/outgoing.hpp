#pragma once
#include <sys/socket.h>
#include <sys/uio.h>
#include <gyre/runtime/io/operation.hpp>

#include <cstddef>
#include <memory>
#include <string>

namespace gyre::http::detail {

class call;
class host_pool;

// A request on its way out: its head, with a small body in the same piece, and a large body that is shared with whoever made it.
class outgoing {
public:
    // Writes the head for the next request.
    void write(const call& request, const host_pool& host);
    // Makes `op` the send of what is left.
    void prepare(gyre::detail::operation& op) noexcept;
    void advance(std::size_t n) noexcept { sent_ += n; }
    // The kernel needs the body no longer.
    void drop_body() noexcept { body_.reset(); }

    std::size_t sent() const noexcept { return sent_; }
    bool complete() const noexcept { return sent_ == head_.size() + (body_ ? body_->size() : 0); }
    bool has_large_body() const noexcept { return body_ != nullptr; }

private:
    void write_fields(const call& request, const host_pool& host);
    void write_length(const call& request);

    std::string head_;
    std::shared_ptr<const std::string> body_;
    std::size_t sent_ = 0;
    msghdr message_{};
    iovec pieces_[2]{};
};

}  // namespace gyre::http::detail
