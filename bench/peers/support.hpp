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
    std::uint64_t requests = 0, bytes = 0, errors = 0;
};

inline void report_http(const std::string& version, const tally& t, const usage& spent) {
    std::printf(
        "{\"version\": \"%s\", \"requests\": %llu, \"bytes\": %llu, \"wall_s\": %.6f, \"user_s\": %.6f, \"sys_s\": %.6f, "
        "\"peak_rss_kib\": %lu, \"errors\": %llu}\n",
        version.c_str(), static_cast<unsigned long long>(t.requests), static_cast<unsigned long long>(t.bytes), spent.wall, spent.user,
        spent.system, peak_rss_kib(), static_cast<unsigned long long>(t.errors));
}

inline void report_sleeps(const std::string& version, std::size_t count, double seconds, const usage& spent) {
    std::printf(
        "{\"version\": \"%s\", \"count\": %zu, \"seconds\": %g, \"over_ms\": %.3f, \"wall_s\": %.6f, \"user_s\": %.6f, \"sys_s\": %.6f, "
        "\"peak_rss_kib\": %lu}\n",
        version.c_str(), count, seconds, (spent.wall - seconds) * 1e3, spent.wall, spent.user, spent.system, peak_rss_kib());
}

}  // namespace peers
