// One request and its response: the part of connection that calls handlers and writes.
#include <gyre/http/headers/field_syntax.hpp>
#include <gyre/http/message/chunk_writer.hpp>
#include <gyre/http/message/head_writer.hpp>
#include <gyre/http/message/message_error.hpp>
#include <gyre/http/server/access_record.hpp>
#include <gyre/http/server/detail/connection.hpp>
#include <gyre/http/server/detail/file_response.hpp>
#include <gyre/http/server/detail/response_access.hpp>
#include <gyre/http/server/response_error.hpp>
#include <gyre/runtime/coroutine/errors.hpp>

#include <algorithm>
#include <memory>
#include <span>
#include <stdexcept>
#include <string_view>
#include <system_error>
#include <utility>
#include <variant>

namespace gyre::http::detail {
namespace {

// A body up to this size is copied behind its head and goes out with it in one plain send.
constexpr std::size_t copied_body = std::size_t{8} << 10;
// Larger bodies go out in pieces: the write limit counts for each.
constexpr std::size_t piece_size = std::size_t{256} << 10;

// The seconds after which a client may try again when the server is out of file descriptors.
constexpr std::string_view retry_after = "1";

bool out_of_descriptors(const std::system_error& e) {
    return e.code() == std::errc::too_many_files_open || e.code() == std::errc::too_many_files_open_in_system;
}

std::exception_ptr body_error(const std::string& message) { return std::make_exception_ptr(std::runtime_error("gyre: " + message)); }

}  // namespace

task<> server_connection::exchange() {
    ++core_.stats.requests;
    const time_point began = loop().now();
    request_body body(*this, head_);
    server_request request(*this, body, head_);
    server_response response;
    std::optional<std::string> first_piece;
    response_bytes_ = 0;
    watch_handler(began);

    const handler* const chosen = select(request, response);
    if (chosen != nullptr) {
        const std::uint32_t cancels = self_.deliveries();
        std::exception_ptr failure;
        try {
            if (chosen->is_plain())
                response = chosen->call(request);
            else
                response = co_await chosen->start(request);
            if (auto* named = std::get_if<named_file>(&response_access::body(response))) {
                std::string path = std::move(named->path);
                co_await open_named_file(request, response, std::move(path));
            }
            auto* streamed = std::get_if<streamed_body>(&response_access::body(response));
            if (streamed != nullptr && head_.method() != "HEAD" && status_has_body(response.status()))
                first_piece = co_await streamed->pieces.next();
        } catch (...) {
            failure = std::current_exception();
        }
        if (failure) response = after_failure(request, body, cancels, std::move(failure));
    }

    out_.clear();
    const bool with_body = begin_response(body, response);
    responding_ = true;
    // Clocks cost: one that has not been waited for since is as good as a new look.
    const bool waited = chosen != nullptr && !chosen->is_plain();
    watch(phase::writing, core_.options.write_timeout, waited ? loop().now() : began);
    auto& content = response_access::body(response);
    if (auto* text = std::get_if<std::string>(&content)) {
        if (with_body && text->size() > piece_size) {
            co_await send_long(*text);
        } else if (with_body && text->size() > copied_body) {
            co_await stream_.write_all(out_, *text);
            sent(out_.size() + text->size());
        } else {
            if (with_body) out_ += *text;
            co_await stream_.write_all(out_);
            sent(out_.size());
        }
    } else if (!with_body) {
        co_await stream_.write_all(out_);
        sent(out_.size());
    } else if (auto* streamed = std::get_if<streamed_body>(&content)) {
        co_await send_stream(request, *streamed, std::move(first_piece));
    } else if (auto* file = std::get_if<open_file>(&content)) {
        co_await send_file(request, *file);
    }
    core_.stats.bytes_sent += response_bytes_;
    if (responding_) {
        responding_ = false;
        ++core_.stats.responses;
        if (core_.on_response) core_.on_response(access_record(request, response.status(), response_bytes_, loop().now() - began));
    }

    if (open_ && !body.done()) {
        const bool drained = co_await body.drain();
        if (!drained) open_ = false;
    }
    // What the client has sent, or sends yet, and nobody will read would reset the connection under the response.
    if (!open_ && stream_ && (!body.done() || !in_.empty())) linger_ = true;
    if (!open_ || !in_.empty()) co_return;
    watch(phase::idle, core_.options.keep_alive_timeout);
    become_idle();
}

const handler* server_connection::select(server_request& request, server_response& response) {
    const std::string_view method = head_.method();
    if (head_.target().size() > core_.options.max_target) {
        ++core_.stats.bad_requests;
        open_ = false;
        response = plain_answer(414);
        return nullptr;
    }
    if (!core_.routes.knows(method)) {
        open_ = false;
        response = plain_answer(501);
        return nullptr;
    }
    if (head_.form() == target_form::asterisk) {
        response.set_status(204);
        return nullptr;
    }
    router::match match = core_.routes.find(method, request.path(), request.parameters_);
    if (match.found != nullptr) {
        request.pattern_ = match.pattern;
        return match.found;
    }
    if (!match.allow.empty()) {
        response = plain_answer(405);
        response.header("Allow", match.allow);
        return nullptr;
    }
    if (core_.fallback) return &*core_.fallback;
    response = plain_answer(404);
    return nullptr;
}

server_response server_connection::after_failure(const server_request& request, const request_body& body, std::uint32_t cancels,
                                                 std::exception_ptr error) {
    // The connection itself broke under the handler, or the handler was cancelled: there is nobody to answer.
    if (body.broken() || self_.deliveries() != cancels) std::rethrow_exception(error);
    try {
        std::rethrow_exception(error);
    } catch (const response_error& e) {
        if (e.status() >= 200 && e.status() <= 999) return plain_answer(e.status(), e.what());
    } catch (const message_error& e) {
        if (body.lost()) {
            ++core_.stats.bad_requests;
            return plain_answer(e.status(), std::to_string(e.status()) + " " + std::string(reason_phrase(e.status())) + ": " +
                                                std::string(to_string(e.kind())));
        }
    } catch (const std::system_error& e) {
        if (out_of_descriptors(e)) {
            ++core_.stats.failures;
            core_.report_shortage(request, std::move(error), loop().now());
            // Its own descriptor is the first that becomes free.
            return plain_answer(503).header("Retry-After", retry_after).header("Connection", "close");
        }
    } catch (...) {
    }
    ++core_.stats.failures;
    core_.report(request, std::move(error));
    return plain_answer(500);
}

response_framing server_connection::framing_of(const server_response& response) const {
    using kind = response_framing::kind;
    const int status = response.status();
    if (status == 205) return {kind::length, 0};
    if (!status_has_body(status)) return {kind::bodiless, 0};
    const auto& content = response_access::body(response);
    if (const auto* text = std::get_if<std::string>(&content)) return {kind::length, text->size()};
    if (const auto* file = std::get_if<open_file>(&content)) return {kind::length, file->end - file->begin};
    if (const auto* streamed = std::get_if<streamed_body>(&content)) {
        if (streamed->length) return {kind::length, *streamed->length};
        return {head_.version() == version::http_1_1 ? kind::chunked : kind::until_close, 0};
    }
    return {kind::length, 0};
}

bool server_connection::begin_response(const request_body& body, const server_response& response) {
    framing_ = framing_of(response);
    const bool rest_is_cheap = body.done() || (!body.client_waits() && body.worth_draining());
    // Where new clients wait for room this one is told to go: it need not find out by a request that nobody reads.
    open_ = open_ && head_.keep_alive() && !core_.stopping() && !core_.room_wanted() && self_.cancelling() == 0 && !body.lost() &&
            rest_is_cheap && framing_.how != response_framing::kind::until_close && !asks_to_close(response);
    connection_option option = connection_option::none;
    if (!open_)
        option = connection_option::close;
    else if (head_.version() == version::http_1_0)
        option = connection_option::keep_alive;
    append_response_head(out_, response, framing_, option, core_.date_line());
    return head_.method() != "HEAD" && status_has_body(response.status());
}

task<> server_connection::send_long(std::string_view body) {
    std::string_view piece = body.substr(0, piece_size);
    co_await stream_.write_all(out_, piece);
    sent(out_.size() + piece.size());
    for (body.remove_prefix(piece.size()); !body.empty(); body.remove_prefix(piece.size())) {
        piece = body.substr(0, piece_size);
        watch(phase::writing, core_.options.write_timeout);
        co_await stream_.write_all(piece);
        sent(piece.size());
    }
}

task<> server_connection::send_stream(const server_request& request, streamed_body& body, std::optional<std::string> piece) {
    const bool chunked = framing_.how == response_framing::kind::chunked;
    const bool counted = framing_.how == response_framing::kind::length;
    std::uint64_t given = 0;
    while (piece) {
        given += piece->size();
        if (counted && given > framing_.length)
            co_return break_off(request,
                                body_error("a response body is longer than its declared " + std::to_string(framing_.length) + " bytes"));
        if (piece->size() <= copied_body) {
            if (chunked)
                append_chunk(out_, *piece);
            else
                out_ += *piece;
            if (!out_.empty()) co_await stream_.write_all(out_);
            sent(out_.size());
        } else {
            const std::string_view end = chunked ? chunk_end : std::string_view();
            if (chunked) out_ += chunk_line(piece->size()).line();
            co_await stream_.write_all(out_, *piece, end);
            sent(out_.size() + piece->size() + end.size());
        }
        out_.clear();

        watch_handler(loop().now());
        const std::uint32_t cancels = self_.deliveries();
        std::exception_ptr failure;
        try {
            piece = co_await body.pieces.next();
        } catch (...) {
            failure = std::current_exception();
        }
        if (failure && self_.deliveries() != cancels) std::rethrow_exception(failure);
        if (failure) co_return break_off(request, std::move(failure));
        watch(phase::writing, core_.options.write_timeout);
    }
    if (counted && given < framing_.length) {
        co_return break_off(request, body_error("a response body ended after " + std::to_string(given) + " of its declared " +
                                                std::to_string(framing_.length) + " bytes"));
    }
    if (chunked) out_ += last_chunk;
    if (out_.empty()) co_return;
    co_await stream_.write_all(out_);
    sent(out_.size());
}

task<> server_connection::send_file(const server_request& request, open_file& body) {
    const std::size_t head = out_.size();
    const std::uint64_t size = body.end - body.begin;
    if (size <= copied_body) {
        out_.resize(head + static_cast<std::size_t>(size));
        const std::size_t n = co_await body.file.read_at(body.begin, std::span<char>(out_).subspan(head));
        if (n < size) co_return break_off(request, body_error("the file " + body.file.path() + " became shorter while it was sent"));
        co_await stream_.write_all(out_);
        sent(out_.size());
        co_return;
    }
    const piece_pool::lease piece(core_.pieces);
    for (std::uint64_t at = body.begin; at < body.end;) {
        const auto wanted = static_cast<std::size_t>(std::min<std::uint64_t>(body.end - at, piece_pool::piece_size));
        const std::size_t n = co_await body.file.read_at(at, std::span<char>(piece.data(), wanted));
        if (n == 0) co_return break_off(request, body_error("the file " + body.file.path() + " became shorter while it was sent"));
        const net::const_buffer bytes(piece.data(), n);
        if (at == body.begin) {
            co_await stream_.write_all(out_, bytes);
            sent(head);
        } else {
            watch(phase::writing, core_.options.write_timeout);
            co_await stream_.write_all(bytes);
        }
        sent(n);
        at += n;
    }
}

void server_connection::break_off(const server_request& request, std::exception_ptr error) {
    ++core_.stats.failures;
    core_.report(request, std::move(error));
    open_ = responding_ = false;
    stream_.abort();
}

}  // namespace gyre::http::detail
