// What every C++ peer shares, so that no peer is measured in its own way: the command line, the clocks, the report line.
#pragma once

#include <sys/resource.h>
#include <sys/time.h>

#include <charconv>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <string>
#include <string_view>

namespace peers {

[[noreturn]] inline void die(const std::string& message) {
    std::fprintf(stderr, "error: %s\n", message.c_str());
    std::exit(2);
}

// The value behind `--name` in argv; ends the program when it is missing.
inline std::string_view option(int argc, char** argv, std::string_view name) {
    for (int i = 1; i + 1 < argc; ++i) {
        if (name == argv[i]) return argv[i + 1];
    }
    die("option " + std::string(name) + " is missing");
}

inline std::size_t number_option(int argc, char** argv, std::string_view name) {
    const std::string_view text = option(argc, argv, name);
    std::size_t value = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (error != std::errc() || end != text.data() + text.size())
        die(std::string(name) + " wants a whole number, got " + std::string(text));
    return value;
}

// --url http://HOST:PORT/PATH --connections C --requests N --expect BYTES, the same for every HTTP client here.
struct http_options {
    std::string url;
    std::string host;  // a numeric IPv4 address: no peer is measured on name resolution
    std::string port;
    std::string path;
    std::size_t connections = 0;
    std::size_t requests = 0;
    std::size_t expect = 0;  // length of every body
};

inline http_options http_command_line(int argc, char** argv) {
    http_options o;
    o.url = option(argc, argv, "--url");
    o.connections = number_option(argc, argv, "--connections");
    o.requests = number_option(argc, argv, "--requests");
    o.expect = number_option(argc, argv, "--expect");
    constexpr std::string_view scheme = "http://";
    const std::string_view url = o.url;
    const std::size_t slash = url.find('/', scheme.size());
    if (url.substr(0, scheme.size()) != scheme || slash == std::string_view::npos) die("--url wants http://HOST:PORT/PATH, got " + o.url);
    const std::string_view authority = url.substr(scheme.size(), slash - scheme.size());
    const std::size_t colon = authority.find(':');
    if (colon == std::string_view::npos) die("--url wants a port, got " + o.url);
    o.host = authority.substr(0, colon);
    o.port = authority.substr(colon + 1);
    o.path = url.substr(slash);
    if (o.connections == 0) die("--connections wants at least 1");
    return o;
}

// Requests each connection makes before anything is measured: opens it, and lets buffers, pools and TCP windows grow.
constexpr std::size_t warm_up_requests = 2;

// CPU is that of the whole process, all threads, kernel time included: on loopback that is also the TCP work done on its behalf.
struct usage {
    double wall = 0, user = 0, system = 0;  // seconds

    static usage now() {
        rusage r{};
        getrusage(RUSAGE_SELF, &r);
        const auto seconds = [](const timeval& t) { return static_cast<double>(t.tv_sec) + static_cast<double>(t.tv_usec) * 1e-6; };
        usage u;
        u.wall = std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count();
        u.user = seconds(r.ru_utime);
        u.system = seconds(r.ru_stime);
        return u;
    }

    usage operator-(const usage& before) const {
        usage u;
        u.wall = wall - before.wall;
        u.user = user - before.user;
        u.system = system - before.system;
        return u;
    }
};

// VmHWM: ru_maxrss would also count what the parent held before exec.
inline unsigned long peak_rss_kib() {
    std::FILE* status = std::fopen("/proc/self/status", "re");
    if (status == nullptr) return 0;
    unsigned long kib = 0;
    char line[256];
    while (std::fgets(line, sizeof line, status) != nullptr) {
        if (std::sscanf(line, "VmHWM: %lu", &kib) == 1) break;
    }
    std::fclose(status);
    return kib;
}

struct tally {
    std::uint64_t requests = 0, bytes = 0;  // of right answers
};

// One measurement of an HTTP client: so many requests to warm up, then the ones that count.
//     peers::http_measurement m(options);
//     m.begin(run(m.warm_up()));
//     return m.end(run(options.requests), version);
class http_measurement {
public:
    explicit http_measurement(const http_options& options) : options_(options) {}

    std::size_t warm_up() const { return options_.connections * warm_up_requests; }
    void begin(const tally& warm) {
        missing_ = warm_up() - warm.requests;
        before_ = usage::now();
    }
    // Prints the report line; gives the program's exit status.
    int end(const tally& t, const std::string& version) const {
        const usage spent = usage::now() - before_;
        const std::uint64_t errors = missing_ + (options_.requests - t.requests);
        std::printf(
            "{\"version\": \"%s\", \"requests\": %llu, \"bytes\": %llu, \"wall_s\": %.6f, \"user_s\": %.6f, \"sys_s\": %.6f, "
            "\"peak_rss_kib\": %lu, \"errors\": %llu}\n",
            version.c_str(), static_cast<unsigned long long>(t.requests), static_cast<unsigned long long>(t.bytes), spent.wall, spent.user,
            spent.system, peak_rss_kib(), static_cast<unsigned long long>(errors));
        return errors == 0 ? 0 : 1;
    }

private:
    const http_options& options_;
    std::uint64_t missing_ = 0;
    usage before_;
};

// The whole of a program that measures sleeps: `all(count, seconds, done)` sleeps so often for so long, counts into `done`, and gives
// the version to report.
template <class All>
int measure_sleeps(int argc, char** argv, All all) {
    const std::size_t count = number_option(argc, argv, "--count");
    const std::size_t seconds = number_option(argc, argv, "--seconds");
    std::size_t done = 0;
    const usage before = usage::now();
    const std::string version = all(count, std::chrono::seconds(seconds), done);
    const usage spent = usage::now() - before;
    if (done != count) die("only " + std::to_string(done) + " sleeps ended");
    std::printf(
        "{\"version\": \"%s\", \"count\": %zu, \"seconds\": %zu, \"over_ms\": %.3f, \"wall_s\": %.6f, \"user_s\": %.6f, \"sys_s\": %.6f, "
        "\"peak_rss_kib\": %lu}\n",
        version.c_str(), count, seconds, (spent.wall - static_cast<double>(seconds)) * 1e3, spent.wall, spent.user, spent.system,
        peak_rss_kib());
    return 0;
}

}  // namespace peers
