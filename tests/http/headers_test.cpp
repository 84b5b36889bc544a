// ctest: backend=none
#include <gyre/http/headers/field_syntax.hpp>
#include <gyre/http/headers/headers.hpp>
#include <gyre/http/headers/token_list.hpp>

#include <catch2/catch.hpp>

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

namespace {

using Catch::Contains;
using gyre::http::header_error;
using gyre::http::headers;
using gyre::http::token_list;

std::vector<std::string> listed(const headers& h) {
    std::vector<std::string> out;
    for (const auto [name, value] : h) out.push_back(std::string(name) + "=" + std::string(value));
    return out;
}

std::vector<std::string> values(const headers& h, std::string_view name) {
    std::vector<std::string> out;
    for (const std::string_view value : h.get_all(name)) out.emplace_back(value);
    return out;
}

std::vector<std::string> elements(std::string_view text) {
    std::vector<std::string> out;
    for (const std::string_view element : token_list(text)) out.emplace_back(element);
    return out;
}

using strings = std::vector<std::string>;

}  // namespace

TEST_CASE("headers keep order and spelling and find names in any case", "[http][headers]") {
    headers h;
    CHECK(h.empty());
    h.add("Content-Type", "text/html");
    h.add("Set-Cookie", "a=1");
    h.add("set-cookie", "b=2");
    h.add("X-Empty", "");
    CHECK(listed(h) == strings{"Content-Type=text/html", "Set-Cookie=a=1", "set-cookie=b=2", "X-Empty="});
    CHECK(h.size() == 4);
    CHECK(h.get("CONTENT-TYPE") == std::string_view("text/html"));
    CHECK(h.get("Set-Cookie") == std::string_view("a=1"));
    CHECK(values(h, "SET-COOKIE") == strings{"a=1", "b=2"});
    CHECK(h.get("x-empty") == std::string_view(""));
    CHECK_FALSE(h.get("X-Missing").has_value());
    CHECK(h.get_or("X-Missing", "none") == "none");
    CHECK(h.contains("set-cookie"));
    CHECK_FALSE(h.contains("set-cooki"));
    CHECK(h.get_all("X-Missing").empty());
    CHECK(h.combined("Set-Cookie") == "a=1, b=2");
}

TEST_CASE("an empty headers object answers every question", "[http][headers]") {
    headers h;
    CHECK_FALSE(h.contains("a"));
    CHECK(h.begin() == h.end());
    CHECK(h.remove("a") == 0);
    CHECK(h.combined("a").empty());
    const headers copy = h;
    CHECK(copy.empty());
    h.clear();
    CHECK(h.size() == 0);
}

TEST_CASE("set replaces all headers of a name in the place of the first", "[http][headers]") {
    headers h{{"A", "1"}, {"B", "2"}, {"a", "3"}, {"C", "4"}, {"A", "5"}};
    h.set("a", "9");
    CHECK(listed(h) == strings{"a=9", "B=2", "C=4"});
    h.set("D", "5");
    CHECK(listed(h) == strings{"a=9", "B=2", "C=4", "D=5"});
    h.set("D", "6");
    CHECK(listed(h) == strings{"a=9", "B=2", "C=4", "D=6"});
}

TEST_CASE("remove takes all headers of a name and says how many", "[http][headers]") {
    headers h{{"A", "1"}, {"B", "2"}, {"a", "3"}};
    CHECK(h.remove("A") == 2);
    CHECK(listed(h) == strings{"B=2"});
    CHECK(h.remove("A") == 0);
}

TEST_CASE("copies and moves of headers are independent", "[http][headers]") {
    headers a{{"A", "1"}, {"B", "2"}};
    headers b = a;
    b.set("A", "x");
    CHECK(listed(a) == strings{"A=1", "B=2"});
    CHECK(listed(b) == strings{"A=x", "B=2"});
    headers c = std::move(a);
    CHECK(listed(c) == strings{"A=1", "B=2"});
    a = b;
    CHECK(listed(a) == strings{"A=x", "B=2"});
    b = headers();
    CHECK(b.empty());
    c = b;
    CHECK(c.empty());
    c.add("Z", "1");
    CHECK(listed(c) == strings{"Z=1"});
}

TEST_CASE("headers may be given views into themselves", "[http][headers]") {
    headers h{{"A", std::string(40, 'v')}};
    for (int i = 0; i < 200; ++i) h.add(h[0].name, h[0].value);
    CHECK(h.size() == 201);
    CHECK(std::all_of(h.begin(), h.end(), [](const gyre::http::header& f) { return f.name == "A" && f.value == std::string(40, 'v'); }));
    h.set("A", *h.get("A"));
    CHECK(listed(h) == strings{"A=" + std::string(40, 'v')});
}

TEST_CASE("setting a header a million times does not grow without bound", "[http][headers]") {
    headers h{{"First", "1"}};
    for (int i = 0; i < 1'000'000; ++i) h.set("Counter", i % 2 == 0 ? "even" : "odd");
    CHECK(listed(h) == strings{"First=1", "Counter=odd"});
    headers copy = h;
    CHECK(copy.size() == 2);
}

TEST_CASE("whitespace around a value is removed, inside it stays", "[http][headers]") {
    headers h;
    h.add("A", " \t one  two\t");
    CHECK(h.get("A") == std::string_view("one  two"));
}

TEST_CASE("names that are no tokens are refused", "[http][headers]") {
    headers h;
    for (const std::string_view name :
         {std::string_view(""), std::string_view("a b"), std::string_view("a:"), std::string_view("a\r"), std::string_view("\xC3\xA9"),
          std::string_view("a\0", 2), std::string_view("(a)"), std::string_view("a,b"), std::string_view("a\nX-Injected")}) {
        INFO("name <" << name << ">");
        CHECK_THROWS_AS(h.add(name, "v"), header_error);
        CHECK_THROWS_AS(h.set(name, "v"), header_error);
    }
    CHECK(h.empty());
    h.add("!#$%&'*+-.^_`|~09azAZ", "fine");
    CHECK(h.size() == 1);
    CHECK_THROWS_AS(h.add(std::string(70'000, 'a'), "v"), header_error);
}

TEST_CASE("every control byte in a value is refused, every other byte is taken", "[http][headers]") {
    for (int c = 0; c < 256; ++c) {
        for (const std::size_t at : {0u, 1u, 7u, 8u, 20u}) {
            headers h;
            std::string value(21, 'v');
            value[at] = static_cast<char>(c);
            INFO("byte " << c << " at " << at);
            const bool control = (c < 0x20 && c != '\t') || c == 0x7F;
            CHECK(gyre::http::is_field_value(value) == !control);
            if (control) {
                CHECK_THROWS_AS(h.add("Name", value), header_error);
                CHECK(h.empty());
            } else {
                CHECK_NOTHROW(h.add("Name", value));
            }
        }
    }
}

TEST_CASE("a refused value is not in the message, its position is", "[http][headers]") {
    headers h;
    try {
        h.add("Authorization", "Bearer hunter2\r\nSet-Cookie: x");
        FAIL("accepted");
    } catch (const header_error& e) {
        CHECK_THAT(e.what(), Contains("Authorization") && Contains("0x0D (carriage return)") && Contains("offset 14"));
        CHECK_THAT(e.what(), !Contains("hunter2") && !Contains("Set-Cookie"));
    }
    CHECK_THROWS_WITH(h.add("a b", "v"), Contains("a b") && Contains("0x20 (space)"));
    CHECK(h.empty());
}

TEST_CASE("comma-separated lists are split as RFC 9110 says", "[http][headers]") {
    CHECK(elements("close") == strings{"close"});
    CHECK(elements(" keep-alive , Upgrade\t") == strings{"keep-alive", "Upgrade"});
    CHECK(elements(",, a,,b ,") == strings{"a", "b"});
    CHECK(elements("").empty());
    CHECK(elements(" , ,").empty());
    CHECK(elements("a=\"x,y\", b") == strings{"a=\"x,y\"", "b"});
    CHECK(elements("a=\"x\\\",y\", b") == strings{"a=\"x\\\",y\"", "b"});
    CHECK(elements("a=\"open, b") == strings{"a=\"open, b"});
    CHECK(elements("a=\"\\") == strings{"a=\"\\"});
    CHECK(token_list("Keep-Alive, Close").contains("close"));
    CHECK_FALSE(token_list("closed, enclose").contains("close"));
    CHECK(gyre::http::without_parameters("gzip ;q=0.5") == "gzip");
    headers h{{"Connection", "keep-alive"}, {"connection", "x, UPGRADE"}};
    CHECK(h.has_token("Connection", "upgrade"));
    CHECK_FALSE(h.has_token("Connection", "close"));
}

TEST_CASE("control bytes are found at every position and alignment", "[http][headers]") {
    for (std::size_t size = 0; size < 40; ++size) {
        std::string text(size, '\xFF');
        for (std::size_t i = 0; i < size; ++i) text[i] = static_cast<char>(i % 3 == 0 ? 0x80 : i % 3 == 1 ? 0x20 : 0x7E);
        CHECK(gyre::http::detail::find_control(text) == size);
        for (std::size_t at = 0; at < size; ++at) {
            for (const char c : {'\0', '\x1F', '\x7F', '\r'}) {
                std::string bad = text;
                bad[at] = c;
                CHECK(gyre::http::detail::find_control(bad) == at);
            }
        }
    }
}
