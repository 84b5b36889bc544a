// Parses arbitrary bytes as a URL, alone and against bases, and checks what must hold for every URL that is accepted.
#include <gyre/http/url/url.hpp>

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <optional>
#include <string_view>

namespace {

using gyre::http::url;

void require(bool condition) {
    if (!condition) std::abort();
}

void check(const url& u) {
    const std::string& href = u.href();
    for (const char c : href) require(static_cast<unsigned char>(c) >= 0x20 && static_cast<unsigned char>(c) < 0x7F);
    const auto again = url::try_parse(href);
    require(again.has_value());
    require(again->href() == href);
    require(again->host() == u.host() && again->path() == u.path() && again->query() == u.query() && again->fragment() == u.fragment());
    require(again->username() == u.username() && again->password() == u.password() && again->port() == u.port());
    require(again->has_query() == u.has_query() && again->has_fragment() == u.has_fragment());
    require(u.is_special() == again->is_special() && u.has_opaque_path() == again->has_opaque_path());
    if (u.scheme() == "http") {
        require(!u.host().empty() && u.target().starts_with('/'));
        require(u.effective_port().has_value());
    }
    (void)u.origin();
    (void)u.address();
    url changed = u;
    changed.clear_credentials();
    changed.append_query("a b", "\xFF&=");
    require(!changed.has_credentials() && changed.host() == u.host() && changed.path() == u.path() && changed.fragment() == u.fragment());
    require(url::try_parse(changed.href()).has_value());
    changed.set_fragment("x y");
    changed.clear_query();
    changed.clear_fragment();
    require(!changed.has_query() && !changed.has_fragment());
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string_view text(reinterpret_cast<const char*>(data), size);
    // The first line may be a base for the second.
    static const url bases[] = {url("http://user:pw@example.org:81/a/b/c?d#e"), url("file:///C:/x/y"), url("mailto:a@b"), url("sc:/.//p"),
                                url("sc://h/p/q")};
    if (const auto u = url::try_parse(text)) check(*u);
    for (const url& base : bases) {
        if (const auto u = url::try_parse(text, base)) check(*u);
    }
    const std::size_t cut = text.find('\n');
    if (cut != std::string_view::npos) {
        if (const auto base = url::try_parse(text.substr(0, cut))) {
            if (const auto u = url::try_parse(text.substr(cut + 1), *base)) check(*u);
        }
    }
    return 0;
}
