#include "net/pair.hpp"
#include "support/scratch_directory.hpp"
#include "support/test.hpp"
#include "support/until.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <string>

using namespace gyre;
using test::error_of;
using test::scratch_directory;
using test::until;

namespace {

bool exists(const std::string& path) {
    struct stat s{};
    return ::lstat(path.c_str(), &s) == 0;
}

task<std::string> greet(net::listener& l) {
    net::stream s = co_await l.accept();
    co_await s.write_all("hello from ", l.local_address().host());
    co_await s.close();
    co_return s.remote_address().to_string();
}

}  // namespace

GYRE_TEST("a Unix socket carries a connection, and its file goes with the listener", "[unix]") {
    const scratch_directory in;
    const std::string path = in / "socket";
    net::listener l = net::listen_unix(path);
    CHECK(exists(path));
    auto server = spawn(greet(l));
    net::stream c = co_await net::connect_unix(path);
    CHECK(c.remote_address().host() == path);
    const std::string got = co_await c.read_all();
    CHECK(got == "hello from " + path);
    co_await server;
    co_await l.close();
    CHECK_FALSE(exists(path));
}

GYRE_TEST("an abstract name needs no file", "[unix]") {
    const std::string name = "@gyre-test-" + std::to_string(::getpid()) + "-" + test::backend();
    net::listener l = net::listen_unix(name);
    auto server = spawn(greet(l));
    net::stream c = co_await net::connect_unix(name);
    const std::string got = co_await c.read_all();
    CHECK(got == "hello from " + name);
    co_await server;
}

GYRE_TEST("a socket file that a dead server left is replaced, a living server's is not", "[unix]") {
    const scratch_directory in;
    const std::string path = in / "socket";
    {
        const int dead = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
        const net::address at = net::address::local(path);
        REQUIRE(::bind(dead, at.data(), at.size()) == 0);
        ::close(dead);
    }
    REQUIRE(exists(path));
    net::listener l = net::listen_unix(path);
    CHECK_THROWS_WITH(net::listen_unix(path), Catch::Contains(path) && Catch::Contains("another program listens"));
    CHECK(exists(path));
    co_await l.close();
    CHECK_FALSE(exists(path));
}

GYRE_TEST("a file that is no socket is left alone", "[unix]") {
    const scratch_directory in;
    const std::string path = in / "file";
    const int fd = ::open(path.c_str(), O_CREAT | O_WRONLY | O_CLOEXEC, 0600);
    REQUIRE(fd >= 0);
    ::close(fd);
    CHECK_THROWS_AS(net::listen_unix(path), net::error);
    CHECK(exists(path));
    ::unlink(path.c_str());
    co_return;
}

GYRE_TEST("a path that another server took over is not removed", "[unix]") {
    const scratch_directory in;
    const std::string path = in / "socket";
    net::listener old = net::listen_unix(path);
    REQUIRE(::unlink(path.c_str()) == 0);
    net::listener fresh = net::listen_unix(path);
    co_await old.close();
    CHECK(exists(path));
    net::stream c = co_await net::connect_unix(path);
    CHECK(c);
}

GYRE_TEST("connecting to a path without a server says which path and why", "[unix]") {
    const scratch_directory in;
    const auto missing = co_await error_of<net::connect_error>(net::connect_unix(in / "none"));
    CHECK(missing.code() == std::errc::no_such_file_or_directory);
    CHECK_THAT(missing.what(), Catch::Contains(in / "none"));
    CHECK_THROWS_AS(net::connect_unix(std::string(200, 'x')), std::invalid_argument);
}

GYRE_TEST("a Unix connect waits while the server's queue is full, and can be cancelled", "[unix]") {
    const std::string name = "@gyre-full-" + std::to_string(::getpid()) + "-" + test::backend();
    net::listen_options one;
    one.backlog = 0;
    net::listener l = net::listen_unix(name, one);
    std::vector<future<net::stream>> waiting;
    for (int i = 0; i < 5; ++i) waiting.push_back(spawn(net::connect_unix(name)));
    co_await until([&] { return waiting.front().done(); });
    CHECK_FALSE(waiting.back().done());
    waiting.back().cancel();
    bool cancelled = false;
    try {
        co_await waiting.back();
    } catch (const cancelled_error&) {
        cancelled = true;
    }
    CHECK(cancelled);
    for (int i = 0; i < 4; ++i) {
        net::stream accepted = co_await l.accept();
        CHECK(accepted);
    }
    for (std::size_t i = 0; i < 4; ++i) {
        const net::stream& c = co_await waiting[i];
        CHECK(c);
    }
}
