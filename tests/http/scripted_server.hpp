#pragma once
#include <charconv>
#include <functional>
#include <gyre/net/listener.hpp>
#include <gyre/net/stream.hpp>
#include <gyre/runtime/runtime.hpp>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace gyre::test {

// The server's end of one connection, for a script.
class scripted_peer {
public:
    scripted_peer(net::stream stream, int number) : stream(std::move(stream)), number(number) {}

    // The next request: its head, and its body when it has a Content-Length. Empty when the client has closed.
    task<std::string> request() {
        std::string text;
        try {
            text = co_await stream.read_until("\r\n\r\n", 1 << 20);
        } catch (const net::incomplete_read_error&) {
            co_return std::string();
        }
        const std::size_t at = text.find("Content-Length: ");
        std::size_t length = 0;
        if (at != std::string::npos) std::from_chars(text.data() + at + 16, text.data() + text.size(), length);
        const std::string body = co_await stream.read_exactly(length);
        co_return text + body;
    }
    task<> send(std::string bytes) { co_await stream.write_all(bytes); }
    // Returns when the client has closed its side.
    task<> wait_for_end() {
        try {
            co_await stream.read_all();
        } catch (const net::error&) {
            // A reset is an end too.
        }
    }

    net::stream stream;
    int number;  // 0 for the server's first connection
};

// A server that answers with what a script says, byte for byte. Every connection runs the script in a task of its own; what is thrown
// by the network ends that connection.
class scripted_server {
public:
    using script = std::function<task<>(scripted_peer&)>;

    explicit scripted_server(script run, const std::string& host = "127.0.0.1", std::uint16_t port = 0)
        : state_(std::make_shared<state>()) {
        state_->run = std::move(run);
        state_->listener = net::listen(host, port);
        state_->accepting = spawn(accept_all(state_));
    }
    ~scripted_server() { state_->cancel(); }

    std::uint16_t port() const { return state_->listener.local_address().port(); }
    std::string url(std::string_view path = "/") const {
        return "http://" + state_->listener.local_address().to_string() + std::string(path);
    }
    // Connections so far, and those that are open.
    int accepted() const { return state_->accepted; }
    int open() const { return state_->open; }

    // Ends everything, and waits for it.
    task<> stop() {
        auto s = state_;
        s->cancel();
        co_await wait(s->connections);
        co_await s->listener.close();
    }

private:
    struct state {
        void cancel() {
            accepting.cancel();
            for (auto& c : connections) c.cancel();
        }
        script run;
        net::listener listener;
        future<> accepting;
        std::vector<future<>> connections;
        int accepted = 0;
        int open = 0;
    };

    static task<> accept_all(std::shared_ptr<state> s) {
        for (;;) {
            std::optional<net::stream> next = co_await s->listener.next();
            if (!next) co_return;
            s->connections.push_back(spawn(serve(s, std::move(*next), s->accepted++)));
        }
    }
    static task<> serve(std::shared_ptr<state> s, net::stream stream, int number) {
        struct counted {
            explicit counted(int& count) : n(count) { ++n; }
            ~counted() { --n; }
            int& n;
        } const count(s->open);
        scripted_peer peer(std::move(stream), number);
        try {
            co_await s->run(peer);
        } catch (const net::error&) {
            // The client has gone away.
        }
    }

    std::shared_ptr<state> state_;
};

// Answers every request on every connection with the same bytes.
inline scripted_server::script answer_with(std::string bytes) {
    return [bytes = std::move(bytes)](scripted_peer& peer) -> task<> {
        for (;;) {
            const std::string request = co_await peer.request();
            if (request.empty()) co_return;
            co_await peer.send(bytes);
        }
    };
}

inline std::string ok_response(std::string_view body) {
    return "HTTP/1.1 200 OK\r\nContent-Length: " + std::to_string(body.size()) + "\r\n\r\n" + std::string(body);
}

}  // namespace gyre::test
