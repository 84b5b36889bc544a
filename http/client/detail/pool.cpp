#include <gyre/http/client/detail/call.hpp>
#include <gyre/http/client/detail/pool.hpp>
#include <gyre/runtime/coroutine/errors.hpp>
#include <gyre/runtime/loop/event_loop.hpp>

#include <exception>
#include <utility>

namespace gyre::http::detail {
namespace {

// So many requests in a row a connection serves while other hosts wait for its slot: reconnecting at each one's end would be fairer
// still, and cost more than the requests.
constexpr std::uint32_t turns_in_a_row = 8;
// Hosts without a connection are remembered up to this number; a crawl meets more.
constexpr std::size_t remembered_hosts = 64;

}  // namespace

pool::pool(client_options options) : options_(std::move(options)), limits_(options_.max_head_bytes, options_.max_header_fields) {
    if (options_.max_connections == 0 || options_.max_connections_per_host == 0)
        throw std::invalid_argument("gyre: client_options::max_connections and max_connections_per_host must be 1 at least");
}

pool::~pool() { unlink(); }

void pool::bind(core::loop_state& running) {
    if (loop_ == &running) [[likely]]
        return;
    if (loop_ != nullptr)
        throw invalid_state_error("gyre: this http::client belongs to another event loop, the first that used it; make one for each loop");
    loop_ = &running;
    running.add_service(*this);
}

client_stats pool::stats() const noexcept {
    client_stats s = stats_;
    s.connections = slots_;
    return s;
}

host_pool& pool::host_for(const url& target) {
    const std::string_view key = route::key_of(target);
    if (last_ != nullptr && last_->where().key() == key) return *last_;
    auto found = hosts_.find(key);
    if (found == hosts_.end()) {
        auto made = std::make_unique<host_pool>(route(target), options_, target);
        found = hosts_.emplace(std::string(key), std::move(made)).first;
    }
    last_ = found->second.get();
    return *last_;
}

void pool::forget_if_unused(host_pool& host) noexcept {
    if (!host.unused() || hosts_.size() <= remembered_hosts) return;
    if (last_ == &host) last_ = nullptr;
    const auto found = hosts_.find(std::string_view(host.where().key()));
    hosts_.erase(found);
}

// ---------------------------------------------------------------- requests

connection* pool::take_or_wait(const url& target, acquire& who) {
    host_pool* found = &host_for(target);
    while (!found->idle.empty()) {
        connection& c = found->idle.front();
        // After one that proved dead the others are not to be trusted: they have been idle for longer.
        if (!who.wants_new() && c.fit(loop_->now())) {
            remove_from_idle(c);
            c.assign();
            return &c;
        }
        end_connection(c);
        found = &host_for(target);  // it may have been forgotten with its last connection
    }
    host_pool& host = *found;
    who.host_ = &host;
    who.place_ = acquire::place::waiting;
    ++host.waiting_count;
    ++stats_.waiting;
    // Who tries again has waited its turn.
    if (who.wants_new())
        host.waiting.push_front(who);
    else
        host.waiting.push_back(who);
    try {
        move_up(host);
        feed(host);
    } catch (...) {
        leave(who);
        throw;
    }
    return nullptr;
}

// A dial that nobody relies on serves the next one.
void pool::move_up(host_pool& host) {
    while (host.connecting_count < host.dial_count && host.waiting_count != 0) {
        acquire& next = host.waiting.pop_front();
        --host.waiting_count;
        ++host.connecting_count;
        host.connecting.push_back(next);
        next.place_ = acquire::place::connecting;
        next.connecting_from(loop_->now());
    }
}

void pool::leave(acquire& who) noexcept {
    host_pool& host = *who.host_;
    const bool had_dial = who.place_ == acquire::place::connecting;
    who.unlink();
    who.place_ = acquire::place::none;
    --stats_.waiting;
    --(had_dial ? host.connecting_count : host.waiting_count);
    if (had_dial) {
        move_up(host);
        if (host.connecting_count < host.dial_count) call_off(host.dials.front());
    } else if (!host.wants_dial(options_.max_connections_per_host)) {
        host.unlink();
    }
    forget_if_unused(host);
}

// Who gets a connection that is new or used; out of the line. Null when nobody does: nobody waits, or who is first wants a new one.
acquire* pool::next_for(host_pool& host, bool used) noexcept {
    acquire* next = nullptr;
    for (acquire& who : host.connecting) {
        if (used && who.wants_new()) continue;  // it has a dial under way
        next = &who;
        --host.connecting_count;
        break;
    }
    if (next == nullptr) {
        if (host.waiting_count == 0 || (used && host.waiting.front().wants_new())) return nullptr;
        next = &host.waiting.front();
        --host.waiting_count;
    }
    next->unlink();
    next->place_ = acquire::place::none;
    --stats_.waiting;
    return next;
}

// ---------------------------------------------------------------- slots

// Dials for those who wait, as far as the limits allow.
void pool::feed(host_pool& host) {
    while (host.wants_dial(options_.max_connections_per_host)) {
        if (slots_ >= options_.max_connections && !evict_idle()) {
            if (!host.linked()) in_line_.push_back(host);
            return;
        }
        start_dial(host);
    }
    host.unlink();
}

void pool::start_dial(host_pool& host) {
    auto made = std::make_unique<dial>(*this, host);
    made->over = true;  // until it counts
    dial& d = *made;
    any_future running = loop_->owner().spawn(dial::run(std::move(made)), "http connection to " + host.where().name());
    d.running = std::move(running);
    d.over = false;
    host.dials.push_front(d);
    ++host.dial_count;
    ++host.slots;
    ++slots_;
    ++stats_.connecting;
    move_up(host);
}

void pool::call_off(dial& d) noexcept {
    d.called_off = true;
    d.unlink();
    --d.host().dial_count;
    d.running.cancel();
}

void pool::free_slot(host_pool& host) noexcept {
    --host.slots;
    --slots_;
    if (host.wants_dial(options_.max_connections_per_host) && !host.linked()) in_line_.push_back(host);
    serve_line();
    forget_if_unused(host);
}

void pool::serve_line() noexcept {
    while (slots_ < options_.max_connections && !in_line_.empty()) {
        host_pool& host = in_line_.pop_front();
        if (!host.wants_dial(options_.max_connections_per_host)) continue;
        try {
            start_dial(host);
        } catch (const std::exception& e) {
            failure why;
            why.what = failure::kind::connect;
            why.phase = phase::connect;
            why.message = e.what();
            next_for(host, false)->fail(std::move(why));
        }
        if (host.wants_dial(options_.max_connections_per_host)) in_line_.push_back(host);
    }
}

bool pool::others_in_line(const host_pool& than) noexcept {
    for (const host_pool& host : in_line_)
        if (&host != &than) return true;
    return false;
}

// ---------------------------------------------------------------- dials

// Takes it off the books, but for its slot.
void pool::dial_over(dial& d) noexcept {
    d.over = true;
    --stats_.connecting;
    if (d.called_off) return;
    d.unlink();
    --d.host().dial_count;
}

void pool::dialled(dial& d, net::stream made) {
    host_pool& host = d.host();
    auto* const c = new connection(*this, host, std::move(made));
    dial_over(d);
    connections_.push_back(*c);
    ++stats_.connected;
    // One that was called off and came all the same may serve who came since.
    finished(*c, !d.called_off || host.waiting_count != 0);
}

void pool::dial_failed(dial& d, failure why) noexcept {
    dial_over(d);
    host_pool& host = d.host();
    if (host.connecting_count > host.dial_count) next_for(host, false)->fail(std::move(why));
    free_slot(host);
}

void pool::dial_cancelled(dial& d) noexcept {
    failure why;
    why.what = failure::kind::aborted;
    why.phase = phase::connect;
    why.message = "the task that connects was cancelled";
    dial_failed(d, std::move(why));
}

// ---------------------------------------------------------------- connections

void pool::finished(connection& c, bool reusable) noexcept {
    host_pool& host = c.host();
    if (!reusable) return end_connection(c);
    const bool wanted = host.connecting_count != 0 || host.waiting_count != 0;
    if (wanted && others_in_line(host) && ++c.turns >= turns_in_a_row) return end_connection(c);
    if (acquire* const next = next_for(host, c.reused())) {
        c.assign();
        next->give(c);
        move_up(host);
        if (!host.wants_dial(options_.max_connections_per_host)) host.unlink();
        // A dial that nobody relies on goes on, for the next request; not when others need its slot.
        if (host.connecting_count < host.dial_count && !in_line_.empty()) call_off(host.dials.front());
        return;
    }
    // Who waits still wants a new one: in its place.
    if (shut_down_ || !in_line_.empty() || host.waiting_count != 0) return end_connection(c);
    host.idle.push_front(c);
    idle_.push_back(c);
    ++stats_.idle;
    c.become_idle();
}

void pool::remove_from_idle(connection& c) noexcept {
    static_cast<core::list_hook<idle_in_host>&>(c).unlink();
    static_cast<core::list_hook<idle_in_pool>&>(c).unlink();
    --stats_.idle;
}

void pool::end_connection(connection& c) noexcept {
    host_pool& host = c.host();
    if (static_cast<core::list_hook<idle_in_host>&>(c).linked()) remove_from_idle(c);
    static_cast<core::list_hook<in_pool>&>(c).unlink();
    if (c.spoiled()) ++stats_.spoiled;
    c.close();
    c.release();
    free_slot(host);
}

bool pool::evict_idle() noexcept {
    if (idle_.empty()) return false;
    end_connection(idle_.front());
    return true;
}

void pool::shut_down() noexcept {
    shut_down_ = true;
    close_idle();
}

void pool::close_idle() noexcept {
    while (!idle_.empty()) end_connection(idle_.front());
}

void pool::loop_closing() noexcept {
    // Tasks are gone, and dials with them; a response that somebody still holds loses its connection.
    while (!connections_.empty()) {
        connection& c = connections_.front();
        if (static_cast<core::list_hook<idle_in_host>&>(c).linked()) remove_from_idle(c);
        static_cast<core::list_hook<in_pool>&>(c).unlink();
        c.close_under_exchange("the event loop was closed");
        c.release();
    }
    last_ = nullptr;
    hosts_.clear();
    slots_ = 0;
    loop_ = nullptr;
}

}  // namespace gyre::http::detail
