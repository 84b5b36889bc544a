#include <gyre/http/client/detail/call.hpp>
#include <gyre/http/client/detail/host_pool.hpp>
#include <gyre/http/client/detail/outgoing.hpp>

#include <charconv>

namespace gyre::http::detail {
namespace {

// A body up to this size goes out in one piece with the head.
constexpr std::size_t small_body = 4096;

void append_field(std::string& out, std::string_view name, std::string_view value) {
    out.append(name).append(": ").append(value).append("\r\n");
}

}  // namespace

void outgoing::write(const call& request, const host_pool& host) {
    sent_ = 0;
    head_.clear();
    head_.append(request.method).append(" ").append(request.target->target()).append(" HTTP/1.1\r\n");
    write_fields(request, host);
    write_length(request);
    head_ += "\r\n";
    if (!request.body) return;
    if (request.body->size() <= small_body)
        head_ += *request.body;
    else
        body_ = request.body;
}

// The usual headers, but for those that the request replaces, and its own.
void outgoing::write_fields(const call& request, const host_pool& host) {
    const headers& own = request.request_headers;
    if (own.empty()) {
        head_ += host.usual_fields();
        return;
    }
    for (const auto [name, value] : host.usual_headers()) {
        if (!own.contains(name)) append_field(head_, name, value);
    }
    for (const auto [name, value] : own) append_field(head_, name, value);
}

// RFC 9110, section 8.6: also of an empty body, where the method means one.
void outgoing::write_length(const call& request) {
    const std::string_view method = request.method;
    if (!request.body && method != "POST" && method != "PUT" && method != "PATCH") return;
    char digits[20];
    const auto written = std::to_chars(digits, digits + sizeof digits, request.body ? request.body->size() : 0);
    append_field(head_, "Content-Length", std::string_view(digits, static_cast<std::size_t>(written.ptr - digits)));
}

void outgoing::prepare(gyre::detail::operation& op) noexcept {
    const std::size_t head = head_.size();
    op.flags = 0;
    if (body_ && sent_ < head) {
        pieces_[0] = {head_.data() + sent_, head - sent_};
        pieces_[1] = {const_cast<char*>(body_->data()), body_->size()};
        message_.msg_iov = pieces_;
        message_.msg_iovlen = 2;
        op.code = gyre::detail::opcode::sendmsg;
        op.address = &message_;
        op.size = 0;
        return;
    }
    const bool in_body = body_ && sent_ >= head;
    const std::string& from = in_body ? *body_ : head_;
    const std::size_t at = in_body ? sent_ - head : sent_;
    op.code = gyre::detail::opcode::send;
    op.address = from.data() + at;
    op.size = from.size() - at;
}

}  // namespace gyre::http::detail
