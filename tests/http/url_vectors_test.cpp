// ctest: backend=none
// The test vectors of web-platform-tests; tests/data/url/README.md says where they come from.
#include <gyre/http/url/idna.hpp>
#include <gyre/http/url/percent_encoding.hpp>
#include <gyre/http/url/url.hpp>

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

#include <filesystem>
#include <fstream>
#include <map>
#include <optional>
#include <string>

namespace {

using gyre::http::url;
using gyre::http::url_error;
using nlohmann::json;

json load(const char* name) {
#if defined(GYRE_SOURCE_DIR)
    const auto folder = std::filesystem::path(GYRE_SOURCE_DIR) / "tests" / "data";
#else
    const std::filesystem::path folder = std::filesystem::path(__FILE__).parent_path().parent_path() / "data";
#endif
    std::ifstream in(folder / "url" / name);
    INFO("tests/data/url/" << name << " must lie beside the tests");
    REQUIRE(in.good());
    return json::parse(in);
}

bool has_idna() {
    std::string ignored;
    return gyre::http::detail::domain_to_ascii(ignored,
                                               "b\xC3\xBC"
                                               "cher.example") == gyre::http::detail::idna_result::ok;
}

std::string text(const json& value) { return value.get<std::string>(); }

std::string with_mark(char mark, std::string_view part) { return part.empty() ? std::string() : mark + std::string(part); }

std::string port_text(const url& u) { return u.port() ? std::to_string(*u.port()) : std::string(); }

void check_components(const url& u, const json& expected) {
    CHECK(u.href() == text(expected["href"]));
    CHECK(std::string(u.scheme()) + ":" == text(expected["protocol"]));
    CHECK(u.username() == text(expected["username"]));
    CHECK(u.password() == text(expected["password"]));
    CHECK(u.host_and_port() == text(expected["host"]));
    CHECK(u.host() == text(expected["hostname"]));
    CHECK(port_text(u) == text(expected["port"]));
    CHECK(u.path() == text(expected["pathname"]));
    CHECK(with_mark('?', u.query()) == text(expected["search"]));
    CHECK(with_mark('#', u.fragment()) == text(expected["hash"]));
    if (expected.contains("origin")) CHECK(u.origin() == text(expected["origin"]));
}

}  // namespace

TEST_CASE("every URL of the web platform tests parses as a browser parses it", "[http][url]") {
    const bool idna = has_idna();
    int run = 0;
    int exempt = 0;
    for (const json& item : load("urltestdata.json")) {
        if (!item.is_object()) continue;
        const std::string input = text(item["input"]);
        const bool with_base = !item["base"].is_null();
        const std::string base = with_base ? text(item["base"]) : std::string();
        INFO("input <" << input << "> base <" << base << ">");
        auto parsed = [&]() -> std::optional<url> {
            if (!with_base) return url::try_parse(input);
            const auto b = url::try_parse(base);
            return b ? url::try_parse(input, *b) : std::nullopt;
        }();
        if (item.contains("failure")) {
            CHECK_FALSE(parsed.has_value());
            ++run;
            continue;
        }
        if (!parsed && idna && input.find("%e2%98%83") != std::string::npos) {
            ++exempt;  // U+2603 SNOWMAN: IDNA 2008, hence libidn2, refuses symbols
            continue;
        }
        if (!parsed && !idna) {
            // Only a non-ASCII host may fail without libidn2, and then with a message that says so.
            std::string why;
            try {
                with_base ? (void)url::parse(input, url::parse(base)) : (void)url::parse(input);
            } catch (const url_error& e) {
                why = e.what();
            }
            CHECK_THAT(why, Catch::Contains("libidn2"));
            ++exempt;
            continue;
        }
        CHECK(parsed.has_value());
        if (!parsed) continue;
        check_components(*parsed, item);
        // A serialised URL is canonical: it parses to itself.
        const auto again = url::try_parse(parsed->href());
        REQUIRE(again.has_value());
        CHECK(again->href() == parsed->href());
        check_components(*again, item);
        ++run;
    }
    CHECK(run + exempt == 891);
    if (idna) CHECK(exempt <= 2);
}

TEST_CASE("domains become ASCII as the URL Standard asks", "[http][url]") {
    if (!has_idna()) {
        WARN("built without libidn2: internationalised domains are not tested");
        return;
    }
    // libidn2 2.3.3 follows IDNA 2008, which refuses symbols that UTS 46 takes, and has older mapping tables. A refusal is
    // safe: nobody is sent to another host. Only capital sharp s is mapped to another name ("ss", as before Unicode 15.1).
    const std::map<std::string, std::string> differs = {
        {"a\u2020--", "refused"},  // DAGGER is a symbol
        {"-\u2020", "refused"},    // the same
        {"x01234567890123456789012345678901234567890123456789012345678901\u2020", "refused"},
        {"www.lookout\u2027net", "refused"},  // HYPHENATION POINT
        {"look\u180Eout.net", "refused"},     // ignored since Unicode 15.1
        {"look\u206Bout.net", "refused"},     // the same
        {"\u2665.net", "refused"},            // BLACK HEART SUIT is a symbol
        {"\u04C0.com", "refused"},            // lower-case mapping since Unicode 15.1
        {"\U0002F868.com", "refused"},        // corrected mapping since Unicode 15.1
        {"\u2183.com", "refused"},            // lower-case mapping since Unicode 15.1
        {"\u1E9E.com", "ss.com"},
        {"\u1E9E.foo.com", "ss.foo.com"},
    };
    std::size_t met = 0;
    for (const json& item : load("toascii.json")) {
        if (!item.is_object()) continue;
        const std::string input = text(item["input"]);
        INFO("domain <" << input << ">");
        std::string in_url = "https://";
        in_url += input;
        in_url += "/x";
        const auto parsed = url::try_parse(in_url);
        const std::string got = parsed ? std::string(parsed->host()) : "refused";
        if (const auto known = differs.find(input); known != differs.end()) {
            CHECK((got == known->second || got == text(item["output"])));
            ++met;
            continue;
        }
        if (item["output"].is_null()) {
            CHECK_FALSE(parsed.has_value());
        } else {
            CHECK(got == text(item["output"]));
        }
    }
    CHECK(met == differs.size());
}

TEST_CASE("non-ASCII text is percent-encoded as UTF-8", "[http][url]") {
    for (const json& item : load("percent-encoding.json")) {
        if (!item.is_object()) continue;
        const std::string input = text(item["input"]);
        const std::string expected = text(item["output"]["utf-8"]);
        INFO("input <" << input << ">");
        const auto parsed = url::try_parse("https://doc.example/?" + input + "#" + input);
        REQUIRE(parsed.has_value());
        CHECK(parsed->query() == expected);
        CHECK(parsed->fragment() == expected);
    }
}

TEST_CASE("query and fragment setters follow the URL Standard", "[http][url]") {
    const json data = load("setters_tests.json");
    for (const char* attribute : {"search", "hash"}) {
        for (const json& item : data[attribute]) {
            auto u = url::try_parse(text(item["href"]));
            REQUIRE(u.has_value());
            std::string value = text(item["new_value"]);
            INFO(attribute << " of <" << u->href() << "> := <" << value << ">");
            const bool query = attribute == std::string("search");
            if (value.empty()) {
                query ? u->clear_query() : u->clear_fragment();
            } else {
                if (value[0] == (query ? '?' : '#')) value.erase(0, 1);
                query ? u->set_query(value) : u->set_fragment(value);
            }
            const json& expected = item["expected"];
            CHECK(u->href() == text(expected["href"]));
            if (expected.contains("search")) CHECK(with_mark('?', u->query()) == text(expected["search"]));
            if (expected.contains("hash")) CHECK(with_mark('#', u->fragment()) == text(expected["hash"]));
        }
    }
}
