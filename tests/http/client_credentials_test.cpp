#include <string>
#include <vector>

#include "http/client_support.hpp"

// User name and password in a URL: sent as Basic authentication, shown nowhere.

using namespace gyre;
using namespace gyre::test;

namespace {

// The Authorization header that a request for `userinfo`@ a server brings; empty for none.
task<std::string> sent_for(std::string userinfo, std::string own = {}) {
    std::string seen;
    const auto script = [&seen](scripted_peer& peer) -> task<> {
        const std::string request = co_await peer.request();
        const std::string name = "\r\nAuthorization: ";
        const std::size_t at = request.find(name);
        if (at != std::string::npos) seen = request.substr(at + name.size(), request.find("\r\n", at + 2) - at - name.size());
        co_await peer.send(ok_response("x"));
    };
    scripted_server server(script);
    http::client client;
    auto request = client.get("http://" + userinfo + "@127.0.0.1:" + std::to_string(server.port()) + "/p?q");
    if (!own.empty()) request.header("authorization", own);
    auto response = co_await std::move(request).send();
    CHECK(response.url().href() == server.url("/p?q"));
    co_await server.stop();
    co_return seen;
}

}  // namespace

GYRE_TEST("user name and password of a URL are sent as Basic authentication", "[http][client][credentials]") {
    struct expected {
        std::string userinfo;
        std::string header;
    };
    // RFC 7617 has the first two; "test:123\xc2\xa3" is in UTF-8.
    const std::vector<expected> all{
        {"Aladdin:open%20sesame", "Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ=="},
        {"test:123%C2%A3", "Basic dGVzdDoxMjPCow=="},
        {"user", "Basic dXNlcjo="},
        {":token", "Basic OnRva2Vu"},
        {"a:b:c", "Basic YTpiOmM="},
        {"a%0D%0AX:%00", "Basic YQ0KWDoA"},
    };
    for (const expected& e : all) {
        INFO(e.userinfo);
        const std::string header = co_await sent_for(e.userinfo);
        CHECK(header == e.header);
    }
}

GYRE_TEST("an Authorization header that was set wins over the URL", "[http][client][credentials]") {
    const std::string header = co_await sent_for("user:secret", "Bearer abc");
    CHECK(header.empty());
}

GYRE_TEST("a user name with a colon is refused before anything is sent", "[http][client][credentials]") {
    scripted_server server(answer_with(ok_response("x")));
    http::client client;
    const std::string url = "http://a%3Ab:secret@127.0.0.1:" + std::to_string(server.port()) + "/";
    const auto e = co_await error_of<http::error>(fetch(client, url));
    CHECK(e.phase() == http::phase::prepare);
    CHECK_THAT(e.what(), Catch::Contains("':'") && Catch::Contains("Basic") && !Catch::Contains("secret"));
    CHECK(server.accepted() == 0);
    co_await server.stop();
}

GYRE_TEST("credentials go with their own request only, over the host's connections", "[http][client][credentials]") {
    std::vector<bool> authorized;
    const auto script = [&authorized](scripted_peer& peer) -> task<> {
        for (;;) {
            const std::string request = co_await peer.request();
            if (request.empty()) co_return;
            authorized.push_back(request.find("Authorization") != std::string::npos);
            co_await peer.send(ok_response("x"));
        }
    };
    scripted_server server(script);
    http::client client;
    const std::string host = "127.0.0.1:" + std::to_string(server.port()) + "/";
    const std::vector<std::string> users{"", "a:b@", "", "c:d@"};
    for (const std::string& user : users) {
        const std::string body = co_await fetch(client, "http://" + user + host);
        CHECK(body == "x");
    }
    CHECK(authorized == std::vector<bool>{false, true, false, true});
    CHECK(server.accepted() == 1);
    co_await server.stop();
}

GYRE_TEST("a password in a URL is in no error", "[http][client][credentials]") {
    http::client client;
    const auto malformed = co_await error_of<http::url_error>(fetch(client, "http://user:secret@host:99999/"));
    CHECK_THAT(malformed.what(), !Catch::Contains("secret"));
    const auto impossible = co_await error_of<http::error>(fetch(client, "https://user:secret@127.0.0.1/"));
    CHECK_THAT(impossible.what(), !Catch::Contains("secret"));
    CHECK(impossible.url() == "https://127.0.0.1/");

    scripted_server server(answer_once_with("HTTP/1.1 404 No\r\nContent-Length: 0\r\n\r\n"));
    const std::string url = "http://user:secret@127.0.0.1:" + std::to_string(server.port()) + "/";
    auto response = co_await client.get(url);
    CHECK_THROWS_WITH(response.raise_for_status(), !Catch::Contains("secret"));
    co_await server.stop();
    const auto refused = co_await error_of<http::connect_error>(fetch(client, url));
    CHECK_THAT(refused.what(), !Catch::Contains("secret"));
    CHECK_THAT(refused.url(), !Catch::Contains("secret"));
}
