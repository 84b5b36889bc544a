// ctest: backend=none
#include <gyre/http/url/percent_encoding.hpp>
#include <gyre/http/url/url.hpp>

#include <catch2/catch.hpp>

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <utility>

namespace {

using gyre::http::url;
using gyre::http::url_error;

}  // namespace

TEST_CASE("components are views into one string", "[http][url]") {
    const url u("HTTP://User:p%40ss@Example.ORG:8080/a/./b/../c?x=1#top");
    CHECK(u.href() == "http://User:p%40ss@example.org:8080/a/c?x=1#top");
    CHECK(u.scheme() == "http");
    CHECK(u.username() == "User");
    CHECK(u.password() == "p%40ss");
    CHECK(u.has_credentials());
    CHECK(u.host() == "example.org");
    CHECK(u.address() == "example.org");
    CHECK(u.host_and_port() == "example.org:8080");
    CHECK(u.port() == std::uint16_t{8080});
    CHECK(u.effective_port() == std::uint16_t{8080});
    CHECK(u.path() == "/a/c");
    CHECK(u.query() == "x=1");
    CHECK(u.fragment() == "top");
    CHECK(u.target() == "/a/c?x=1");
    CHECK(u.origin() == "http://example.org:8080");
    for (const std::string_view part : {u.scheme(), u.username(), u.password(), u.host(), u.path(), u.query(), u.fragment(), u.target()}) {
        CHECK(part.data() >= u.href().data());
        CHECK(part.data() + part.size() <= u.href().data() + u.href().size());
    }
}

TEST_CASE("the effective port is the scheme's when none is written", "[http][url]") {
    CHECK(url("http://h/").effective_port() == std::uint16_t{80});
    CHECK(url("https://h:443/").effective_port() == std::uint16_t{443});
    CHECK_FALSE(url("https://h:443/").port().has_value());
    CHECK(url("wss://h/").effective_port() == std::uint16_t{443});
    CHECK(url("http://h:0/").effective_port() == std::uint16_t{0});
    CHECK_FALSE(url("file:///x").effective_port().has_value());
    CHECK_FALSE(url("gopher://h/").effective_port().has_value());
    CHECK(url("gopher://h:70/").effective_port() == std::uint16_t{70});
}

TEST_CASE("an IPv6 host has its brackets in the URL and none for the socket", "[http][url]") {
    const url u("http://[2001:DB8:0:0:1:0:0:1]:81/");
    CHECK(u.host() == "[2001:db8::1:0:0:1]");
    CHECK(u.address() == "2001:db8::1:0:0:1");
    CHECK(u.kind_of_host() == gyre::http::host_kind::ipv6);
    CHECK(url("http://2130706433/").host() == "127.0.0.1");
    CHECK(url("http://127.1/").kind_of_host() == gyre::http::host_kind::ipv4);
}

TEST_CASE("links resolve against the page they stand on", "[http][url]") {
    const url base("http://a/b/c/d;p?q");
    // RFC 3986 section 5.4, with the differences that the URL Standard makes.
    const std::pair<const char*, const char*> cases[] = {
        {"g", "http://a/b/c/g"},      {"./g", "http://a/b/c/g"},    {"g/", "http://a/b/c/g/"},    {"/g", "http://a/g"},
        {"//g", "http://g/"},         {"?y", "http://a/b/c/d;p?y"}, {"g?y", "http://a/b/c/g?y"},  {"#s", "http://a/b/c/d;p?q#s"},
        {"g#s", "http://a/b/c/g#s"},  {";x", "http://a/b/c/;x"},    {"", "http://a/b/c/d;p?q"},   {".", "http://a/b/c/"},
        {"..", "http://a/b/"},        {"../g", "http://a/b/g"},     {"../..", "http://a/"},       {"../../../g", "http://a/g"},
        {"/./g", "http://a/g"},       {"g.", "http://a/b/c/g."},    {"..g", "http://a/b/c/..g"},  {"./g/.", "http://a/b/c/g/"},
        {"g/../h", "http://a/b/c/h"}, {"http:g", "http://a/b/c/g"}, {"mailto:x@y", "mailto:x@y"}, {"g?y/../x", "http://a/b/c/g?y/../x"},
        {"\\x", "http://a/x"},        {" g ", "http://a/b/c/g"},    {"%2e%2E/g", "http://a/b/g"},
    };
    for (const auto& [link, expected] : cases) {
        INFO("link <" << link << ">");
        CHECK(base.resolve(link).href() == expected);
    }
}

TEST_CASE("query fields are appended form-urlencoded", "[http][url]") {
    url u("https://h/p#f");
    u.append_query("q", "a b&c=d");
    u.append_query("\xC3\xA9", "1+1");
    CHECK(u.href() == "https://h/p?q=a+b%26c%3Dd&%C3%A9=1%2B1#f");
    CHECK(u.target() == "/p?q=a+b%26c%3Dd&%C3%A9=1%2B1");
    CHECK(u.fragment() == "f");
    u.clear_query();
    CHECK(u.href() == "https://h/p#f");
    u.clear_fragment();
    CHECK(u.href() == "https://h/p");
}

TEST_CASE("credentials can be removed before a URL is shown", "[http][url]") {
    url u("https://me:secret@h:8443/p?q#f");
    u.clear_credentials();
    CHECK(u.href() == "https://h:8443/p?q#f");
    CHECK(u.host() == "h");
    CHECK(u.port() == std::uint16_t{8443});
    CHECK(u.path() == "/p");
    CHECK(u.query() == "q");
    CHECK(u.fragment() == "f");
    CHECK_FALSE(u.has_credentials());
}

TEST_CASE("a refused URL is explained", "[http][url]") {
    const auto message = [](std::string_view input) {
        try {
            (void)url::parse(input);
        } catch (const url_error& e) {
            CHECK(e.input() == input);
            return std::string(e.what());
        }
        return std::string("accepted");
    };
    using Catch::Contains;
    CHECK_THAT(message("example.org/x"), Contains("\"example.org/x\"") && Contains("no scheme") && Contains("https://"));
    CHECK_THAT(message("http://"), Contains("host is missing"));
    CHECK_THAT(message("http://:80/"), Contains("no host before it"));
    CHECK_THAT(message("http://a b/"), Contains("character"));
    CHECK_THAT(message("http://1.2.3.256/"), Contains("IPv4"));
    CHECK_THAT(message("http://[1::2::3]/"), Contains("IPv6"));
    CHECK_THAT(message("http://h:x/"), Contains("port is not a number"));
    CHECK_THAT(message("http://h:65536/"), Contains("65535"));
    CHECK_THAT(message("http://u@/"), Contains("after the '@'"));
    CHECK_THAT(message("http://h\x01/"), Contains("\\x01"));
    for (const char* text : {"http://me:hunter2@h:x/", "http://me:hun/hunter2@h/", "http://me:hun?hunter2@h/", "http://me:hun#@hunter2@h/",
                             "http:\\\\me:hunter2@h:x/", "http:me:hunter2@h:x/"})
        CHECK_THAT(message(text), Contains("me:***@") && !Contains("hun"));
    CHECK_THAT(message("http://h:x/~me"), Contains("h:x/~me"));
    CHECK_THAT(message("http://h:99999/@me"), Contains("h:99999/@me"));
    CHECK(message("http://" + std::string(5000, '<') + "/").size() < 700);
    CHECK_THROWS_WITH(url("mailto:a@b").resolve("x"), Contains("base"));
}

TEST_CASE("ill-formed UTF-8 in a URL becomes the replacement character", "[http][url]") {
    CHECK(url("http://h/\xFF").path() == "/%EF%BF%BD");
    CHECK(url("http://h/?\xE2\x82").query() == "%EF%BF%BD");
    CHECK(url("http://h/\xF0\x9F\x92\xA9").path() == "/%F0%9F%92%A9");
    CHECK(url("http://h/\xED\xA0\x80x").path() == "/%EF%BF%BD%EF%BF%BD%EF%BF%BDx");
    CHECK_FALSE(url::try_parse("http://\xFF/").has_value());
}

TEST_CASE("URLs compare and hash by their canonical form", "[http][url]") {
    CHECK(url("HTTP://H:80/a/../b") == url("http://h/b"));
    CHECK(std::hash<url>{}(url("HTTP://H:80/b")) == std::hash<url>{}(url("http://h/b")));
    CHECK(url("http://a/") < url("http://b/"));
}

TEST_CASE("percent decoding leaves what is no escape", "[http][url]") {
    CHECK(gyre::http::percent_decoded("a%20b%2") == "a b%2");
    CHECK(gyre::http::percent_decoded("%zz%41") == "%zzA");
    CHECK(gyre::http::percent_encoded("a/b c%", gyre::http::percent_set::component) == "a%2Fb%20c%25");
}
