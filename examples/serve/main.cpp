// Serves a folder over HTTP:
//
//     serve DIR [--host 127.0.0.1] [--port 8080] [--quiet]
//
// Its first line tells where ("serving DIR on http://HOST:PORT/", with the port that was found for 0). Then a line for each
// response, unless --quiet; a reader who does not keep up (a pager, say) loses lines and slows nobody down. Ctrl-C or SIGTERM:
// requests under way are answered, a summary is printed; a second one ends it at once.
#include "../support/descriptors.hpp"
#include "../support/ending.hpp"
#include "../support/for_people.hpp"
#include "../support/printable.hpp"
#include "access_log.hpp"

#include <gyre/http/server/server.hpp>
#include <gyre/runtime/runtime.hpp>

#include <signal.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <exception>
#include <string>
#include <system_error>

namespace http = gyre::http;
using namespace std::chrono_literals;

namespace {

struct settings {
    std::string directory;
    std::string host = "127.0.0.1";
    std::uint16_t port = 8080;
    bool quiet = false;
};

// Ctrl-C and SIGTERM as something to wait for.
class stop_signals {
public:
    stop_signals() {
        sigemptyset(&signals_);
        sigaddset(&signals_, SIGINT);
        sigaddset(&signals_, SIGTERM);
        sigprocmask(SIG_BLOCK, &signals_, nullptr);
        fd_ = signalfd(-1, &signals_, SFD_CLOEXEC | SFD_NONBLOCK);
        if (fd_ < 0) throw std::system_error(errno, std::generic_category(), "signalfd");
    }
    stop_signals(const stop_signals&) = delete;
    stop_signals& operator=(const stop_signals&) = delete;
    ~stop_signals() { close(fd_); }

    // Waits for one; the next ends the process.
    gyre::task<> wait() {
        co_await gyre::wait_readable(fd_);
        signalfd_siginfo which;
        [[maybe_unused]] const ssize_t taken = read(fd_, &which, sizeof which);
        signal(SIGINT, SIG_DFL);
        signal(SIGTERM, SIG_DFL);
        sigprocmask(SIG_UNBLOCK, &signals_, nullptr);
    }

private:
    sigset_t signals_{};
    int fd_ = -1;
};

std::string line_of(const http::access_record& r) {
    return std::to_string(r.status) + " " + example::printable(r.request.method()) + " " + example::printable(r.request.target()) +
           example::print(" %llu B %.3f ms", static_cast<unsigned long long>(r.bytes),
                          std::chrono::duration<double, std::milli>(r.took).count());
}

std::string summary(const http::server_stats& did, std::chrono::duration<double> took) {
    return "served " + std::to_string(did.responses) + " responses to " + std::to_string(did.accepted) + " connections in " +
           example::print("%.1f s, %.1f MiB; ", took.count(), static_cast<double>(did.bytes_sent) / (1 << 20)) +
           std::to_string(did.bad_requests) + " bad requests, " + std::to_string(did.failures) + " failures";
}

std::string url_host(const std::string& host) {
    if (host.empty()) return "0.0.0.0";
    return host.find(':') == std::string::npos || host.front() == '[' ? host : "[" + host + "]";
}

gyre::task<> stop_at_signal(http::server& server, stop_signals& signals) {
    co_await signals.wait();
    co_await server.shutdown(10s);
}

gyre::task<> serve_until_stopped(const settings& s, stop_signals& signals, access_log& log) {
    http::server server;
    server.serve_folder("/", s.directory);
    if (!s.quiet) server.on_response([&](const http::access_record& r) { log.add(line_of(r)); });
    co_await server.listen(s.host, s.port);
    log.add("serving " + s.directory + " on http://" + url_host(s.host) + ":" + std::to_string(server.port()) + "/");

    const auto began = std::chrono::steady_clock::now();
    gyre::future<> stopping = gyre::spawn(stop_at_signal(server, signals));
    co_await server.serve();
    stopping.cancel();
    log.add(summary(server.stats(), std::chrono::steady_clock::now() - began));
}

gyre::task<> serve(settings s, stop_signals& signals) {
    access_log log;
    gyre::future<> writing = gyre::spawn(log.run());
    co_await serve_until_stopped(s, signals, log);
    log.finish();
    try {
        co_await gyre::wait_for(writing, 2s);
    } catch (const gyre::timeout_error&) {
        // Nobody reads what is left.
    }
}

}  // namespace

int main(int argc, char** argv) {
    settings s;
    CLI::App app("Serves a folder over HTTP.", "serve");
    app.add_option("DIR", s.directory, "the folder")->required();
    app.add_option("--host", s.host, "the address to listen on; \"\" for every one of this machine")->capture_default_str();
    app.add_option("--port", s.port, "0 for a free one")->capture_default_str();
    app.add_flag("--quiet", s.quiet, "no line for each response");
    try {
        app.parse(argc, argv);
    } catch (const CLI::ParseError& e) {
        return app.exit(e) == 0 ? 0 : example::cannot_go_on;
    }
    example::raise_descriptor_limit();
    // A reader of standard output, or of a response, that has gone is no reason to end.
    signal(SIGPIPE, SIG_IGN);
    try {
        stop_signals signals;
        gyre::run(serve(s, signals));
    } catch (const std::exception& e) {
        std::fprintf(stderr, "serve: %s\n", e.what());
        return example::cannot_go_on;
    }
    return 0;
}
