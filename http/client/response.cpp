#include <unistd.h>
#include <gyre/fs/open.hpp>
#include <gyre/fs/paths.hpp>
#include <gyre/http/client/detail/call.hpp>
#include <gyre/http/client/detail/pool.hpp>
#include <gyre/http/client/response.hpp>
#include <gyre/runtime/coroutine/errors.hpp>

#include <exception>
#include <utility>

namespace gyre::http {
namespace {

using detail::arrival;
using detail::call;
using detail::exchange;

constexpr std::size_t piece = 64 * 1024;

// All of the body that is not read yet.
task<bytes> read_whole(call& c, std::size_t limit) {
    bytes body;
    const auto length = c.head.body();
    if (length.kind == body_kind::content_length && length.length > limit) detail::throw_too_large(limit, c.facts());
    bool ended = !c.on;
    while (!ended) {
        const exchange::state now = c.on->read_body(body, true, 0, ended);
        if (now == exchange::state::failed) c.fail(c.on->why());
        if (ended) c.exchange_ended();
        if (body.size() > limit) detail::throw_too_large(limit, c.facts());
        if (now == exchange::state::pending) co_await arrival(*c.on, arrival::on_cancel::give_up);
    }
    co_return body;
}

task<std::string> read_text(call& c, std::size_t limit) {
    const bytes body = co_await read_whole(c, limit);
    co_return body.to_string();
}

task<std::optional<bytes>> read_piece(call& c) {
    std::optional<bytes> next;
    if (!c.on) co_return next;
    bytes body;
    for (;;) {
        bool ended = false;
        const exchange::state now = c.on->read_body(body, false, piece, ended);
        if (now == exchange::state::failed) c.fail(c.on->why());
        if (ended) c.exchange_ended();
        if (ended || now == exchange::state::ready) break;
        co_await arrival(*c.on, arrival::on_cancel::stay);
    }
    if (!body.empty()) next.emplace(std::move(body));
    co_return next;
}

task<std::uint64_t> save(call& c, fs::file& out) {
    std::uint64_t size = 0;
    for (;;) {
        const std::optional<bytes> next = co_await read_piece(c);
        if (!next) co_return size;
        co_await out.write_all(next->view());
        size += next->size();
    }
}

}  // namespace

response::response(std::unique_ptr<detail::call> call) noexcept : call_(std::move(call)) {}
response::response(response&&) noexcept = default;
response& response::operator=(response&&) noexcept = default;
response::~response() = default;

int response::status() const noexcept { return call_->head.status(); }
std::string_view response::reason() const noexcept { return call_->head.reason(); }
http::version response::version() const noexcept { return call_->head.version(); }
const http::headers& response::headers() const noexcept { return call_->head.headers(); }
const http::url& response::url() const noexcept { return *call_->target; }
const http::headers& response::trailers() const noexcept { return call_->trailers; }

std::optional<std::uint64_t> response::content_length() const noexcept {
    const body_framing framing = call_->head.body();
    if (framing.kind != body_kind::content_length) return std::nullopt;
    return framing.length;
}

detail::call& response::take_body() {
    if (!call_) throw invalid_state_error("gyre: this http::response was moved from");
    if (std::exchange(call_->body_taken, true))
        throw invalid_state_error("gyre: the body of this http::response was read already; keep what text(), bytes() or chunks() gave");
    return *call_;
}

task<std::string> response::text(std::size_t limit) { return read_text(take_body(), limit); }
task<http::bytes> response::bytes(std::size_t limit) { return read_whole(take_body(), limit); }
body_chunks response::chunks() { return body_chunks(take_body()); }

task<std::optional<bytes>> body_chunks::next() { return read_piece(*call_); }

response& response::raise_for_status() & {
    if (status() >= 400) detail::throw_status_error(status(), reason(), call_->facts());
    return *this;
}

task<std::uint64_t> response::save_to(std::string path) {
    call& c = take_body();
    fs::file out;
    try {
        out = co_await fs::open(path, fs::write | fs::create | fs::truncate);
    } catch (...) {
        c.body_taken = false;  // nothing of it was read
        throw;
    }
    std::exception_ptr failed;
    std::uint64_t size = 0;
    try {
        size = co_await save(c, out);
        co_await out.close();
    } catch (...) {
        failed = std::current_exception();
    }
    if (failed) {
        out = fs::file();
        ::unlink(path.c_str());
        std::rethrow_exception(failed);
    }
    co_return size;
}

}  // namespace gyre::http
