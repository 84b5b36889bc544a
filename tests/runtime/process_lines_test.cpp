// A child's output by the line, by the delimiter, by the byte: pipe_reader.
#include <gyre/runtime/testing/cancel_at_every_await.hpp>

#include <array>
#include <system_error>

#include "process_support.hpp"
#include "support/error_of.hpp"
#include "support/until.hpp"
#include "until_ended.hpp"

using namespace std::chrono_literals;
using gyre::command;
using gyre::pipe_reader;
using gyre::stdio;
using strings = std::vector<std::string>;

namespace {

gyre::command talking(const char* program) { return command(program).in(stdio::pipe).out(stdio::pipe); }
gyre::command writing(const std::string& text) { return command("printf").args("%s", text).out(stdio::pipe); }

gyre::task<> say(gyre::process& to, std::string text) { co_await to.write_in(text); }

gyre::task<> append_lines(pipe_reader from, strings& to) {
    while (true) {
        auto line = co_await from.read_line();
        if (!line) break;
        to.push_back(*line);
    }
}

// The child has written a first part, and `reading` has taken it and waits for more.
template <class T>
gyre::task<> until_in_the_middle(gyre::process& child, gyre::future<T>& reading, const std::string& part) {
    co_await gyre::yield();
    const std::uint64_t before = gyre::event_loop::current().stats().operations;
    co_await child.write_in(part);
    // The write, and the next read behind what came.
    co_await gyre::test::until([&] { return gyre::event_loop::current().stats().operations >= before + 2; });
    CHECK_FALSE(reading.done());
}

}  // namespace

PROCESS_TEST("a conversation line by line") {
    gyre::process cat = co_await talking("cat").start();
    auto out = cat.out();
    for (const char* name : {"Ann", "Bob", ""}) {
        co_await cat.write_in(std::string("hello, ") + name + "\n");
        const auto line = co_await out.read_line();
        CHECK(line == std::string("hello, ") + name);
    }
    cat.close_in();
    const auto end = co_await out.read_line();
    CHECK_FALSE(end);
    const auto status = co_await cat.wait();
    CHECK(status.success());
}

PROCESS_TEST("a child's lines come without their ends, the last one too, then nothing") {
    gyre::process child = co_await writing("one\ntwo\r\n\r\n\nth\rree\r\r\nlast").start();
    strings lines;
    co_await append_lines(child.out(), lines);
    CHECK(lines == strings{"one", "two", "", "", "th\rree\r", "last"});
    const auto again = co_await child.out().read_line();
    CHECK_FALSE(again);
}

PROCESS_TEST("lines that a child writes in pieces, cut anywhere") {
    gyre::process child = co_await talking("cat").start();
    strings lines;
    auto reading = gyre::spawn(append_lines(child.out(), lines));
    for (const char* piece : {"o", "ne\ntw", "o\r", "\n\r", "\nthr", "ee"}) co_await until_in_the_middle(child, reading, piece);
    CHECK(lines == strings{"one", "two", ""});
    child.close_in();
    co_await reading;
    CHECK(lines == strings{"one", "two", "", "three"});
}

PROCESS_TEST("a delimiter is found wherever a child cuts it") {
    gyre::process child = co_await talking("cat").start();
    auto until_end = [](pipe_reader from, std::string delimiter) -> gyre::task<std::string> {
        co_return co_await from.read_until(std::move(delimiter));
    };
    auto first = gyre::spawn(until_end(child.out(), "abab"));
    for (const char* piece : {"a", "ba", "a"}) co_await until_in_the_middle(child, first, piece);
    co_await child.write_in("bab-abac!rest");
    const auto found = co_await first;
    CHECK(found == "abaabab");
    const auto second = co_await child.out().read_until("abac");
    CHECK(second == "-abac");
    const auto third = co_await child.out().read_until("!");
    CHECK(third == "!");
    child.close_in();
    const auto caught = co_await gyre::test::error_of<gyre::end_of_stream_error>(child.out().read_until("!"));
    CHECK(caught.partial() == "rest");
    CHECK_THAT(caught.what(), Catch::Contains("the standard output of 'cat'") && Catch::Contains("before the delimiter"));
}

PROCESS_TEST("what stands behind a line is there for every other read of the pipe") {
    gyre::process cat = co_await talking("cat").start();
    co_await cat.write_in("line\nabcdefgh");
    auto out = cat.out();
    const auto line = co_await out.read_line();
    CHECK(line == "line");
    std::array<char, 2> two{};
    const auto some = co_await out.read_some(two);
    CHECK(std::string_view(two.data(), some) == "ab");
    const auto raw = co_await cat.read_out(two.data(), two.size());
    CHECK(std::string_view(two.data(), raw) == "cd");
    // Partly from what is there, partly from the pipe.
    co_await cat.write_in("ijkl-rest");
    const auto exactly = co_await out.read_exactly(8);
    CHECK(exactly == "efghijkl");
    std::string into(3, '?');
    co_await out.read_exactly(into);
    CHECK(into == "-re");
    cat.close_in();
    const auto rest = co_await out.read_all();
    CHECK(rest == "st");
    const auto nothing = co_await out.read_all();
    CHECK(nothing.empty());
}

PROCESS_TEST("what has come from a child is read without an operation") {
    gyre::process child = co_await writing("a\nb\nc\nxyz").start();
    co_await child.wait();
    auto out = child.out();
    co_await out.read_line();
    const std::uint64_t before = gyre::event_loop::current().stats().operations;
    co_await out.read_line();
    co_await out.read_line();
    char byte = 0;
    co_await child.read_out(&byte, 1);
    co_await out.read_exactly(2);
    CHECK(gyre::event_loop::current().stats().operations == before);
}

PROCESS_TEST("a limit on what a child writes is exact, and passing it consumes nothing") {
    gyre::process child = co_await writing("12345678\n12345678\r\n123456789\nrest\n").start();
    auto out = child.out();
    const auto exact = co_await out.read_line(8);
    CHECK(exact == "12345678");
    const auto exact_with_return = co_await out.read_line(8);
    CHECK(exact_with_return == "12345678");
    const auto caught = co_await gyre::test::error_of<std::system_error>(out.read_line(8));
    CHECK(caught.code() == std::errc::message_size);
    CHECK_THAT(caught.what(), Catch::Contains("the standard output of 'printf'") && Catch::Contains("more than 8 bytes in one line"));
    const auto whole = co_await out.read_line();
    CHECK(whole == "123456789");
    const auto too_far = co_await gyre::test::error_of<std::system_error>(out.read_until("\n", 4));
    CHECK(too_far.code() == std::errc::message_size);
    const auto too_much = co_await gyre::test::error_of<std::system_error>(out.read_all(4));
    CHECK(too_much.code() == std::errc::message_size);
    auto lines = out.lines(3);
    const auto too_long = co_await gyre::test::error_of<std::system_error>(lines.next());
    CHECK(too_long.code() == std::errc::message_size);
    const auto after_the_error = co_await lines.next();
    CHECK_FALSE(after_the_error);
    const auto with_room = co_await out.read_until("\n", 5);
    CHECK(with_room == "rest\n");
}

PROCESS_TEST("a child that never ends its line is read up to the limit and no further") {
    gyre::process child = co_await command::shell("yes | tr -d '\\n'").new_session().out(stdio::pipe).start();
    const auto caught = co_await gyre::test::error_of<std::system_error>(child.out().read_line());
    CHECK(caught.code() == std::errc::message_size);
    const auto too_much = co_await gyre::test::error_of<std::system_error>(child.out().read_all(100'000));
    CHECK(too_much.code() == std::errc::message_size);
    const auto there = co_await child.out().read_exactly(4);
    CHECK(there == "yyyy");
}

PROCESS_TEST("a pipe that ends before all bytes have come says what came") {
    gyre::process child = co_await writing("abcdefgh").start();
    const auto caught = co_await gyre::test::error_of<gyre::end_of_stream_error>(child.out().read_exactly(10));
    CHECK(caught.partial() == "abcdefgh");
    CHECK_THAT(caught.what(), Catch::Contains("after 8 of the 10 bytes"));
    gyre::process other = co_await writing("abc").start();
    std::string into(4, '?');
    const auto again = co_await gyre::test::error_of<gyre::end_of_stream_error>(other.out().read_exactly(into));
    CHECK(again.partial().empty());
    CHECK(into == "abc?");
    std::string none;
    co_await other.out().read_exactly(none);
    const auto nothing = co_await other.out().read_exactly(0);
    CHECK(nothing.empty());
}

PROCESS_TEST("an empty delimiter is refused before anything is read") {
    gyre::process child = co_await writing("text").start();
    co_await gyre::test::error_of<std::invalid_argument>(child.out().read_until(""));
    const auto text = co_await child.out().read_all();
    CHECK(text == "text");
}

PROCESS_TEST("a read that is cancelled in the middle loses nothing, whichever it is") {
    gyre::process cat = co_await talking("cat").start();
    auto out = cat.out();
    std::string into(100, '?');
    auto line = [](pipe_reader from) -> gyre::task<> { co_await from.read_line(); };
    auto delimited = [](pipe_reader from) -> gyre::task<> { co_await from.read_until("\n"); };
    auto exactly = [](pipe_reader from) -> gyre::task<> { co_await from.read_exactly(100); };
    auto exactly_into = [&](pipe_reader from) -> gyre::task<> { co_await from.read_exactly(into); };
    auto all = [](pipe_reader from) -> gyre::task<> { co_await from.read_all(); };
    auto next = [](pipe_reader from) -> gyre::task<> {
        auto lines = from.lines();
        co_await lines.next();
    };
    std::vector<std::function<gyre::task<>(pipe_reader)>> reads{line, delimited, exactly, exactly_into, all, next};
    for (auto& read : reads) {
        auto reading = gyre::spawn(read(out));
        co_await until_in_the_middle(cat, reading, "ha");
        co_await until_in_the_middle(cat, reading, "lf, ");
        reading.cancel();
        co_await gyre::test::until_ended(reading);
        CHECK(reading.cancelled());
        co_await cat.write_in("whole\n");
        const auto whole = co_await out.read_line();
        CHECK(whole == "half, whole");
    }
}

PROCESS_TEST("lines that are read by one task after the other, each cancelled at another turn, are all there once") {
    gyre::process cat = co_await talking("cat").start();
    for (int turns = 0; turns < 25; ++turns) {
        strings lines;
        co_await cat.write_in("one\ntwo\nthr");
        auto reading = gyre::spawn(append_lines(cat.out(), lines));
        for (int i = 0; i < turns; ++i) co_await gyre::yield();
        reading.cancel();
        co_await gyre::test::until_ended(reading);
        REQUIRE(reading.cancelled());
        co_await cat.write_in("ee\n");
        while (lines.size() < 3) {
            auto line = co_await cat.out().read_line();
            REQUIRE(line);
            lines.push_back(*line);
        }
        REQUIRE(lines == strings{"one", "two", "three"});
    }
}

PROCESS_TEST("a line that does not come in time is read when it has come") {
    gyre::process cat = co_await talking("cat").start();
    auto out = cat.out();
    co_await cat.write_in("too ");
    co_await gyre::test::error_of<gyre::timeout_error>(gyre::wait_for(out.read_line(), 20ms));
    auto lines = out.lines();
    co_await gyre::test::error_of<gyre::timeout_error>(gyre::wait_for(lines.next(), 20ms));
    co_await cat.write_in("late\n");
    const auto line = co_await gyre::wait_for(out.read_line(), 30s);
    CHECK(line == "too late");
}

PROCESS_TEST("beside a task that waits for a line every other read is refused, and harms nobody") {
    gyre::process cat = co_await talking("cat").start();
    auto out = cat.out();
    auto read = [](pipe_reader from) -> gyre::task<std::optional<std::string>> { co_return co_await from.read_line(); };
    auto first = gyre::spawn(read(out));
    co_await until_in_the_middle(cat, first, "li");
    const auto caught = co_await gyre::test::error_of<gyre::invalid_state_error>(out.read_line());
    CHECK_THAT(caught.what(), Catch::Contains("the standard output of 'cat'") && Catch::Contains("another task"));
    char c = 0;
    auto lines = out.lines();
    co_await gyre::test::error_of<gyre::invalid_state_error>(lines.next());
    co_await gyre::test::error_of<gyre::invalid_state_error>(out.read_some(&c, 1));
    co_await gyre::test::error_of<gyre::invalid_state_error>(cat.read_out(&c, 1));
    co_await gyre::test::error_of<gyre::invalid_state_error>(out.read_exactly(1));
    co_await gyre::test::error_of<gyre::invalid_state_error>(out.read_all());
    co_await gyre::test::error_of<gyre::invalid_state_error>(cat.communicate("not sent"));
    co_await cat.write_in("ne\n");
    const auto line = co_await first;
    CHECK(line == "line");
    auto said = co_await cat.communicate("and more");
    CHECK(said.out == "and more");
    CHECK(said.status.success());
}

PROCESS_TEST("while communicate() goes on, no other task reads") {
    gyre::process cat = co_await talking("cat").start();
    auto out = cat.out();
    std::string much(1'000'000, 'x');
    auto talk = gyre::spawn(cat.communicate(much));
    co_await gyre::yield();
    co_await gyre::test::error_of<gyre::invalid_state_error>(out.read_line());
    auto said = co_await talk;
    CHECK((said.out == much));
}

PROCESS_TEST("of two that take a child's lines in turns, each gets whole ones") {
    gyre::process child = co_await writing("1\n2\n3\n4\n5\n").start();
    auto odd = child.out().lines();
    auto even = child.out().lines();
    strings odds, evens;
    for (int i = 0; i < 2; ++i) {
        auto a = co_await odd.next();
        auto b = co_await even.next();
        REQUIRE((a && b));
        odds.push_back(*a);
        evens.push_back(*b);
    }
    const auto rest = co_await gyre::collect(std::move(odd));
    CHECK(odds == strings{"1", "3"});
    CHECK(evens == strings{"2", "4"});
    CHECK(rest == strings{"5"});
    const auto end = co_await even.next();
    CHECK_FALSE(end);
}

PROCESS_TEST("a loop over a child's lines sees all of them, and may be left and taken up again") {
    gyre::process seq = co_await command("seq").arg("100000").out(stdio::pipe).start();
    std::size_t expected = 1;
    bool in_order = true;
    auto check = [&](const std::string& line) { in_order = in_order && line == std::to_string(expected++); };
    co_await gyre::for_each(gyre::take(seq.out().lines(), 1000), check);
    CHECK(expected == 1001);
    co_await gyre::for_each(seq.out().lines(), check);
    CHECK(in_order);
    CHECK(expected == 100'001);
}

PROCESS_TEST("communicate() after a line gives what came behind it first") {
    gyre::process child = co_await command::shell("printf 'out\\nmore '; printf 'err\\nmore ' >&2; cat; printf 'end' >&2")
                              .in(stdio::pipe)
                              .out(stdio::pipe)
                              .err(stdio::pipe)
                              .start();
    const auto out = co_await child.out().read_line();
    const auto err = co_await child.err().read_line();
    CHECK(out == "out");
    CHECK(err == "err");
    auto said = co_await child.communicate("and the input");
    CHECK(said.out == "more and the input");
    CHECK(said.err == "more end");
    CHECK(said.status.success());
}

PROCESS_TEST("both streams of a child are read side by side, however full they are") {
    gyre::process child = co_await command::shell("head -c 3000000 /dev/zero; head -c 2000000 /dev/zero >&2; head -c 1000000 /dev/zero")
                              .out(stdio::pipe)
                              .err(stdio::pipe)
                              .start();
    auto both = co_await gyre::gather(child.out().read_all(), child.err().read_exactly(2'000'000));
    CHECK(std::get<0>(both).size() == 4'000'000);
    CHECK(std::get<1>(both).size() == 2'000'000);
}

PROCESS_TEST("a reader stays good when its process is moved, and ends when the process has gone") {
    std::optional<gyre::process> kept;
    std::optional<pipe_reader> out;
    {
        gyre::process cat = co_await talking("cat").start();
        out.emplace(cat.out());
        co_await cat.write_in("one\ntwo\n");
        const auto line = co_await out->read_line();
        CHECK(line == "one");
        kept.emplace(std::move(cat));
        CHECK_THROWS_AS(cat.out(), gyre::invalid_state_error);
    }
    const auto line = co_await out->read_line();
    CHECK(line == "two");
    auto read = [](pipe_reader from) -> gyre::task<> { co_await from.read_line(); };
    auto waiting = gyre::spawn(read(*out));
    co_await until_in_the_middle(*kept, waiting, "three");
    kept.reset();
    const auto closed = co_await gyre::test::error_of<std::system_error>(std::move(waiting));
    CHECK(closed.code() == std::errc::operation_canceled);
    CHECK_THAT(closed.what(), Catch::Contains("closed meanwhile"));
    co_await gyre::test::error_of<gyre::invalid_state_error>(out->read_line());
    CHECK_THROWS_AS(out->read_some(nullptr, 0), gyre::invalid_state_error);
}

PROCESS_TEST("what was read ahead goes when communicate() has closed the pipe, and a stream that is no pipe has no reader") {
    gyre::process child = co_await writing("one\ntwo\n").start();
    auto out = child.out();
    co_await out.read_line();
    auto said = co_await child.communicate();
    CHECK(said.out == "two\n");
    co_await gyre::test::error_of<gyre::invalid_state_error>(out.read_line());
    CHECK_THROWS_AS(child.out(), gyre::invalid_state_error);
    CHECK_THROWS_WITH(child.err(), Catch::Contains("command::err(gyre::stdio::pipe)"));
}

TEST_CASE("process: reads of lines and the like, cancelled at every await, leave nothing behind") {
    auto script = []() -> gyre::task<> {
        gyre::process cat = co_await command("cat").in(stdio::pipe).out(stdio::pipe).err(stdio::pipe).start();
        auto out = cat.out();
        co_await cat.write_in("one\ntwo\nthree; four");
        const auto one = co_await out.read_line();
        REQUIRE(one == "one");
        auto lines = out.lines();
        const auto two = co_await lines.next();
        REQUIRE(two == "two");
        const auto three = co_await gyre::wait_for(out.read_until("; "), 30s);
        REQUIRE(three == "three; ");
        const auto four = co_await out.read_exactly(4);
        REQUIRE(four == "four");
        co_await cat.write_in("five\nsix\nse");
        co_await gyre::gather(out.read_line(), say(cat, "ven\n"));
        auto rest = co_await cat.communicate("eight");
        REQUIRE(rest.out == "six\nseven\neight");
        gyre::process both = co_await command::shell("echo out; echo err >&2").out(stdio::pipe).err(stdio::pipe).start();
        auto said = co_await gyre::gather(both.out().read_all(), both.err().read_all());
        REQUIRE(std::get<0>(said) == "out\n");
        REQUIRE(std::get<1>(said) == "err\n");
    };
    const auto runs = gyre::test::cancel_everywhere_and_reap(script);
    CHECK(runs > 10);
}
