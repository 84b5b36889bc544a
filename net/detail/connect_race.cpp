#include <gyre/net/detail/connect_race.hpp>
#include <gyre/net/detail/socket.hpp>

#include <algorithm>
#include <cerrno>
#include <utility>

namespace gyre::net::detail {
namespace {

// Addresses by turns of their families, each family in its own order, beginning with that of the first (RFC 8305, section 4).
std::vector<address> interleaved(const std::vector<address>& addresses) {
    std::vector<address> result;
    result.reserve(addresses.size());
    std::vector<address> others;
    if (addresses.empty()) return result;
    const family first = addresses.front().family();
    for (const address& a : addresses) (a.family() == first ? result : others).push_back(a);
    std::size_t at = 1;
    for (const address& a : others) {
        at = std::min(at, result.size());
        result.insert(result.begin() + static_cast<std::ptrdiff_t>(at), a);
        at += 2;
    }
    return result;
}

// Another address would fail for the same reason.
bool hopeless(int code) noexcept { return code == EMFILE || code == ENFILE || code == ENOBUFS || code == ENOMEM; }

}  // namespace

class connect_race::attempt final : public core::operation, public core::timer {
public:
    attempt(connect_race& race, const net::address& target) noexcept : to(target), race_(race) {}

    // 0, or the errno of why it did not start.
    int start() {
        const connect_options& options = race_.options_;
        socket = open_stream_socket(to);
        if (!socket) return errno;
        if (options.no_delay) set_no_delay(socket.get(), to, true);
        if (options.local && (::bind(socket.get(), options.local->data(), options.local->size()) != 0)) return errno;
        code = core::opcode::connect;
        fd = socket.get();
        core::operation::address = to.data();
        size = to.size();
        core::submit_operation(race_.loop_, *this);
        under_way = true;
        if (options.attempt_timeout > duration::zero()) race_.loop_.arm(*this, race_.loop_.deadline_after(options.attempt_timeout));
        return 0;
    }
    void stop() noexcept {
        if (under_way) core::cancel_operation(race_.loop_, *this);
    }
    void completed() noexcept override {
        under_way = false;
        race_.loop_.disarm(*this);
        if (result == -ECANCELED && silent) result = -ETIMEDOUT;
        if (result == 0 && connected_to_itself()) result = -ECONNREFUSED;
        why = -result;
        race_.attempt_ended(*this);
    }
    void fired() noexcept override {
        silent = true;
        stop();
    }

    const net::address to;
    unique_fd socket;
    int why = 0;
    bool under_way = false;
    bool silent = false;

private:
    // A port of this machine that nobody listens on may be the very one that the kernel chose for this end.
    bool connected_to_itself() const noexcept { return to.is_loopback() && !to.is_local() && local_address_of(socket.get()) == to; }

    connect_race& race_;
};

connect_race::connect_race(core::io_scheduler& loop, const std::vector<address>& addresses, const connect_options& options,
                           std::optional<time_point> deadline)
    : loop_(static_cast<core::loop_state&>(loop)),
      options_(options),
      addresses_(interleaved(addresses)),
      deadline_(deadline),
      stagger_(*this, &connect_race::attempt_stalled),
      total_(*this, &connect_race::out_of_time) {
    attempts_.reserve(addresses_.size());
}

// Nothing is in flight: the await has ended, or never began.
connect_race::~connect_race() = default;

bool connect_race::begin() {
    if (deadline_) loop_.arm(total_, *deadline_);
    start_next();
    suspended_ = in_flight_ != 0;
    if (!suspended_) loop_.disarm(total_);
    return suspended_;
}

void connect_race::start_next() noexcept {
    loop_.disarm(stagger_);
    while (attempts_.size() < addresses_.size() && !decided())
        if (start(addresses_[attempts_.size()])) break;
    if (attempts_.size() < addresses_.size() && !decided()) loop_.arm(stagger_, loop_.deadline_after(options_.attempt_delay));
}

bool connect_race::start(const address& to) noexcept {
    attempts_.push_back(std::make_unique<attempt>(*this, to));
    attempt& made = *attempts_.back();
    made.why = made.start();
    if (made.why == 0) {
        ++in_flight_;
        return true;
    }
    made.socket.reset();
    if (hopeless(made.why)) addresses_.resize(attempts_.size());
    return false;
}

void connect_race::attempt_ended(attempt& a) noexcept {
    --in_flight_;
    if (a.why == 0 && winner_ == nullptr) {
        winner_ = &a;
        stop();
    } else {
        a.socket.reset();  // nothing is in flight on it any more
        if (!decided()) start_next();
    }
    wake_if_over();
}

void connect_race::attempt_stalled() noexcept { start_next(); }

void connect_race::out_of_time() noexcept {
    if (decided()) return;
    timed_out_ = true;
    stopped_ = true;
    stop();
    wake_if_over();
}

void connect_race::cancel() noexcept {
    if (decided()) return;
    stopped_ = true;
    stop();
    wake_if_over();
}

void connect_race::stop() noexcept {
    loop_.disarm(stagger_);
    for (const auto& a : attempts_) a->stop();
}

void connect_race::wake_if_over() noexcept {
    if (in_flight_ != 0 || !suspended_) return;
    suspended_ = false;
    loop_.disarm(stagger_);
    loop_.disarm(total_);
    branch_->wake();
}

core_ref<transport> connect_race::await_resume() {
    if (winner_ == nullptr) {
        if (stopped_ && !timed_out_) branch_->throw_cancelled();
        return {};
    }
    core_ref<transport> made(new transport(loop_, winner_->socket.get(), winner_->to));
    winner_->socket.release();
    return made;
}

std::vector<connect_error::attempt> connect_race::errors() const {
    std::vector<connect_error::attempt> all;
    for (const auto& a : attempts_)
        if (a->why != 0) all.emplace_back(a->to, std::error_code(a->why, std::generic_category()));
    return all;
}

}  // namespace gyre::net::detail
