#include <gyre/net/detail/cares_service.hpp>

#include <ares.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <cstdint>
#include <cstring>
#include <deque>
#include <limits>
#include <utility>
#include <vector>

namespace gyre::net::detail {
namespace {

namespace core = gyre::detail;

class cares_service;

// A socket of c-ares's, watched by one poll operation at a time. Outlives the service while that is in flight.
class watched_socket final : public core::operation {
public:
    watched_socket(cares_service& owner, int socket) noexcept : owner_(&owner) {
        code = core::opcode::poll;
        fd = socket;
    }

    // Wants these events from now on.
    void want(std::uint32_t events);
    // c-ares is about to close it. True when the poll is in flight, and with it this object.
    bool forget() noexcept;
    void completed() noexcept override;

private:
    void submit();

    cares_service* owner_;  // null: forgotten
    std::uint32_t wanted_ = 0;
    bool in_flight_ = false;
    bool busy_ = false;  // c-ares reads it right now
};

errc meaning_of(int status) noexcept {
    switch (status) {
        case ARES_ENOTFOUND:
            return errc::host_not_found;
        case ARES_ENODATA:
            return errc::no_address;
        case ARES_EBADNAME:
            return errc::bad_name;
        case ARES_ETIMEOUT:
            return errc::dns_timeout;
        case ARES_ECANCELLED:
        case ARES_EDESTRUCTION:
            return errc::closed;
        default:
            return errc::dns_failure;
    }
}

[[noreturn]] void throw_cares_error(int status, const std::string& what) {
    throw error(errc::dns_failure, "gyre: " + what + ": " + ::ares_strerror(status));
}

int initialise_library() noexcept {
    static const int status = ::ares_library_init(ARES_LIB_INIT_ALL);
    return status;
}

name_answer answer_of(int status, const ares_addrinfo* found) {
    if (status != ARES_SUCCESS) {
        const errc why = meaning_of(status);
        // What the others mean stands in the error's own words.
        return name_answer(why, why == errc::dns_failure ? ::ares_strerror(status) : "");
    }
    name_answer answer;
    int ttl = std::numeric_limits<int>::max();
    for (const ares_addrinfo_cname* c = found->cnames; c != nullptr; c = c->next) ttl = std::min(ttl, c->ttl);
    for (const ares_addrinfo_node* n = found->nodes; n != nullptr; n = n->ai_next) {
        if (n->ai_family != AF_INET && n->ai_family != AF_INET6) continue;
        ttl = std::min(ttl, n->ai_ttl);
        const address a = address(n->ai_addr, n->ai_addrlen).with_port(0);
        if (std::find(answer.addresses.begin(), answer.addresses.end(), a) == answer.addresses.end()) answer.addresses.push_back(a);
    }
    if (answer.addresses.empty()) return name_answer(errc::no_address, "");
    answer.ttl = std::chrono::seconds(std::max(ttl, 0));
    return answer;
}

// Names that are asked for at the same time; the others wait. A burst would overflow the sockets' buffers, and a forwarder such
// as dnsmasq refuses more than 150 queries at once.
constexpr std::size_t most_questions = 64;

// One c-ares channel.
class cares_service final : public name_service, private core::timer {
public:
    cares_service(core::loop_state& loop, const resolver_options& options) : loop_(loop), options_(options) { open(); }
    ~cares_service() override {
        loop_.disarm(*this);
        close();
    }

    void ask(const std::string& host, family wanted, request& who) noexcept override;
    // The socket is ready for these events.
    void process(int fd, std::uint32_t events) noexcept {
        const bool in = (events & (POLLIN | POLLERR | POLLHUP)) != 0;
        const bool out = (events & (POLLOUT | POLLERR | POLLHUP)) != 0;
        ::ares_process_fd(channel_, in ? fd : ARES_SOCKET_BAD, out ? fd : ARES_SOCKET_BAD);
        ask_waiting();
        keep_time();
    }
    core::loop_state& loop() const noexcept { return loop_; }

private:
    // One name, which may be two queries.
    struct question {
        question(cares_service& asks, std::string name, family which, request& asker)
            : service(asks), host(std::move(name)), wanted(which), who(asker) {}
        cares_service& service;
        const std::string host;
        const family wanted;
        request& who;
    };

    void open();
    void close() noexcept;
    void reopen_when_reconfigured() noexcept;
    void ask_now(std::unique_ptr<question> q) noexcept;
    void ask_waiting() noexcept;
    void keep_time() noexcept;
    void fired() noexcept override { process(ARES_SOCKET_BAD, 0); }

    static void on_answer(void* data, int status, int timeouts, ares_addrinfo* found);
    static void on_socket_state(void* data, ares_socket_t fd, int readable, int writable);
    static ares_socket_t open_socket(int domain, int type, int protocol, void* data);
    static int close_socket(ares_socket_t fd, void* data);
    static int connect_socket(ares_socket_t fd, const sockaddr* to, ares_socklen_t size, void* data);
    static ares_ssize_t receive(ares_socket_t fd, void* buffer, size_t size, int flags, sockaddr* from, ares_socklen_t* from_size,
                                void* data);
    static ares_ssize_t send(ares_socket_t fd, const iovec* pieces, int count, void* data);

    core::loop_state& loop_;
    const resolver_options options_;
    ares_channel channel_ = nullptr;
    std::size_t asked_ = 0;  // questions under way
    std::deque<std::unique_ptr<question>> waiting_;
    std::vector<watched_socket*> sockets_;
    std::vector<int> polled_;  // forgotten with a poll in flight, and about to be closed
    std::timespec configured_{};
    time_point looked_{};
};

void watched_socket::submit() {
    in_flight_ = true;
    flags = wanted_;
    cancel_asked = false;
    core::submit_operation(owner_->loop(), *this);
}

void watched_socket::want(std::uint32_t events) {
    const bool more = (events & ~flags) != 0;
    wanted_ = events;
    if (busy_) return;  // it goes on with that when c-ares is done
    if (!in_flight_)
        submit();
    else if (more)
        core::cancel_operation(owner_->loop(), *this);
}

bool watched_socket::forget() noexcept {
    owner_ = nullptr;
    if (in_flight_) return true;
    if (!busy_) delete this;
    return false;
}

void watched_socket::completed() noexcept {
    in_flight_ = false;
    if (owner_ != nullptr && result != -ECANCELED) {
        busy_ = true;
        owner_->process(fd, result < 0 ? std::uint32_t{POLLERR} : static_cast<std::uint32_t>(result));
        busy_ = false;
    }
    if (owner_ == nullptr)
        delete this;
    else
        submit();
}

void cares_service::open() {
    if (const int status = initialise_library(); status != ARES_SUCCESS) throw_cares_error(status, "c-ares");
    ares_options options{};
    options.flags = options_.search ? 0 : ARES_FLAG_NOSEARCH;
    options.timeout = static_cast<int>(std::clamp<std::int64_t>(options_.timeout / std::chrono::milliseconds(1), 1, 600'000));
    options.tries = std::max(1, options_.tries);
    char dns_only[] = "b";  // the hosts file is read by us, and not for each lookup
    options.lookups = dns_only;
    options.sock_state_cb = on_socket_state;
    options.sock_state_cb_data = this;
    const int mask = ARES_OPT_FLAGS | ARES_OPT_TIMEOUTMS | ARES_OPT_TRIES | ARES_OPT_LOOKUPS | ARES_OPT_SOCK_STATE_CB;
    if (const int status = ::ares_init_options(&channel_, &options, mask); status != ARES_SUCCESS)
        throw_cares_error(status, "c-ares cannot start");
    static constexpr ares_socket_functions functions = {open_socket, close_socket, connect_socket, receive, send};
    ::ares_set_socket_functions(channel_, &functions, this);
    if (options_.servers.empty()) return;
    std::string list;
    for (const std::string& server : options_.servers) list += (list.empty() ? "" : ",") + server;
    if (const int status = ::ares_set_servers_ports_csv(channel_, list.c_str()); status != ARES_SUCCESS) {
        close();
        throw error(errc::bad_name, "gyre: resolver_options::servers is \"" + list + "\", which c-ares does not take (" +
                                        ::ares_strerror(status) + "); write IP addresses, as \"192.0.2.53\" or \"[2001:db8::53]:5353\"");
    }
}

void cares_service::close() noexcept {
    // Calls on_answer for what is under way, and closes the sockets.
    if (channel_ != nullptr) ::ares_destroy(std::exchange(channel_, nullptr));
    for (const auto& q : waiting_) q->who.answered(name_answer(errc::closed, ""));
    waiting_.clear();
}

void cares_service::reopen_when_reconfigured() noexcept {
    constexpr std::chrono::seconds between_looks(5);
    const time_point now = loop_.now();
    const bool first = looked_ == time_point();
    if (!options_.servers.empty() || asked_ != 0 || (!first && now - looked_ < between_looks)) return;
    looked_ = now;
    struct stat file{};
    if (::stat("/etc/resolv.conf", &file) != 0) return;
    const bool changed = file.st_mtim.tv_sec != configured_.tv_sec || file.st_mtim.tv_nsec != configured_.tv_nsec;
    configured_ = file.st_mtim;
    if (first || !changed) return;
    const ares_channel old = std::exchange(channel_, nullptr);
    try {
        open();
        ::ares_destroy(old);
    } catch (...) {
        channel_ = old;  // a file that is being written just now
    }
}

void cares_service::ask(const std::string& host, family wanted, request& who) noexcept {
    reopen_when_reconfigured();
    waiting_.push_back(std::make_unique<question>(*this, host, wanted, who));
    ask_waiting();
    keep_time();
}

void cares_service::ask_waiting() noexcept {
    while (asked_ < most_questions && !waiting_.empty()) {
        std::unique_ptr<question> next = std::move(waiting_.front());
        waiting_.pop_front();
        ask_now(std::move(next));
    }
}

void cares_service::ask_now(std::unique_ptr<question> q) noexcept {
    ares_addrinfo_hints hints{};
    hints.ai_family = q->wanted == family::ipv4 ? AF_INET : q->wanted == family::ipv6 ? AF_INET6 : AF_UNSPEC;
    hints.ai_socktype = SOCK_STREAM;
    ++asked_;
    const char* host = q->host.c_str();
    ::ares_getaddrinfo(channel_, host, nullptr, &hints, on_answer, q.release());
}

void cares_service::keep_time() noexcept {
    loop_.disarm(*this);
    timeval left{};
    if (asked_ == 0 || channel_ == nullptr || ::ares_timeout(channel_, nullptr, &left) == nullptr) return;
    // One more, so that its own clock has got there too.
    const auto delay = std::chrono::seconds(left.tv_sec) + std::chrono::microseconds(left.tv_usec) + std::chrono::milliseconds(1);
    loop_.arm(*this, loop_.deadline_after(delay));
}

void cares_service::on_answer(void* data, int status, int, ares_addrinfo* found) {
    const std::unique_ptr<question> q(static_cast<question*>(data));
    --q->service.asked_;
    q->who.answered(answer_of(status, found));
    if (found != nullptr) ::ares_freeaddrinfo(found);
}

void cares_service::on_socket_state(void* data, ares_socket_t fd, int readable, int writable) {
    auto& self = *static_cast<cares_service*>(data);
    const auto known = std::find_if(self.sockets_.begin(), self.sockets_.end(), [fd](const watched_socket* s) { return s->fd == fd; });
    const std::uint32_t events = (readable != 0 ? std::uint32_t{POLLIN} : 0U) | (writable != 0 ? std::uint32_t{POLLOUT} : 0U);
    if (events != 0) {
        if (known != self.sockets_.end()) return (*known)->want(events);
        self.sockets_.push_back(new watched_socket(self, fd));
        self.sockets_.back()->want(events);
    } else if (known != self.sockets_.end()) {
        if ((*known)->forget()) self.polled_.push_back(fd);
        self.sockets_.erase(known);
    }
}

ares_socket_t cares_service::open_socket(int domain, int type, int protocol, void*) {
    return ::socket(domain, type | SOCK_CLOEXEC | SOCK_NONBLOCK, protocol);
}

int cares_service::close_socket(ares_socket_t fd, void* data) {
    auto& self = *static_cast<cares_service*>(data);
    const auto polled = std::find(self.polled_.begin(), self.polled_.end(), fd);
    if (polled == self.polled_.end() || !self.loop_.has_io()) return ::close(fd);
    // Never under a poll in flight: the number could come back for another socket.
    self.polled_.erase(polled);
    self.loop_.io().close_detached(fd);
    return 0;
}

int cares_service::connect_socket(ares_socket_t fd, const sockaddr* to, ares_socklen_t size, void*) { return ::connect(fd, to, size); }

ares_ssize_t cares_service::receive(ares_socket_t fd, void* buffer, size_t size, int flags, sockaddr* from, ares_socklen_t* from_size,
                                    void*) {
    return ::recvfrom(fd, buffer, size, flags, from, from_size);
}

ares_ssize_t cares_service::send(ares_socket_t fd, const iovec* pieces, int count, void*) {
    msghdr message{};
    message.msg_iov = const_cast<iovec*>(pieces);
    message.msg_iovlen = static_cast<std::size_t>(count);
    return ::sendmsg(fd, &message, MSG_NOSIGNAL);
}

}  // namespace

std::unique_ptr<name_service> make_cares_service(gyre::detail::loop_state& loop, const resolver_options& options) {
    return std::make_unique<cares_service>(loop, options);
}

}  // namespace gyre::net::detail
