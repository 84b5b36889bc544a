// The server, asked by curl: what another implementation makes of it.
#include <filesystem>
#include <fstream>
#include <functional>
#include <string>
#include <vector>

#include "http/server_support.hpp"
#include "support/program.hpp"
#include "support/scratch_directory.hpp"

using namespace gyre;
using namespace gyre::test;
using Catch::Contains;
using http::server_request;
using http::server_response;

namespace {

// A server with something of everything, its URL, and files for curl to send and to write.
class curl_site {
public:
    explicit curl_site(http::server& server) : server_(server) {
        server.get("/hello", [](server_request&) { return server_response::text("hello"); });
        server.post("/echo", [](server_request& request) -> task<server_response> {
            std::string body = co_await request.text();
            co_return server_response::text(std::move(body));
        });
        put("site/digits.txt", "0123456789");
        put("site/large.bin", std::string(3'000'000, 'L'));
        put("upload", std::string(150'000, 'u'));
        put("too-large", std::string(300'000, 't'));
        server.serve_folder("/files", folder_ / "site");
    }
    std::string operator/(const std::string& name) const { return folder_ / name; }
    std::string url(const std::string& path) const { return "http://" + server_.addresses().front().to_string() + path; }
    // curl's output for these arguments; the test goes on only when it succeeded.
    template <class... Words>
    task<std::string> curl(const Words&... arguments) {
        std::vector<std::string> words{"curl", "--silent", "--show-error", "--noproxy", "*", "--max-time", "60"};
        (words.emplace_back(arguments), ...);
        return output_of(std::move(words));
    }
    // What it said on the way, with --verbose.
    const std::string& said() const noexcept { return said_; }

private:
    task<std::string> output_of(std::vector<std::string> words) {
        const program_result ended = co_await run_program(std::move(words));
        INFO(ended.err);
        REQUIRE(ended.status == 0);
        said_ = ended.err;
        co_return ended.out;
    }
    void put(const std::string& name, const std::string& text) {
        std::filesystem::create_directories(std::filesystem::path(folder_ / name).parent_path());
        std::ofstream(folder_ / name) << text;
    }
    http::server& server_;
    scratch_directory folder_;
    std::string said_;
};

// Runs the body against a server of its own.
task<> with_curl(std::function<task<>(curl_site&, http::server&)> body) {
    if (find_program("curl").empty()) {
        WARN("curl is not installed (on Debian, apt-get install curl): the server is NOT tested against it");
        co_return;
    }
    http::server_options options;
    options.max_body = 200'000;
    http::server server(options);
    curl_site site(server);
    auto run = [&]() -> task<> { co_await body(site, server); };
    co_await serving(server, run);
}

const std::string status_only = "%{http_code}";

}  // namespace

GYRE_TEST("curl gets, asks for the head only, and speaks HTTP/1.0", "[http][server][curl]") {
    auto body = [](curl_site& site, http::server&) -> task<> {
        const std::string got = co_await site.curl("--include", site.url("/hello"));
        CHECK_THAT(got, Catch::StartsWith("HTTP/1.1 200 OK\r\n") && Catch::EndsWith("\r\n\r\nhello"));
        const std::string head = co_await site.curl("--head", site.url("/hello"));
        CHECK_THAT(head, Contains("Content-Length: 5\r\n") && Catch::EndsWith("\r\n\r\n"));
        const std::string old = co_await site.curl("--http1.0", site.url("/hello"));
        CHECK(old == "hello");
        // It offers HTTP/2, which is declined.
        const std::string offered = co_await site.curl("--http2", site.url("/hello"));
        CHECK(offered == "hello");
    };
    co_await with_curl(body);
}

GYRE_TEST("curl posts, counted and chunked, and waits for 100 Continue", "[http][server][curl]") {
    auto body = [](curl_site& site, http::server&) -> task<> {
        const std::string upload(150'000, 'u');
        const std::string from = "@" + (site / "upload");
        const std::string form = co_await site.curl("--data", "a=b", site.url("/echo"));
        CHECK(form == "a=b");
        const std::string counted = co_await site.curl("--header", "Expect:", "--data-binary", from, site.url("/echo"));
        CHECK((counted == upload));
        const std::string chunked =
            co_await site.curl("--header", "Transfer-Encoding: chunked", "--header", "Expect:", "--data-binary", from, site.url("/echo"));
        CHECK((chunked == upload));
        const std::string expecting = co_await site.curl("--verbose", "--header", "Expect: 100-continue", "--expect100-timeout", "50",
                                                         "--data-binary", from, site.url("/echo"));
        CHECK((expecting == upload));
        CHECK_THAT(site.said(), Contains("HTTP/1.1 100 Continue"));
    };
    co_await with_curl(body);
}

GYRE_TEST("curl uses its connection again", "[http][server][curl]") {
    auto body = [](curl_site& site, http::server& server) -> task<> {
        const std::string out =
            co_await site.curl("--write-out", "%{num_connects} ", site.url("/hello"), site.url("/none"), site.url("/files/digits.txt"));
        CHECK_THAT(out, Catch::StartsWith("hello1 ") && Catch::EndsWith("01234567890 "));
        CHECK(server.stats().accepted == 1);
        CHECK(server.stats().requests == 3);
    };
    co_await with_curl(body);
}

GYRE_TEST("curl gets ranges, goes on where a download broke off, and keeps what has not changed", "[http][server][curl]") {
    auto body = [](curl_site& site, http::server&) -> task<> {
        const std::string url = site.url("/files/digits.txt");
        const std::string middle = co_await site.curl("--include", "--range", "3-5", url);
        CHECK_THAT(middle, Catch::StartsWith("HTTP/1.1 206 ") && Contains("Content-Range: bytes 3-5/10\r\n") && Catch::EndsWith("\r\n345"));
        const std::string end = co_await site.curl("--range", "-2", url);
        CHECK(end == "89");
        const std::string beyond = co_await site.curl("--output", site / "x", "--write-out", status_only, "--range", "20-", url);
        CHECK(beyond == "416");

        const std::string part = site / "part";
        std::ofstream(part) << std::string(1'000'000, 'L');
        const std::string resumed =
            co_await site.curl("--continue-at", "-", "--output", part, "--write-out", status_only, site.url("/files/large.bin"));
        CHECK(resumed == "206");
        CHECK(std::filesystem::file_size(part) == 3'000'000);

        const std::string tag = site / "tag";
        const std::string first = co_await site.curl("--etag-save", tag, url);
        CHECK(first == "0123456789");
        const std::string again = co_await site.curl("--etag-compare", tag, "--write-out", status_only, url);
        CHECK(again == "304");
    };
    co_await with_curl(body);
}

GYRE_TEST("curl is told what it did wrong", "[http][server][curl]") {
    auto body = [](curl_site& site, http::server& server) -> task<> {
        const std::string where = site / "answer";
        const auto status_of = [&](const auto&... arguments) {
            return site.curl("--output", where, "--write-out", status_only, arguments...);
        };
        const std::string missing = co_await status_of(site.url("/files/none"));
        CHECK(missing == "404");
        const std::string method = co_await status_of("--request", "DELETE", site.url("/hello"));
        CHECK(method == "405");
        const std::string from = "@" + (site / "too-large");
        const std::string large = co_await status_of("--data-binary", from, site.url("/echo"));
        CHECK(large == "413");
        const std::string chunked = co_await status_of("--header", "Transfer-Encoding: chunked", "--data-binary", from, site.url("/echo"));
        CHECK(chunked == "413");
        const std::string head = co_await status_of("--header", "X-Long: " + std::string(40'000, 'x'), site.url("/hello"));
        CHECK(head == "431");
        const std::string target = co_await status_of(site.url("/" + std::string(12'000, 'x')));
        CHECK(target == "414");
        // None of it harmed the server.
        const std::string good = co_await site.curl(site.url("/hello"));
        CHECK(good == "hello");
        co_await until([&] { return server.stats().connections == 0; });
    };
    co_await with_curl(body);
}
