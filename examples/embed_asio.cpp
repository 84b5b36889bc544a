// A program that lives on an asio::io_context, and a gyre loop in the same thread: a small driver runs gyre as one more asio user.
//
// Asio has a timer that ticks and an acceptor that answers on a loopback port; gyre has a task that sleeps and one that sends to that
// port and waits for the answer. Both kinds of work go on side by side.
#include <gyre/net/net.hpp>
#include <gyre/runtime/runtime.hpp>

#include <asio/io_context.hpp>
#include <asio/ip/tcp.hpp>
#include <asio/posix/stream_descriptor.hpp>
#include <asio/read_until.hpp>
#include <asio/steady_timer.hpp>
#include <asio/streambuf.hpp>
#include <asio/write.hpp>
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <memory>
#include <string>
#include <system_error>
#include <utility>

using namespace std::chrono_literals;

namespace {

// Gives a gyre loop its turns from an io_context: one whenever the loop's fd is readable, and one when its next timer is due.
class gyre_driver {
public:
    gyre_driver(asio::io_context& context, gyre::event_loop& loop) : loop_(loop), fd_(context, loop.poll_fd()), timer_(context) {
        wait_for_events();
    }
    gyre_driver(const gyre_driver&) = delete;
    ~gyre_driver() { fd_.release(); }  // the fd is the loop's: asio must not close it

    // One turn. The first one starts it all; from then on they come by themselves, also when the host spawns a task.
    void turn() {
        loop_.poll();
        if (stopped_) return;
        if (const auto timeout = loop_.next_timeout()) {
            timer_.expires_after(*timeout);  // takes the place of the wait that was armed before
            timer_.async_wait([this](std::error_code error) {
                if (!error) turn();
            });
        }
    }

    // Lets io_context::run() end; the loop gets no turns any more.
    void stop() {
        stopped_ = true;
        fd_.cancel();
        timer_.cancel();
    }

private:
    void wait_for_events() {
        fd_.async_wait(asio::posix::stream_descriptor::wait_read, [this](std::error_code error) {
            if (error) return;
            turn();
            if (!stopped_) wait_for_events();
        });
    }

    gyre::event_loop& loop_;
    asio::posix::stream_descriptor fd_;
    asio::steady_timer timer_;
    bool stopped_ = false;
};

// ---------------------------------------------------------------- gyre's part: plain tasks that know nothing of asio

gyre::task<> count_sleeps() {
    for (int i = 1; i <= 5; ++i) {
        co_await gyre::sleep(30ms);
        std::printf("gyre: slept %d times\n", i);
    }
}

gyre::task<> talk(std::uint16_t port) {
    auto peer = co_await gyre::net::connect("127.0.0.1", port);
    for (int i = 1; i <= 3; ++i) {
        const std::string question = "question " + std::to_string(i) + "\n";
        co_await peer.write_all(question);
        const auto answer = co_await peer.read_line();
        std::printf("gyre: got '%s'\n", answer.value_or("nothing").c_str());
        co_await gyre::sleep(20ms);
    }
    co_await peer.close();
}

gyre::task<> gyre_work(std::uint16_t port) { co_await gyre::gather(count_sleeps(), talk(port)); }

// ---------------------------------------------------------------- the host's part: a timer and a little server

struct ticker {
    explicit ticker(asio::io_context& context) : timer(context) { next(); }
    void next() {
        timer.expires_after(50ms);
        timer.async_wait([this](std::error_code error) {
            if (error || ticks == 5) return;
            std::printf("asio: tick %d\n", ++ticks);
            next();
        });
    }
    asio::steady_timer timer;
    int ticks = 0;
};

struct session : std::enable_shared_from_this<session> {
    explicit session(asio::ip::tcp::socket peer) : socket(std::move(peer)) {}
    void next() {
        asio::async_read_until(socket, asio::dynamic_buffer(line), '\n', [self = shared_from_this()](std::error_code error, std::size_t) {
            if (error) return;
            self->line.insert(0, "answer to ");
            asio::async_write(self->socket, asio::buffer(self->line), [self](std::error_code failed, std::size_t) {
                self->line.clear();
                if (!failed) self->next();
            });
        });
    }
    asio::ip::tcp::socket socket;
    std::string line;
};

}  // namespace

int main() {
    asio::io_context context(1);
    ticker ticks(context);
    asio::ip::tcp::acceptor acceptor(context, {asio::ip::address_v4::loopback(), 0});
    acceptor.async_accept([](std::error_code error, asio::ip::tcp::socket peer) {
        if (!error) std::make_shared<session>(std::move(peer))->next();
    });

    gyre::event_loop loop;
    gyre_driver driver(context, loop);
    auto work = loop.spawn(gyre_work(acceptor.local_endpoint().port()));
    work.add_done_callback([&](const gyre::future<>&) { driver.stop(); });
    driver.turn();

    context.run();  // until neither side has anything left to do
    work.result();  // throws what gyre's work failed with
}
