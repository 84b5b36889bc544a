// The pipes of a child: read, written, closed, full.
#include <gyre/runtime/testing/cancel_at_every_await.hpp>

#include <signal.h>

#include <system_error>

#include "process_support.hpp"
#include "until_ended.hpp"

using namespace std::chrono_literals;
using gyre::command;
using gyre::stdio;

namespace {

std::string megabytes(std::size_t n) {
    std::string text;
    text.reserve(n * 1024 * 1024);
    for (std::size_t i = 0; text.size() + 16 < n * 1024 * 1024; ++i) text += std::to_string(i) + '\n';
    return text;
}

gyre::task<std::error_code> error_of_write(gyre::process& p, std::string data) {
    try {
        co_await p.write_in(data);
    } catch (const std::system_error& e) {
        CHECK(std::string(e.what()).find("standard input") != std::string::npos);
        co_return e.code();
    }
    co_return std::error_code();
}

}  // namespace

PROCESS_TEST("a conversation: written, read, closed, ended") {
    gyre::process cat = co_await command("cat").in(stdio::pipe).out(stdio::pipe).start();
    for (int i = 0; i < 3; ++i) {
        co_await cat.write_in("line\n");
        const auto line = co_await gyre::test::read_line(cat);
        CHECK(line == "line");
    }
    cat.close_in();
    cat.close_in();
    char c = 0;
    const auto at_end = co_await cat.read_out(&c, 1);
    CHECK(at_end == 0);
    const auto status = co_await cat.wait();
    CHECK(status.success());
}

PROCESS_TEST("ten megabytes go through cat both ways") {
    const std::string sent = megabytes(10);
    auto said = co_await command("cat").output(sent);
    CHECK(said.out.size() == sent.size());
    CHECK((said.out == sent));
    CHECK(said.status.success());
}

PROCESS_TEST("two full pipes and a full input do not hold each other up") {
    const std::string sent = megabytes(4);
    // Nothing is read before much is written, to both streams.
    auto said = co_await command::shell("head -c 3000000 /dev/zero; head -c 3000000 /dev/zero >&2; cat; cat /dev/null").output(sent);
    CHECK(said.out.size() == 3'000'000 + sent.size());
    CHECK(said.err.size() == 3'000'000);
    CHECK(said.status.success());
}

PROCESS_TEST("a write of more than the pipe holds waits until the child reads") {
    const std::string sent = megabytes(1);
    gyre::process child = co_await command::shell("read go; wc -c").in(stdio::pipe).out(stdio::pipe).start();
    co_await child.write_in("go\n");
    co_await child.write_in(sent);
    child.close_in();
    const auto counted = co_await gyre::test::read_line(child);
    CHECK(std::stoul(counted) == sent.size());
}

PROCESS_TEST("writing to a child that has closed its input is EPIPE, and no signal") {
    gyre::process child = co_await command::shell("exec <&-; echo closed; exec sleep 1000").in(stdio::pipe).out(stdio::pipe).start();
    const auto line = co_await gyre::test::read_line(child);
    CHECK(line == "closed");
    const auto error = co_await error_of_write(child, "x");
    CHECK(error == std::errc::broken_pipe);
}

PROCESS_TEST("communicate() does not mind a child that does not want all of its input") {
    const std::string sent = megabytes(4);
    auto head = co_await command("head").arg("-c").arg("5").output(sent);
    CHECK(head.out == "0\n1\n2");
    CHECK(head.status.success());
    auto none = co_await command("true").output(sent);
    CHECK(none.status.success());
}

PROCESS_TEST("a child that is killed while a write waits for it ends the write with EPIPE") {
    gyre::process child = co_await command("sleep").arg("1000").in(stdio::pipe).start();
    auto writing = gyre::spawn(error_of_write(child, megabytes(1)));
    for (int i = 0; i < 5; ++i) co_await gyre::yield();
    CHECK_FALSE(writing.done());
    child.kill();
    const auto error = co_await writing;
    CHECK(error == std::errc::broken_pipe);
    const auto status = co_await child.wait();
    CHECK(status.signal() == SIGKILL);
}

PROCESS_TEST("reading the error stream beside the output") {
    gyre::process child = co_await command::shell("echo out; echo err >&2").out(stdio::pipe).err(stdio::pipe).start();
    std::string buffer(64, '\0');
    const auto err = co_await child.read_err(buffer.data(), buffer.size());
    CHECK(buffer.substr(0, err) == "err\n");
    const auto out = co_await child.read_out(buffer.data(), buffer.size());
    CHECK(buffer.substr(0, out) == "out\n");
    // What was read so is not in communicate()'s result.
    auto rest = co_await child.communicate();
    CHECK(rest.out.empty());
    CHECK(rest.status.success());
}

PROCESS_TEST("what a child wrote before its end can be read after it") {
    gyre::process child = co_await command("echo").arg("last words").out(stdio::pipe).start();
    const auto status = co_await child.wait();
    CHECK(status.success());
    const auto line = co_await gyre::test::read_line(child);
    CHECK(line == "last words");
}

PROCESS_TEST("the end does not wait for a grandchild that keeps the pipes; communicate() does, until it is cancelled") {
    gyre::process child = co_await command::shell("sleep 1000 & echo $!").new_session().out(stdio::pipe).start();
    const auto line = co_await gyre::test::read_line(child);
    const int grandchild = std::stoi(line);
    const auto status = co_await child.wait();
    CHECK(status.success());
    bool timed_out = false;
    try {
        co_await gyre::wait_for(child.communicate(), 20ms);
    } catch (const gyre::timeout_error&) {
        timed_out = true;
    }
    CHECK(timed_out);
    CHECK(gyre::test::exists(grandchild));
    ::kill(grandchild, SIGKILL);
}

PROCESS_TEST("a cancelled read loses nothing, and the process goes on") {
    gyre::process cat = co_await command("cat").in(stdio::pipe).out(stdio::pipe).start();
    std::string buffer(16, '\0');
    auto read = [&]() -> gyre::task<std::size_t> { co_return co_await cat.read_out(buffer.data(), buffer.size()); };
    for (int i = 0; i < 20; ++i) {
        auto reading = gyre::spawn(read());
        for (int k = 0; k < i % 5; ++k) co_await gyre::yield();
        reading.cancel();
        co_await gyre::test::until_ended(reading);
        REQUIRE(reading.cancelled());
    }
    co_await cat.write_in("all there");
    const auto got = co_await gyre::test::read_out(cat, 9);
    CHECK(got == "all there");
}

PROCESS_TEST("a stream that is no pipe, or is closed, is an error that says what to do") {
    gyre::process child = co_await command("sleep").arg("1000").in(stdio::pipe).out(stdio::null).start();
    char c = 0;
    CHECK_THROWS_WITH(child.read_out(&c, 1), Catch::Contains("command::out(gyre::stdio::pipe)"));
    CHECK_THROWS_AS(child.read_err(&c, 1), gyre::invalid_state_error);
    child.close_in();
    CHECK_THROWS_WITH(child.write_in("x"), Catch::Contains("standard input"));
}

PROCESS_TEST("closing the input ends a write that waits") {
    gyre::process child = co_await command("sleep").arg("1000").in(stdio::pipe).start();
    auto writing = gyre::spawn(error_of_write(child, megabytes(1)));
    for (int i = 0; i < 5; ++i) co_await gyre::yield();
    child.close_in();
    const auto error = co_await writing;
    CHECK(error == std::errc::operation_canceled);
}

TEST_CASE("process: cancelled at every await, no child, no fd and no wait is left") {
    auto script = []() -> gyre::task<> {
        gyre::process cat = co_await command("cat").in(stdio::pipe).out(stdio::pipe).err(stdio::pipe).start();
        co_await cat.write_in("hello\n");
        const auto line = co_await gyre::test::read_line(cat);
        REQUIRE(line == "hello");
        auto rest = co_await cat.communicate("and more");
        REQUIRE(rest.out == "and more");
        auto said = co_await command::shell("cat; echo err >&2").output(std::string(200'000, 'x'));
        REQUIRE(said.out.size() == 200'000);
        auto body = [](gyre::process& p) -> gyre::task<> {
            std::string data(200'000, 'x');
            co_await gyre::wait_for(p.write_in(data), 1s);
        };
        try {
            co_await gyre::with(command("true").in(stdio::pipe).start(), body);
        } catch (const std::system_error&) {
        }
    };
    const auto runs = gyre::test::cancel_everywhere_and_reap(script);
    CHECK(runs > 5);
}
