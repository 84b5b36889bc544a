// Folders of files over HTTP: what is found, what is never found, validators and ranges.
#include <gyre/fs/error.hpp>
#include <gyre/http/server/detail/folder.hpp>
#include <gyre/http/server/http_date.hpp>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <chrono>
#include <filesystem>
#include <fstream>
#include <stdexcept>
#include <string>
#include <vector>

#include "http/server_support.hpp"
#include "support/scratch_directory.hpp"

using namespace gyre;
using namespace gyre::test;
using Catch::Contains;
using http::server_request;
using http::server_response;
using http::detail::beneath;
namespace files = std::filesystem;

namespace {

// A folder "site" with files in it, and a secret beside it.
class site {
public:
    site() {
        files::create_directories(root() / "sub" / "deep");
        files::create_directories(root() / "empty");
        files::create_directories(root() / ".well-known");
        write("index.html", "<p>root</p>");
        write("a.txt", "0123456789");
        write("sub/index.html", "<p>sub</p>");
        write("sub/b c.txt", "with a space");
        write("sub/deep/d.json", "{}");
        write(".hidden", "hidden");
        write(".well-known/x.txt", "known");
        write("no-type", "bytes");
        write("large.bin", std::string(1'000'000, 'L'));
        std::ofstream(files::path(base_ / "secret.txt")) << "secret";
        files::create_symlink("../secret.txt", root() / "out.txt");
        files::create_symlink(files::path(base_ / "secret.txt"), root() / "absolute.txt");
        files::create_symlink("..", root() / "up");
        files::create_symlink("a.txt", root() / "in.txt");
        files::create_symlink("sub", root() / "in");
        // Old enough that nobody doubts its time.
        const timespec times[2] = {{1'000'000'000, 0}, {1'000'000'000, 123'456'789}};
        ::utimensat(AT_FDCWD, (root() / "a.txt").c_str(), times, 0);
    }
    files::path root() const { return base_ / "site"; }
    void write(const std::string& name, const std::string& text) const {
        files::create_directories((root() / name).parent_path());
        std::ofstream(root() / name) << text;
    }

private:
    scratch_directory base_;
};

}  // namespace

GYRE_TEST("files are found with their types, and directories by their index") {
    const site s;
    http::server server;
    server.serve_folder("/", s.root().string());
    auto body = [&]() -> task<> {
        raw_client client = co_await connect_to(server);
        struct expected {
            std::string path;
            std::string text;
            std::string type;
        };
        const std::vector<expected> all = {
            {"/", "<p>root</p>", "text/html; charset=utf-8"},
            {"/index.html", "<p>root</p>", "text/html; charset=utf-8"},
            {"/a.txt?query", "0123456789", "text/plain; charset=utf-8"},
            {"//a.txt", "0123456789", "text/plain; charset=utf-8"},
            {"/sub/", "<p>sub</p>", "text/html; charset=utf-8"},
            {"/sub/b%20c.txt", "with a space", "text/plain; charset=utf-8"},
            {"/sub/deep/d.json", "{}", "application/json"},
            {"/sub/./deep/../b%20c.txt", "with a space", "text/plain; charset=utf-8"},
            {"/sub%2Fdeep%2Fd.json", "{}", "application/json"},
            {"/in.txt", "0123456789", "text/plain; charset=utf-8"},
            {"/in/deep/d.json", "{}", "application/json"},
            {"/no-type", "bytes", "application/octet-stream"},
            {"/.well-known/x.txt", "known", "text/plain; charset=utf-8"},
            {"/large.bin", std::string(1'000'000, 'L'), "application/octet-stream"},
        };
        for (const expected& e : all) {
            INFO(e.path);
            const raw_response got = co_await client.ask(get(e.path));
            CHECK(got.status == 200);
            CHECK(got.body == e.text);
            CHECK(got.get("content-type") == e.type);
            CHECK(got.has("etag"));
            CHECK(got.has("last-modified"));
            const raw_response head = co_await client.ask("HEAD " + e.path + " HTTP/1.1\r\nHost: h\r\n\r\n", "HEAD");
            CHECK(head.get("content-length") == std::to_string(e.text.size()));
        }
        CHECK(server.stats().accepted == 1);
    };
    co_await serving(server, body);
}

GYRE_TEST("nothing outside the folder can be reached") {
    const site s;
    http::server server;
    server.serve_folder("/", s.root().string());
    server.serve_folder("/sub-only", (s.root() / "sub").string());
    auto body = [&]() -> task<> {
        const std::vector<std::pair<std::string, int>> attempts = {
            {"/../secret.txt", 400},
            {"/sub/../../secret.txt", 400},
            {"/%2e%2e/secret.txt", 400},
            {"/..%2fsecret.txt", 400},
            {"/%2e%2e%2fsecret.txt", 400},
            {"/sub/%2e%2e/%2e%2e/secret.txt", 400},
            {"/....//secret.txt", 404},
            {"/..;/secret.txt", 404},
            {"/..%5csecret.txt", 404},
            {"/%252e%252e/secret.txt", 404},
            {"/a.txt%00.html", 400},
            {"/" + (s.root().parent_path() / "secret.txt").string(), 404},
            {"/out.txt", 403},
            {"/absolute.txt", 403},
            {"/up/secret.txt", 403},
            {"/in/../../secret.txt", 400},
            {"/sub-only/../a.txt", 400},
            {"/sub-only/%2e%2e/a.txt", 400},
            {"/.hidden", 404},
            {"/sub/../.hidden", 404},
            {"/proc/self/environ", 404},
            {"/sub-only/deep/../../a.txt", 400},
        };
        for (const auto& [path, status] : attempts) {
            INFO(path);
            raw_client client = co_await connect_to(server);
            const raw_response got = co_await client.ask(get(path));
            CHECK(got.status == status);
            CHECK(got.body.find("secret") == std::string::npos);
            CHECK(got.body.find("0123") == std::string::npos);
        }
    };
    co_await serving(server, body);
}

GYRE_TEST("what is not there, may not be read, or is no file is told apart") {
    const site s;
    http::server server;
    server.serve_folder("/static", s.root().string());
    REQUIRE(::mkfifo((s.root() / "fifo").c_str(), 0600) == 0);
    auto body = [&]() -> task<> {
        raw_client client = co_await connect_to(server);
        const std::vector<std::pair<std::string, int>> all = {{"/static/nope", 404},     {"/static/a.txt/", 404},
                                                              {"/static/a.txt/x", 404},  {"/static/empty/", 403},
                                                              {"/static/fifo", 404},     {"/static/" + std::string(300, 'x'), 404},
                                                              {"/static/sub/nope/", 404}};
        for (const auto& [path, status] : all) {
            INFO(path);
            const raw_response got = co_await client.ask(get(path));
            CHECK(got.status == status);
        }
        const raw_response posted = co_await client.ask("POST /static/a.txt HTTP/1.1\r\nHost: h\r\n\r\n");
        CHECK(posted.status == 405);
        CHECK(posted.get("allow") == "GET, HEAD");
        const raw_response slash = co_await client.ask(get("/static?q"));
        CHECK(slash.status == 301);
        CHECK(slash.get("location") == "/static/?q");
        const raw_response directory = co_await client.ask(get("/static/sub?q"));
        CHECK(directory.status == 301);
        CHECK(directory.get("location") == "/static/sub/?q");
    };
    co_await serving(server, body);
    CHECK_THROWS_WITH(server.serve_folder("/x", (s.root() / "nope").string()), Contains("nope") && Contains("No such file"));
    CHECK_THROWS_AS(server.serve_folder("/x", (s.root() / "a.txt").string()), fs::error);
}

GYRE_TEST("a redirect to a directory stays on this host") {
    const site s;
    files::create_directories(s.root() / "evil.com");
    http::server server;
    server.serve_folder("/", s.root().string());
    auto body = [&]() -> task<> {
        raw_client client = co_await connect_to(server);
        for (const char* path : {"//evil.com", "///evil.com", "/./evil.com"}) {
            const raw_response got = co_await client.ask(get(path));
            INFO(path << " -> " << got.get("location"));
            CHECK(got.status == 301);
            CHECK(got.get("location").substr(0, 2) != "//");
            CHECK(got.get("location").front() == '/');
        }
    };
    co_await serving(server, body);
}

GYRE_TEST("options of a folder") {
    const site s;
    http::folder_options options;
    options.index = {"none.html", "a.txt"};
    options.cache_control = "max-age=60";
    options.charset.clear();
    options.hidden_files = true;
    options.links_may_leave = true;
    http::server server;
    server.serve_folder("/", s.root().string(), options);
    auto body = [&]() -> task<> {
        raw_client client = co_await connect_to(server);
        const raw_response index = co_await client.ask(get("/"));
        CHECK(index.body == "0123456789");
        CHECK(index.get("content-type") == "text/plain");
        CHECK(index.get("cache-control") == "max-age=60");
        const raw_response hidden = co_await client.ask(get("/.hidden"));
        CHECK(hidden.body == "hidden");
        const raw_response link = co_await client.ask(get("/out.txt"));
        CHECK(link.body == "secret");
        const raw_response dots = co_await client.ask(get("/../secret.txt"));
        CHECK(dots.status == 400);
    };
    co_await serving(server, body);
    http::folder_options bad;
    bad.cache_control = "a\r\nb: c";
    CHECK_THROWS_AS(server.serve_folder("/x", s.root().string(), bad), http::header_error);
}

GYRE_TEST("an unchanged file is not sent again") {
    const site s;
    http::server server;
    server.serve_folder("/", s.root().string());
    auto body = [&]() -> task<> {
        raw_client client = co_await connect_to(server);
        const raw_response first = co_await client.ask(get("/a.txt"));
        const std::string tag = first.get("etag");
        CHECK(tag.front() == '"');
        CHECK(first.get("last-modified") == "Sun, 09 Sep 2001 01:46:40 GMT");
        const std::vector<std::pair<std::string, int>> all = {
            {"If-None-Match: " + tag, 304},
            {"If-None-Match: W/" + tag, 304},
            {"If-None-Match: \"other\", " + tag, 304},
            {"If-None-Match: \"other\"\r\nIf-None-Match: " + tag, 304},
            {"If-None-Match: *", 304},
            {"If-None-Match: \"other\"", 200},
            {"If-None-Match: " + tag.substr(1, tag.size() - 2), 200},
            {"If-Modified-Since: Sun, 09 Sep 2001 01:46:40 GMT", 304},
            {"If-Modified-Since: Sunday, 09-Sep-01 01:46:40 GMT", 304},
            {"If-Modified-Since: Sun Sep  9 01:46:40 2001", 304},
            {"If-Modified-Since: Sun, 09 Sep 2001 01:46:39 GMT", 200},
            {"If-Modified-Since: yesterday", 200},
            {"If-None-Match: \"other\"\r\nIf-Modified-Since: Sun, 09 Sep 2001 01:46:40 GMT", 200},
        };
        for (const auto& [lines, status] : all) {
            INFO(lines);
            const raw_response got = co_await client.ask(get("/a.txt", lines + "\r\n"));
            CHECK(got.status == status);
            CHECK(got.get("etag") == tag);
            CHECK(got.body == (status == 200 ? "0123456789" : ""));
            if (status == 304) {
                CHECK_FALSE(got.has("content-length"));
                CHECK_FALSE(got.has("content-type"));
            }
        }
        // One that may change again within what its time tells has a weak tag.
        s.write("new.txt", "new");
        const raw_response fresh = co_await client.ask(get("/new.txt"));
        CHECK(fresh.get("etag").substr(0, 3) == "W/\"");
    };
    co_await serving(server, body);
}

GYRE_TEST("single ranges are answered with their part") {
    const site s;
    http::server server;
    server.serve_folder("/", s.root().string());
    server.get("/named", [&](server_request&) { return server_response::file((s.root() / "a.txt").string()); });
    auto body = [&]() -> task<> {
        raw_client client = co_await connect_to(server);
        const raw_response first = co_await client.ask(get("/a.txt"));
        CHECK(first.get("accept-ranges") == "bytes");
        const std::string tag = first.get("etag");
        struct expected {
            std::string lines;
            int status;
            std::string text;
            std::string range;
        };
        const std::vector<expected> all = {
            {"Range: bytes=0-0", 206, "0", "bytes 0-0/10"},
            {"Range: bytes=2-5", 206, "2345", "bytes 2-5/10"},
            {"Range: bytes=-5", 206, "56789", "bytes 5-9/10"},
            {"Range: bytes=-50", 206, "0123456789", "bytes 0-9/10"},
            {"Range: bytes=5-", 206, "56789", "bytes 5-9/10"},
            {"Range: bytes=5-99999999999999999999999", 206, "56789", "bytes 5-9/10"},
            {"Range: bytes=9999-", 416, "416 Range Not Satisfiable\n", "bytes */10"},
            {"Range: bytes=-0", 416, "416 Range Not Satisfiable\n", "bytes */10"},
            {"Range: bytes=0-1,3-4", 200, "0123456789", ""},
            {"Range: bytes=5-2", 200, "0123456789", ""},
            {"Range: bytes=a-b", 200, "0123456789", ""},
            {"Range: lines=1-2", 200, "0123456789", ""},
            {"Range: bytes=1-2\r\nIf-Range: " + tag, 206, "12", "bytes 1-2/10"},
            {"Range: bytes=1-2\r\nIf-Range: W/" + tag, 200, "0123456789", ""},
            {"Range: bytes=1-2\r\nIf-Range: \"other\"", 200, "0123456789", ""},
            {"Range: bytes=1-2\r\nIf-Range: Sun, 09 Sep 2001 01:46:40 GMT", 206, "12", "bytes 1-2/10"},
            {"Range: bytes=1-2\r\nIf-Range: Sun, 09 Sep 2001 01:46:41 GMT", 200, "0123456789", ""},
            {"Range: bytes=1-2\r\nIf-None-Match: " + tag, 304, "", ""},
        };
        for (const char* path : {"/a.txt", "/named"}) {
            for (const expected& e : all) {
                INFO(path << " " << e.lines);
                const raw_response got = co_await client.ask(get(path, e.lines + "\r\n"));
                CHECK(got.status == e.status);
                CHECK(got.body == e.text);
                CHECK(got.get("content-range") == e.range);
            }
        }
        const raw_response head = co_await client.ask("HEAD /a.txt HTTP/1.1\r\nHost: h\r\nRange: bytes=1-2\r\n\r\n", "HEAD");
        CHECK(head.status == 200);
        CHECK(head.get("content-length") == "10");
        const raw_response large = co_await client.ask(get("/large.bin", "Range: bytes=300000-899999\r\n"));
        CHECK(large.body.size() == 600'000);
    };
    co_await serving(server, body);
}

GYRE_TEST("a handler answers with a file by its path") {
    const site s;
    http::server server;
    server.get("/page", [&](server_request&) { return server_response::file((s.root() / "index.html").string()).header("X-Own", "1"); });
    server.get("/error", [&](server_request&) { return server_response::file((s.root() / "a.txt").string()).set_status(503); });
    server.get("/missing", [&](server_request&) { return server_response::file((s.root() / "nope").string()); });
    server.get("/directory", [&](server_request&) { return server_response::file(s.root().string()); });
    auto body = [&]() -> task<> {
        raw_client client = co_await connect_to(server);
        const raw_response page = co_await client.ask(get("/page"));
        CHECK(page.body == "<p>root</p>");
        CHECK(page.get("x-own") == "1");
        CHECK(page.get("content-type") == "text/html; charset=utf-8");
        const raw_response error = co_await client.ask(get("/error", "Range: bytes=1-2\r\nIf-None-Match: *\r\n"));
        CHECK(error.status == 503);
        CHECK(error.body == "0123456789");
        const raw_response missing = co_await client.ask(get("/missing"));
        CHECK(missing.status == 404);
        const raw_response directory = co_await client.ask(get("/directory"));
        CHECK(directory.status == 404);
    };
    co_await serving(server, body);
}

GYRE_TEST("a file that becomes shorter while it is sent resets the connection") {
    const site s;
    http::server server;
    std::vector<std::string> errors;
    server.on_error([&](const server_request&, std::exception_ptr error) {
        try {
            std::rethrow_exception(error);
        } catch (const std::exception& e) {
            errors.emplace_back(e.what());
        }
    });
    s.write("shrinks.bin", std::string(60'000'000, 'x'));
    server.serve_folder("/", s.root().string());
    auto body = [&]() -> task<> {
        raw_client client = co_await connect_to(server);
        co_await client.send(get("/shrinks.bin"));
        char some[1000];
        co_await client.stream().read_exactly(some);
        files::resize_file(s.root() / "shrinks.bin", 10);
        const bool was_reset = co_await client.is_reset();
        CHECK(was_reset);
        REQUIRE(errors.size() == 1);
        CHECK_THAT(errors[0], Contains("became shorter"));
    };
    co_await serving(server, body);
}

TEST_CASE("every way to open beneath a folder keeps to it") {
    const site s;
    const beneath root(s.root().string());
    for (const beneath::how way : {beneath::how::cached, beneath::how::waiting, beneath::how::checked}) {
        const auto open = [&](const std::string& path, bool links_may_leave = false) {
            int fd = root.open(path, way, links_may_leave);
            if (fd == -EAGAIN) fd = root.open(path, beneath::how::waiting, links_may_leave);
            if (fd < 0) return fd;
            ::close(fd);
            return 0;
        };
        INFO(static_cast<int>(way));
        CHECK(open("") == 0);
        CHECK(open("a.txt") == 0);
        CHECK(open("in.txt") == 0);
        CHECK(open("in/deep/d.json") == 0);
        CHECK(open("nope") == -ENOENT);
        CHECK(open("a.txt/x") == -ENOTDIR);
        CHECK(open("out.txt") == -EXDEV);
        CHECK(open("up/secret.txt") == -EXDEV);
        CHECK(open("../secret.txt") == -EXDEV);
        CHECK(open("absolute.txt") == -EXDEV);
        CHECK(open("out.txt", true) == 0);
    }
}

TEST_CASE("paths are resolved before they are opened") {
    using http::detail::make_relative;
    const auto text = [](std::string_view path) {
        const auto made = make_relative(path);
        if (!made) return std::string("refused");
        return made->text + (made->wants_directory ? " dir" : "") + (made->hidden ? " hidden" : "");
    };
    CHECK(text("") == " dir");
    CHECK(text("a/b") == "a/b");
    CHECK(text("a//b/") == "a/b dir");
    CHECK(text("/a") == "a");
    CHECK(text("a/./b/..") == "a dir");
    CHECK(text("a/../b") == "b");
    CHECK(text("..") == "refused");
    CHECK(text("a/../../b") == "refused");
    CHECK(text(std::string_view("a\0b", 3)) == "refused");
    CHECK(text(".git/config") == ".git/config hidden");
    CHECK(text("...") == "... hidden");
}
