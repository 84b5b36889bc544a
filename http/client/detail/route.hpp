#pragma once
#include <gyre/http/url/url.hpp>

#include <cstdint>
#include <string>
#include <string_view>

namespace gyre::http::detail {

// Where connections lead, and all that makes one usable for a request: what two requests must have in common to share a connection.
// Scheme, host and port today; a proxy, a TLS configuration or a Unix socket's path change the key as well.
class route {
public:
    explicit route(const url& target);

    // Unique: the beginning of its URLs, "http://example.org:8080".
    const std::string& key() const noexcept { return key_; }
    // The key of the route to `target`, a URL without credentials, without making one.
    static std::string_view key_of(const url& target) noexcept;

    const std::string& host() const noexcept { return host_; }
    std::uint16_t port() const noexcept { return port_; }
    // "example.org:8080".
    const std::string& name() const noexcept { return name_; }

private:
    std::string key_;
    std::string host_;
    std::string name_;
    std::uint16_t port_;
};

}  // namespace gyre::http::detail
