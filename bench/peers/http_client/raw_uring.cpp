// The floor: keep-alive GETs straight on io_uring, with nothing between the program and the kernel. One enter a batch, one send and one
// receive a request, a completion only for the receive, registered files, no allocation. It knows one request and reads just enough of
// the answer to know that it is right: what is left is what the kernel asks for this work.
#include <arpa/inet.h>
#include <liburing.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <memory>
#include <vector>

#include "../support.hpp"

namespace {

struct connection {
    int fd = -1;
    unsigned used = 0;            // bytes of an unfinished head in the buffer
    std::uint64_t body_left = 0;  // of the answer being read
    bool in_body = false;
    bool broken = false;
};

// Gives the body's length, or -1 when the head is not a 200 with a content-length.
long long parse_head(std::string_view head) {
    if (!head.starts_with("HTTP/1.1 200 ")) return -1;
    constexpr std::string_view name = "content-length:";
    for (std::size_t line = head.find("\r\n"); line != std::string_view::npos && line + 2 < head.size();
         line = head.find("\r\n", line + 2)) {
        const std::string_view field = head.substr(line + 2);
        if (field.size() < name.size() || ::strncasecmp(field.data(), name.data(), name.size()) != 0) continue;
        std::size_t at = name.size();
        while (at < field.size() && field[at] == ' ') ++at;
        long long value = -1;
        std::from_chars(field.data() + at, field.data() + field.size(), value);
        return value;
    }
    return -1;
}

class client {
public:
    explicit client(const peers::http_options& options) : options_(options), connections_(options.connections) {
        request_ = "GET " + options.path + " HTTP/1.1\r\nHost: " + options.host + ":" + options.port + "\r\n\r\n";
        // Room for the whole answer in one receive, and a head with it.
        buffer_size_ = static_cast<unsigned>(std::min<std::size_t>(options.expect + 1024, 128 * 1024));
        buffers_ = std::make_unique_for_overwrite<char[]>(buffer_size_ * options.connections);
        open_ring();
        connect_all();
    }

    client(const client&) = delete;
    client& operator=(const client&) = delete;

    ~client() {
        io_uring_queue_exit(&ring_);
        for (const connection& c : connections_) ::close(c.fd);
    }

    peers::tally run(std::size_t requests) {
        tally_ = {};
        to_start_ = requests;
        active_ = 0;
        for (std::size_t i = 0; i < connections_.size() && to_start_ > 0; ++i) {
            if (!connections_[i].broken) start_request(static_cast<unsigned>(i));
        }
        while (active_ > 0) {
            const int entered = io_uring_submit_and_wait(&ring_, 1);
            if (entered < 0 && entered != -EINTR) peers::die("io_uring_enter: " + std::string(std::strerror(-entered)));
            unsigned head = 0;
            unsigned seen = 0;
            io_uring_cqe* cqe = nullptr;
            io_uring_for_each_cqe(&ring_, head, cqe) {
                ++seen;
                complete(*cqe);
            }
            io_uring_cq_advance(&ring_, seen);
        }
        return tally_;
    }

private:
    static constexpr std::uint64_t send_mark = std::uint64_t{1} << 32;

    void open_ring() {
        io_uring_params params{};
        params.flags = IORING_SETUP_SINGLE_ISSUER | IORING_SETUP_DEFER_TASKRUN | IORING_SETUP_SUBMIT_ALL | IORING_SETUP_CQSIZE;
        unsigned entries = 64;
        while (entries < 2 * options_.connections && entries < 4096) entries *= 2;
        params.cq_entries = 4 * entries;
        const int error = io_uring_queue_init_params(entries, &ring_, &params);
        if (error < 0) peers::die("io_uring_setup: " + std::string(std::strerror(-error)) + " (kernel 6.1 or newer is needed)");
        io_uring_register_ring_fd(&ring_);
    }

    void connect_all() {
        sockaddr_in address{};
        address.sin_family = AF_INET;
        address.sin_port = htons(static_cast<std::uint16_t>(std::stoi(options_.port)));
        if (::inet_pton(AF_INET, options_.host.c_str(), &address.sin_addr) != 1) peers::die("--url wants a numeric IPv4 address");
        std::vector<int> fds;
        for (connection& c : connections_) {
            c.fd = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
            if (c.fd < 0 || ::connect(c.fd, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) {
                peers::die("connect to " + options_.url + ": " + std::strerror(errno));
            }
            const int on = 1;
            ::setsockopt(c.fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
            fds.push_back(c.fd);
        }
        const int error = io_uring_register_files(&ring_, fds.data(), static_cast<unsigned>(fds.size()));
        if (error < 0) peers::die("io_uring_register_files: " + std::string(std::strerror(-error)));
    }

    io_uring_sqe* next_sqe() {
        io_uring_sqe* sqe = io_uring_get_sqe(&ring_);
        while (sqe == nullptr) {
            io_uring_submit(&ring_);
            sqe = io_uring_get_sqe(&ring_);
        }
        return sqe;
    }

    void start_request(unsigned index) {
        --to_start_;
        ++active_;
        connection& c = connections_[index];
        c.used = 0;
        c.in_body = false;
        io_uring_sqe* sqe = next_sqe();
        io_uring_prep_send(sqe, static_cast<int>(index), request_.data(), request_.size(), MSG_NOSIGNAL | MSG_WAITALL);
        sqe->flags |= IOSQE_FIXED_FILE | IOSQE_CQE_SKIP_SUCCESS;
        io_uring_sqe_set_data64(sqe, index | send_mark);
        // The answer cannot be there yet: go straight to the poll.
        receive(index, IORING_RECVSEND_POLL_FIRST);
    }

    void receive(unsigned index, unsigned short how) {
        const connection& c = connections_[index];
        char* buffer = buffers_.get() + static_cast<std::size_t>(index) * buffer_size_;
        io_uring_sqe* sqe = next_sqe();
        io_uring_prep_recv(sqe, static_cast<int>(index), buffer + c.used, buffer_size_ - c.used, 0);
        sqe->flags |= IOSQE_FIXED_FILE;
        sqe->ioprio |= how;
        io_uring_sqe_set_data64(sqe, index);
    }

    void complete(const io_uring_cqe& cqe) {
        const auto index = static_cast<unsigned>(cqe.user_data & 0xffffffff);
        if ((cqe.user_data & send_mark) != 0) return;  // a failed send: the receive on the same socket fails with it
        connection& c = connections_[index];
        if (cqe.res <= 0) return fail(c);
        auto size = static_cast<std::size_t>(cqe.res);
        if (!c.in_body) {
            const char* buffer = buffers_.get() + static_cast<std::size_t>(index) * buffer_size_;
            const std::string_view have(buffer, c.used + size);
            const std::size_t end = have.find("\r\n\r\n");
            if (end == std::string_view::npos) {
                c.used = static_cast<unsigned>(have.size());
                if (c.used == buffer_size_) return fail(c);
                return receive(index, 0);
            }
            const long long length = parse_head(have.substr(0, end + 2));
            if (length < 0 || static_cast<std::size_t>(length) != options_.expect) return fail(c);
            c.in_body = true;
            c.body_left = static_cast<std::uint64_t>(length);
            c.used = 0;
            size = have.size() - end - 4;
        }
        if (size > c.body_left) return fail(c);  // more than was asked for
        c.body_left -= size;
        if (c.body_left > 0) return receive(index, (cqe.flags & IORING_CQE_F_SOCK_NONEMPTY) != 0 ? 0 : IORING_RECVSEND_POLL_FIRST);
        ++tally_.requests;
        tally_.bytes += options_.expect;
        --active_;
        if (to_start_ > 0) start_request(index);
    }

    void fail(connection& c) {
        --active_;
        c.broken = true;
    }

    const peers::http_options& options_;
    std::vector<connection> connections_;
    std::string request_;
    unsigned buffer_size_ = 0;
    std::unique_ptr<char[]> buffers_;
    io_uring ring_{};
    peers::tally tally_;
    std::size_t to_start_ = 0;
    std::size_t active_ = 0;
};

}  // namespace

int main(int argc, char** argv) {
    const peers::http_options options = peers::http_command_line(argc, argv);
    client c(options);
    peers::http_measurement m(options);
    m.begin(c.run(m.warm_up()));
    return m.end(c.run(options.requests), "liburing " PEERS_LIBURING_VERSION);
}
