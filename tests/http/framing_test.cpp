// ctest: backend=none
#include <gyre/http/message/body_decoder.hpp>
#include <gyre/http/message/chunk_writer.hpp>

#include <catch2/catch.hpp>

#include <algorithm>
#include <string>
#include <string_view>
#include <utility>

namespace {

using namespace gyre::http;
using namespace std::string_view_literals;
using Catch::Contains;

struct outcome {
    std::string body;
    std::string rest;     // bytes after the body
    std::string verdict;  // "done", "more" or the name of the error
    std::string trailers;
    bool operator==(const outcome&) const = default;
};

std::ostream& operator<<(std::ostream& out, const outcome& o) {
    return out << "{body <" << o.body << "> rest <" << o.rest << "> " << o.verdict << " trailers <" << o.trailers << ">}";
}

// Decodes `bytes` as it comes in reads of `step` bytes, with a buffer that keeps what was not consumed.
outcome decode(body_framing framing, std::string_view bytes, std::size_t step, const body_limits& limits = {}, bool eof = false) {
    outcome out;
    body_decoder decoder(framing, limits);
    std::size_t have = 0;
    std::size_t used = 0;
    try {
        while (!decoder.done()) {
            const auto result = decoder.decode(bytes.substr(used, have - used));
            out.body += result.body;
            used += result.consumed;
            CHECK(result.done == decoder.done());
            if (result.done || !result.body.empty()) continue;
            CHECK(used == have);
            if (have == bytes.size()) {
                if (eof) decoder.finish();
                break;
            }
            have = std::min(have + step, bytes.size());
        }
        out.verdict = decoder.done() ? "done" : "more";
        CHECK(decoder.received() == out.body.size());
    } catch (const message_error& e) {
        out.verdict = to_string(e.kind());
        CHECK_THROWS_AS(decoder.decode("0\r\n\r\n"), message_error);
        return out;
    }
    out.rest = bytes.substr(used);
    for (const auto [name, value] : decoder.trailers()) out.trailers += std::string(name) + "=" + std::string(value) + ";";
    return out;
}

// The same whole and in pieces; the result must not differ. `rest` is what a whole read leaves behind.
outcome decode(body_framing framing, std::string_view bytes, const body_limits& limits = {}, bool eof = false) {
    const outcome whole = decode(framing, bytes, bytes.size() + 1, limits, eof);
    for (const std::size_t step : {1u, 2u, 3u, 5u}) {
        INFO("pieces of " << step << " bytes of <" << bytes << ">");
        CHECK(decode(framing, bytes, step, limits, eof) == whole);
    }
    return whole;
}

constexpr body_framing chunked{body_kind::chunked, 0};

outcome chunks(std::string_view bytes) { return decode(chunked, bytes); }

}  // namespace

TEST_CASE("a counted body is a view of the input and ends on the byte", "[http][framing]") {
    body_decoder decoder({body_kind::content_length, 5});
    const std::string input = "helloGET / HTTP/1.1";
    const auto first = decoder.decode(std::string_view(input).substr(0, 2));
    CHECK(first.body == "he");
    CHECK(first.body.data() == input.data());
    CHECK_FALSE(first.done);
    const auto second = decoder.decode(std::string_view(input).substr(2));
    CHECK(second.body == "llo");
    CHECK(second.body.data() == input.data() + 2);
    CHECK(second.consumed == 3);
    CHECK(second.done);
    CHECK(decoder.decode("more").consumed == 0);
    CHECK(body_decoder({body_kind::content_length, 0}).done());
    CHECK(body_decoder({body_kind::none, 0}).done());
    CHECK(body_decoder().done());
    CHECK(decode({body_kind::content_length, 3}, "abcdef") == outcome{"abc", "def", "done", ""});
}

TEST_CASE("a body until the end of the connection is complete there", "[http][framing]") {
    CHECK(decode({body_kind::until_eof, 0}, "abc", {}, true) == outcome{"abc", "", "done", ""});
    CHECK(decode({body_kind::until_eof, 0}, "abc", {}, false) == outcome{"abc", "", "more", ""});
    CHECK(decode({body_kind::until_eof, 0}, "", {}, true) == outcome{"", "", "done", ""});
}

TEST_CASE("a truncated body is an error that says what is missing", "[http][framing]") {
    CHECK(decode({body_kind::content_length, 5}, "abc", {}, true).verdict == "truncated_body");
    for (const std::string_view bytes :
         {"", "3", "3\r\n", "3\r\nab", "3\r\nabc", "3\r\nabc\r\n", "3\r\nabc\r\n0\r\n", "0\r\n", "0\r\nA: b\r\n", "0\r\n\r"}) {
        INFO("bytes <" << bytes << ">");
        CHECK(decode(chunked, bytes, {}, true).verdict == "truncated_body");
    }
    body_decoder decoder({body_kind::content_length, 10});
    (void)decoder.decode("abcd");
    CHECK_THROWS_WITH(decoder.finish(), Contains("4 bytes") && Contains("6 are missing"));
}

TEST_CASE("chunks are joined and what follows them is left alone", "[http][framing]") {
    CHECK(chunks("3\r\nabc\r\n0\r\n\r\n") == outcome{"abc", "", "done", ""});
    CHECK(chunks("3\r\nabc\r\nA\r\n0123456789\r\n0\r\n\r\nGET /") == outcome{"abc0123456789", "GET /", "done", ""});
    CHECK(chunks("0\r\n\r\nX") == outcome{"", "X", "done", ""});
    CHECK(chunks("000\r\n\r\n") == outcome{"", "", "done", ""});
    CHECK(chunks("0003\r\na\r\n\r\n0\r\n\r\n") == outcome{"a\r\n", "", "done", ""});
    CHECK(chunks("1;ext=1\r\na\r\n0;last\r\n\r\n") == outcome{"a", "", "done", ""});
    CHECK(chunks("aB\r\n" + std::string(0xAB, 'x') + "\r\n0\r\n\r\n").body.size() == 0xAB);
    CHECK(chunks("3\r\nab").verdict == "more");
}

TEST_CASE("chunk data is not copied", "[http][framing]") {
    body_decoder decoder(chunked);
    const std::string input = "5\r\nhello\r\n6\r\n world\r\n0\r\n\r\n";
    const auto first = decoder.decode(input);
    CHECK(first.body == "hello");
    CHECK(first.body.data() == input.data() + 3);
    const auto second = decoder.decode(std::string_view(input).substr(first.consumed));
    CHECK(second.body == " world");
    CHECK(second.body.data() == input.data() + 13);
    const auto third = decoder.decode(std::string_view(input).substr(first.consumed + second.consumed));
    CHECK(third.done);
    CHECK(first.consumed + second.consumed + third.consumed == input.size());
}

TEST_CASE("malformed chunks are refused", "[http][framing][smuggling]") {
    for (const std::string_view bytes : {"3\rXabc\r\n0\r\n\r\n"sv,
                                         "3\r\nabcXX0\r\n\r\n"sv,
                                         "3\r\nabc0\r\n\r\n"sv,
                                         "5\r\r;ABCD\r\n0\r\n\r\n"sv,
                                         "0_2e\r\nab\r\n0\r\n\r\n"sv,
                                         "1Z\r\na\r\n0\r\n\r\n"sv,
                                         "ffffffffffffffff1\r\na\r\n0\r\n\r\n"sv,
                                         "10000000000000000\r\na\r\n"sv,
                                         "0x3\r\nabc\r\n0\r\n\r\n"sv,
                                         "-3\r\nabc\r\n0\r\n\r\n"sv,
                                         "+3\r\nabc\r\n0\r\n\r\n"sv,
                                         " 3\r\nabc\r\n0\r\n\r\n"sv,
                                         "3 \r\nabc\r\n0\r\n\r\n"sv,
                                         "3\t\r\nabc\r\n0\r\n\r\n"sv,
                                         "\r\n3\r\nabc\r\n0\r\n\r\n"sv,
                                         ";a\r\nabc\r\n0\r\n\r\n"sv,
                                         "3\nabc\r\n0\r\n\r\n"sv,
                                         "3\r\nabc\n0\r\n\r\n"sv,
                                         "3\r\nabc\r0\r\n\r\n"sv,
                                         "3\r\nabcd\r\n0\r\n\r\n"sv,
                                         "3\r\nab\r\n0\r\n\r\n"sv,
                                         "3;a\rb\r\nabc\r\n0\r\n\r\n"sv,
                                         "3;a\nabc\r\n0\r\n\r\n"sv,
                                         "3;a\0b\r\nabc\r\n0\r\n\r\n"sv,
                                         "g\r\n"sv,
                                         "0\rX\r\n"sv,
                                         "3\r\n\r\nabc\r\n"sv,
                                         "3,3\r\nabc\r\n0\r\n\r\n"sv,
                                         "03 3\r\nabc\r\n0\r\n\r\n"sv}) {
        INFO("bytes <" << bytes << ">");
        const outcome result = chunks(bytes);
        CHECK(result.verdict == "bad_chunk");
    }
    CHECK(chunks("0\r\n\nX").verdict == "bare_line_feed");
    CHECK(chunks("0\n\n").verdict == "bad_chunk");
}

TEST_CASE("chunk extensions are read over when they are well-formed, and refused when they are not", "[http][framing]") {
    const std::vector<std::string> good{";a",
                                        ";a;b",
                                        ";a=b",
                                        ";a=b;c",
                                        ";a=b;c=d",
                                        ";a=\"\"",
                                        ";a=\"b\"",
                                        ";a=\"b;c\"",
                                        ";a=\"b\\\"c\"",
                                        ";a=\"\\b\"",
                                        ";a=\"b\\\\\"",
                                        ";a=\"b\";c=d",
                                        " ;a",
                                        "\t; a",
                                        ";a = b",
                                        ";a\t=\"b\"",
                                        ";a=\"b\" ; c = d",
                                        ";a=\" \t\x80\xff\"",
                                        ";!#$%&'*+-.^_`|~=0"};
    const std::vector<std::string> bad{
        " ",      "\t",     ";",         ";a;",        ";;a",         ";=b",         ";a=",       ";a b",    ";a ",  ";a=b ",
        ";a=b c", ";a=\"b", ";a=\"b\"c", ";a=\"b\\\"", ";a=\"\x01\"", ";a=\"\x7f\"", ";a=b\"c\"", ";a=\x80", ";a,b", ";a=\"b\" "};
    for (const std::string& line : good) {
        INFO("extensions <" << line << ">");
        const std::string bytes = "3" + line + "\r\nabc\r\n1\r\nd\r\n0" + line + "\r\n\r\nX";
        CHECK(chunks(bytes) == outcome{"abcd", "X", "done", ""});
    }
    for (const std::string& line : bad) {
        INFO("extensions <" << line << ">");
        CHECK(chunks("3" + line + "\r\nabc\r\n0\r\n\r\n").verdict == "bad_chunk");
        CHECK(chunks("0" + line + "\r\n\r\n").verdict == "bad_chunk");
    }
}

TEST_CASE("trailers are read strictly and only those that may be there are kept", "[http][framing]") {
    CHECK(chunks("1\r\na\r\n0\r\nX-Sum: 1\r\nEmpty:\r\n\r\nrest") == outcome{"a", "rest", "done", "X-Sum=1;Empty=;"});
    CHECK(chunks("0\r\nContent-Length: 99\r\nHost: x\r\nX: 1\r\nTransfer-Encoding: chunked\r\nAuthorization: y\r\nset-cookie: z\r\n\r\n") ==
          outcome{"", "", "done", "X=1;"});
    CHECK(chunks("0\r\nA: b\n\r\n").verdict == "bare_line_feed");
    CHECK(chunks("0\r\nA: b\r\n\n").verdict == "bare_line_feed");
    CHECK(chunks("0\r\nA: b\r\n c\r\n\r\n").verdict == "folded_line");
    CHECK(chunks("0\r\n: b\r\n\r\n").verdict == "empty_field_name");
    CHECK(chunks("0\r\nA : b\r\n\r\n").verdict == "space_before_colon");
    CHECK(chunks("0\r\nGET / HTTP/1.1\r\n\r\n").verdict == "bad_field_name");
    CHECK(chunks("0\r\nA: b\rc\r\n\r\n").verdict == "bare_carriage_return");
    CHECK(chunks("0\r\nA: \x01\r\n\r\n").verdict == "control_byte");
}

TEST_CASE("trailers and chunk extensions are bounded, also in pieces", "[http][framing]") {
    std::string large = "0\r\n";
    for (int i = 0; i < 64; ++i) large += "X" + std::to_string(i) + ": " + std::string(1000, 'a') + "\r\n";
    CHECK(chunks(large + "\r\n").verdict == "trailers_too_large");
    CHECK(chunks("0\r\nX: " + std::string(65536, 'a')).verdict == "trailers_too_large");
    std::string many = "0\r\n";
    for (int i = 0; i < 101; ++i) many += "a:b\r\n";
    CHECK(chunks(many + "\r\n").verdict == "trailers_too_large");
    body_limits narrow;
    narrow.max_trailer_bytes = 10;
    CHECK(decode(chunked, "0\r\nA: 4567\r\n\r\n", narrow).verdict == "trailers_too_large");
    CHECK(decode(chunked, "0\r\nA: 456\r\n\r\n", narrow).verdict == "done");

    CHECK(chunks("1;" + std::string(20'000, 'e') + "\r\na\r\n0\r\n\r\n").verdict == "chunk_line_too_long");
    CHECK(chunks(std::string(20'000, '0') + "1\r\na\r\n0\r\n\r\n").verdict == "chunk_line_too_long");
    CHECK(chunks("1;" + std::string(10'000, 'e') + "\r\na\r\n0\r\n\r\n").verdict == "done");
    std::string spread;
    for (int i = 0; i < 1000; ++i) spread += "1;" + std::string(60, 'e') + "\r\na\r\n";
    CHECK(chunks(spread + "0\r\n\r\n").verdict == "chunk_line_too_long");
    CHECK(chunks("1;" + std::string(100'000, 'e')).verdict == "chunk_line_too_long");
}

TEST_CASE("a million chunks of one byte are decoded in linear time", "[http][framing]") {
    std::string bytes;
    constexpr std::size_t count = 1'000'000;
    for (std::size_t i = 0; i < count; ++i) bytes += "1\r\nx\r\n";
    bytes += "0\r\n\r\n";
    body_decoder decoder(chunked);
    std::string_view rest = bytes;
    std::size_t steps = 0;
    while (!decoder.done()) {
        const auto result = decoder.decode(rest);
        rest.remove_prefix(result.consumed);
        ++steps;
    }
    CHECK(decoder.received() == count);
    CHECK(steps <= count + 1);  // each step is bounded by what it consumes
    CHECK(rest.empty());
}

TEST_CASE("a decoder may be moved in the middle of a chunk line", "[http][framing]") {
    std::string body;
    const std::string bytes = "4\r\nwiki\r\n5;x=y\r\npedia\r\n0\r\nA: b\r\n\r\n";
    body_decoder decoder(chunked);
    for (const char c : bytes) {
        body_decoder next = std::move(decoder);
        const auto result = next.decode(std::string_view(&c, 1));
        CHECK(result.consumed == 1);
        body += result.body;
        decoder = std::move(next);
    }
    CHECK(decoder.done());
    CHECK(body == "wikipedia");
    CHECK(decoder.trailers().get("a") == "b"sv);
}

TEST_CASE("what the chunk writer writes, the decoder reads", "[http][framing]") {
    std::string wire;
    std::string body;
    for (const std::size_t size : {1u, 15u, 16u, 255u, 4096u, 70'000u}) {
        const std::string data(size, static_cast<char>('a' + size % 26));
        append_chunk(wire, data);
        body += data;
    }
    append_chunk(wire, "");
    append_last_chunk(wire, headers{{"X-Sum", "1"}});
    body_decoder decoder(chunked);
    std::string got;
    std::string_view rest = wire;
    while (!decoder.done()) {
        const auto result = decoder.decode(rest);
        got += result.body;
        rest.remove_prefix(result.consumed);
    }
    CHECK(got == body);
    CHECK(decoder.trailers().get("X-Sum") == "1"sv);
    CHECK(chunk_line(0xABCDEF0123456789u).line() == "abcdef0123456789\r\n");
    CHECK(chunk_line(1).line() == "1\r\n");
    CHECK(chunk_line(0).line().empty());
    std::string out = "kept";
    CHECK_THROWS_AS(append_last_chunk(out, headers{{"Content-Length", "1"}}), header_error);
    CHECK(out == "kept");
}
