#include <gyre/net/address.hpp>

#include <arpa/inet.h>
#include <net/if.h>
#include <netinet/in.h>

#include <algorithm>
#include <charconv>
#include <cstring>
#include <stdexcept>

namespace gyre::net {
namespace {

constexpr std::size_t path_offset = offsetof(sockaddr_un, sun_path);
constexpr std::array<std::uint8_t, 12> mapped_ipv4 = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};

template <class Sockaddr>
Sockaddr read_as(const sockaddr* from) noexcept {
    Sockaddr out{};
    std::memcpy(&out, from, sizeof out);
    return out;
}

template <class Number>
std::optional<Number> parse_number(std::string_view text) noexcept {
    Number value{};
    const auto [end, status] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (text.empty() || status != std::errc() || end != text.data() + text.size()) return std::nullopt;
    return value;
}

std::optional<std::uint32_t> parse_scope(const std::string& text) noexcept {
    if (const auto number = parse_number<std::uint32_t>(text)) return number;
    const unsigned index = ::if_nametoindex(text.c_str());
    if (index == 0) return std::nullopt;
    return index;
}

std::string scope_name(std::uint32_t scope) {
    char name[IF_NAMESIZE] = {};
    return ::if_indextoname(scope, name) != nullptr ? std::string(name) : std::to_string(scope);
}

bool only_zeros(const std::uint8_t* bytes, std::size_t size) noexcept {
    return std::all_of(bytes, bytes + size, [](std::uint8_t b) { return b == 0; });
}

}  // namespace

address::address(const sockaddr* from, std::size_t size) {
    std::size_t wanted = 0;
    switch (size >= sizeof(sa_family_t) ? from->sa_family : AF_UNSPEC) {
        case AF_INET:
            wanted = sizeof(sockaddr_in);
            break;
        case AF_INET6:
            wanted = sizeof(sockaddr_in6);
            break;
        case AF_UNIX:
            // An unbound one has no path at all.
            if (size <= path_offset) return;
            wanted = std::min(size, sizeof(sockaddr_un));
            break;
        default:
            throw std::invalid_argument("gyre: a socket address of a family that gyre::net does not know; use IPv4, IPv6 or Unix sockets");
    }
    if (size < wanted) throw std::invalid_argument("gyre: a socket address that is shorter than its family's");
    std::memcpy(&storage_, from, wanted);
    size_ = static_cast<socklen_t>(wanted);
}

address address::ipv4(std::array<std::uint8_t, 4> bytes, std::uint16_t port) noexcept {
    sockaddr_in in{};
    in.sin_family = AF_INET;
    in.sin_port = htons(port);
    std::memcpy(&in.sin_addr, bytes.data(), bytes.size());
    address made;
    std::memcpy(&made.storage_, &in, sizeof in);
    made.size_ = sizeof in;
    return made;
}

address address::ipv6(std::array<std::uint8_t, 16> bytes, std::uint16_t port, std::uint32_t scope) noexcept {
    sockaddr_in6 in{};
    in.sin6_family = AF_INET6;
    in.sin6_port = htons(port);
    in.sin6_scope_id = scope;
    std::memcpy(&in.sin6_addr, bytes.data(), bytes.size());
    address made;
    std::memcpy(&made.storage_, &in, sizeof in);
    made.size_ = sizeof in;
    return made;
}

address address::local(std::string_view path) {
    address made;
    sockaddr_un& un = made.storage_.local;
    if (path.empty())
        throw std::invalid_argument("gyre: the path of a Unix socket is empty; give a path, or \"@name\" for an abstract socket");
    const bool abstract = path.front() == '@' || path.front() == '\0';
    // A path keeps room for its null character; an abstract name has none.
    const std::size_t most = abstract ? sizeof un.sun_path : sizeof un.sun_path - 1;
    if (path.size() > most)
        throw std::invalid_argument("gyre: the path of a Unix socket is longer than " + std::to_string(most) + " bytes: \"" +
                                    std::string(path) + "\"; use a shorter folder, or a path relative to the working directory");
    if (!abstract && path.find('\0') != std::string_view::npos)
        throw std::invalid_argument("gyre: the path of a Unix socket holds a null character");
    un.sun_family = AF_UNIX;
    std::memcpy(un.sun_path, path.data(), path.size());
    if (abstract) un.sun_path[0] = '\0';
    made.size_ = static_cast<socklen_t>(path_offset + path.size() + (abstract ? 0 : 1));
    return made;
}

std::optional<address> address::parse(std::string_view host, std::uint16_t port) {
    if (host.size() >= 2 && host.front() == '[' && host.back() == ']') {
        host = host.substr(1, host.size() - 2);
        if (host.find(':') == std::string_view::npos) return std::nullopt;
    }
    // Longer than any literal with its zone.
    if (host.size() > INET6_ADDRSTRLEN + IF_NAMESIZE || host.find('\0') != std::string_view::npos) return std::nullopt;
    const std::string text(host);
    if (host.find(':') == std::string_view::npos) {
        std::array<std::uint8_t, 4> bytes{};
        if (::inet_pton(AF_INET, text.c_str(), bytes.data()) != 1) return std::nullopt;
        return ipv4(bytes, port);
    }
    const std::size_t percent = text.find('%');
    std::uint32_t scope = 0;
    if (percent != std::string::npos) {
        const auto parsed = parse_scope(text.substr(percent + 1));
        if (!parsed) return std::nullopt;
        scope = *parsed;
    }
    std::array<std::uint8_t, 16> bytes{};
    if (::inet_pton(AF_INET6, text.substr(0, percent).c_str(), bytes.data()) != 1) return std::nullopt;
    return ipv6(bytes, port, scope);
}

std::optional<address> address::parse_with_port(std::string_view text) {
    const std::size_t colon = text.rfind(':');
    if (colon == std::string_view::npos) return std::nullopt;
    const std::string_view host = text.substr(0, colon);
    // Without its brackets an IPv6 address would swallow the port.
    if (host.find(':') != std::string_view::npos && (host.front() != '[' || host.back() != ']')) return std::nullopt;
    const auto port = parse_number<std::uint16_t>(text.substr(colon + 1));
    if (!port) return std::nullopt;
    return parse(host, *port);
}

family address::family() const noexcept {
    if (size_ == 0) return net::family::any;
    switch (storage_.any.sa_family) {
        case AF_INET:
            return net::family::ipv4;
        case AF_INET6:
            return net::family::ipv6;
        default:
            return net::family::local;
    }
}

bool address::is_loopback() const noexcept {
    switch (family()) {
        case net::family::ipv4:
            return (ntohl(read_as<sockaddr_in>(data()).sin_addr.s_addr) >> 24) == 127;
        case net::family::ipv6: {
            const auto in = read_as<sockaddr_in6>(data());
            const std::uint8_t* bytes = in.sin6_addr.s6_addr;
            if (std::equal(mapped_ipv4.begin(), mapped_ipv4.end(), bytes)) return bytes[12] == 127;
            return only_zeros(bytes, 15) && bytes[15] == 1;
        }
        case net::family::local:
            return true;
        case net::family::any:
            break;
    }
    return false;
}

bool address::is_unspecified() const noexcept {
    if (is_ipv4()) return read_as<sockaddr_in>(data()).sin_addr.s_addr == 0;
    return is_ipv6() && only_zeros(read_as<sockaddr_in6>(data()).sin6_addr.s6_addr, 16);
}

std::uint16_t address::port() const noexcept {
    // Both families keep it in the same place.
    return is_ipv4() || is_ipv6() ? ntohs(read_as<sockaddr_in>(data()).sin_port) : std::uint16_t{0};
}

address address::with_port(std::uint16_t port) const noexcept {
    address changed = *this;
    if (!is_ipv4() && !is_ipv6()) return changed;
    const std::uint16_t value = htons(port);
    std::memcpy(reinterpret_cast<char*>(&changed.storage_) + offsetof(sockaddr_in, sin_port), &value, sizeof value);
    return changed;
}

std::string address::host() const {
    char text[INET6_ADDRSTRLEN] = {};
    switch (family()) {
        case net::family::ipv4: {
            const auto in = read_as<sockaddr_in>(data());
            return ::inet_ntop(AF_INET, &in.sin_addr, text, sizeof text);
        }
        case net::family::ipv6: {
            const auto in = read_as<sockaddr_in6>(data());
            std::string host = ::inet_ntop(AF_INET6, &in.sin6_addr, text, sizeof text);
            if (in.sin6_scope_id != 0) host += '%' + scope_name(in.sin6_scope_id);
            return host;
        }
        case net::family::local: {
            const char* path = storage_.local.sun_path;
            const std::size_t length = size_ - path_offset;
            if (path[0] == '\0') return '@' + std::string(path + 1, length - 1);
            return std::string(path, ::strnlen(path, length));
        }
        case net::family::any:
            break;
    }
    return std::string();
}

std::string address::to_string() const {
    switch (family()) {
        case net::family::ipv4:
            return host() + ':' + std::to_string(port());
        case net::family::ipv6:
            return '[' + host() + "]:" + std::to_string(port());
        default:
            return host();
    }
}

bool operator==(const address& a, const address& b) noexcept {
    if (a.size_ != b.size_) return false;
    if (!a.is_ipv6()) return std::memcmp(&a.storage_, &b.storage_, a.size_) == 0;
    // The flow label is no part of where something is.
    const auto x = read_as<sockaddr_in6>(a.data());
    const auto y = read_as<sockaddr_in6>(b.data());
    return x.sin6_port == y.sin6_port && x.sin6_scope_id == y.sin6_scope_id &&
           std::memcmp(&x.sin6_addr, &y.sin6_addr, sizeof x.sin6_addr) == 0;
}

std::size_t address::hash() const noexcept {
    address plain = *this;
    if (is_ipv6()) {
        auto in = read_as<sockaddr_in6>(data());
        in.sin6_flowinfo = 0;
        std::memcpy(&plain.storage_, &in, sizeof in);
    }
    return std::hash<std::string_view>()(std::string_view(reinterpret_cast<const char*>(&plain.storage_), size_));
}

}  // namespace gyre::net
