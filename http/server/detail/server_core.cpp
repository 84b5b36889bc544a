#include <gyre/http/server/detail/server_core.hpp>

#include <gyre/http/server/detail/connection.hpp>
#include <gyre/http/server/http_date.hpp>
#include <gyre/http/server/server_request.hpp>
#include <gyre/runtime/combine/wait_for.hpp>
#include <gyre/runtime/combine/with.hpp>
#include <gyre/runtime/coroutine/errors.hpp>
#include <gyre/runtime/loop/loop_state.hpp>

#include <chrono>
#include <utility>

namespace gyre::http::detail {

namespace {

// How long a new connection that waits for room goes by without a look at those whose first request has not come: they may be ended
// once they are old enough.
constexpr std::chrono::milliseconds look_again(250);
// Between two reports of the same shortage.
constexpr std::chrono::minutes a_while(1);

}  // namespace

void server_core::add_listener(net::listener l) {
    if (stopping_) throw invalid_state_error("gyre: this http::server was shut down; make another one to listen again");
    l.on_shortage([this] { return make_room(); });
    listeners_.push_back(std::move(l));
    if (group_ != nullptr) group_->spawn(accept_from(listeners_.back(), *group_), "http::server accept");
}

task<> server_core::serve(std::shared_ptr<server_core> core) {
    if (core->serving_) throw invalid_state_error("gyre: http::server::serve() runs already; one call serves every listener");
    if (core->stopping_) co_return;
    if (core->listeners_.empty()) throw invalid_state_error("gyre: http::server::serve() without a listener; co_await listen() first");
    core->serving_ = true;
    struct end_marker {
        server_core& core;
        ~end_marker() {
            core.serving_ = false;
            core.group_ = nullptr;
            core.begin_stop();
            core.ended_.set();
        }
    } const at_end{*core};
    auto body = [&](task_group& group) { return core->run(group); };
    task_group group;
    co_await with(group, body);
    if (core->accept_error_) std::rethrow_exception(core->accept_error_);
}

task<> server_core::run(task_group& group) {
    if (stopping_) co_return;
    group_ = &group;
    descriptors_.measure();
    for (net::listener& l : listeners_) group.spawn(accept_from(l, group), "http::server accept");
    co_return;
}

task<> server_core::accept_from(net::listener& from, task_group& group) {
    try {
        while (true) {
            std::optional<net::stream> accepted = co_await from.next();
            // One connection waits here for its place; others wait in the kernel's queue.
            while (accepted && full() && !stopping_) co_await wait_for_room();
            if (!accepted || stopping_) co_return;
            ++stats.accepted;
            connection_slot slot(*this);
            group.spawn(server_connection::run(*this, std::move(slot), std::move(*accepted)), "http::server connection");
        }
    } catch (const std::exception&) {
        // The listener itself is broken: serve() ends with this.
        if (!accept_error_ && !stopping_) accept_error_ = std::current_exception();
        group.cancel();
    }
}

void server_core::connection_ended() noexcept {
    --stats.connections;
    room_.set();
}

bool server_core::full() noexcept {
    if (options.max_connections != 0 && stats.connections >= options.max_connections) return true;
    if (stats.connections < known_room_) return false;
    known_room_ = descriptors_.connections();
    return stats.connections >= known_room_;
}

task<> server_core::wait_for_room() {
    make_room();
    room_.clear();
    struct waiting {
        explicit waiting(std::size_t& n) noexcept : count(n) { ++count; }
        waiting(const waiting&) = delete;
        ~waiting() { --count; }
        std::size_t& count;
    } const here(waiting_for_room_);
    try {
        co_await wait_for(room_.wait(), look_again);
    } catch (const timeout_error&) {
    }
}

bool server_core::make_room() noexcept {
    for (server_connection& c : idle) {
        if (!c.may_be_ended()) continue;
        c.end_idle();
        return true;
    }
    return false;
}

void server_core::begin_stop() noexcept {
    if (std::exchange(stopping_, true)) return;
    for (net::listener& l : listeners_) l = net::listener();
    while (!idle.empty()) idle.front().end_idle();
    room_.set();
}

task<> server_core::shutdown(std::shared_ptr<server_core> core, duration grace) {
    core->begin_stop();
    if (!core->serving_) co_return;
    if (grace > duration::zero()) {
        try {
            co_await wait_for(core->ended_.wait(), grace);
            co_return;
        } catch (const timeout_error&) {
        }
    }
    if (core->group_ != nullptr) core->group_->cancel();
    co_await core->ended_.wait();
}

void server_core::abandon() noexcept {
    begin_stop();
    if (group_ != nullptr) group_->cancel();
}

std::string_view server_core::date_line() {
    if (!options.send_date) return {};
    const std::time_t now = std::time(nullptr);
    if (now != date_of_) {
        date_of_ = now;
        date_line_ = "Date: " + http_date(std::chrono::system_clock::from_time_t(now)) + "\r\n";
    }
    return date_line_;
}

void server_core::report(const server_request& request, std::exception_ptr error) noexcept {
    try {
        if (on_error) {
            on_error(request, error);
            return;
        }
        report("the handler of " + std::string(request.method()) + " " + std::string(request.path()) + " failed", std::move(error));
    } catch (...) {
        report("the error handler of an http::server failed", std::current_exception());
    }
}

void server_core::report_shortage(const server_request& request, std::exception_ptr error,
                                  std::chrono::steady_clock::time_point now) noexcept {
    if (shortage_told_at_ != std::chrono::steady_clock::time_point::min() && now - shortage_told_at_ < a_while) return;
    shortage_told_at_ = now;
    report(request, std::move(error));
}

void server_core::report(std::string message, std::exception_ptr error) noexcept {
    if (gyre::detail::scheduler* const loop = gyre::detail::current_scheduler())
        loop->report(std::move(message), std::move(error), nullptr);
}

}  // namespace gyre::http::detail
