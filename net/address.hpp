#pragma once
#include <sys/socket.h>
#include <sys/un.h>

#include <array>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

namespace gyre::net {

enum class family : std::uint8_t { any, ipv4, ipv6, local };  // local: Unix sockets

// Where a socket is: an IPv4 or IPv6 address with its port, or a Unix socket's path or abstract name. A value.
// Thread: any, one at a time. Throws: std::bad_alloc, and what a member names.
class address {
public:
    // None: family::any, as an unbound Unix socket has.
    address() noexcept = default;
    // Of what the kernel gave. Throws: std::invalid_argument for a family that is not IPv4, IPv6 or Unix.
    address(const sockaddr* from, std::size_t size);

    static address ipv4(std::array<std::uint8_t, 4> bytes, std::uint16_t port = 0) noexcept;
    // The scope is an interface's index, for link-local addresses.
    static address ipv6(std::array<std::uint8_t, 16> bytes, std::uint16_t port = 0, std::uint32_t scope = 0) noexcept;
    // A path; or, when it begins with '@' or a null character, a name in Linux's abstract namespace ("./@x" is a file).
    // Throws: std::invalid_argument when it is empty, longer than the 107 bytes that the kernel takes (108 for an abstract name), or a path
    // with a null character. Source: unix(7).
    static address local(std::string_view path);

    // "192.0.2.1", "2001:db8::1", "fe80::1%eth0"; brackets around IPv6 may stand.
    // Returns: nullopt for anything else, host names among it.
    static std::optional<address> parse(std::string_view host, std::uint16_t port = 0);
    // "192.0.2.1:80" or "[2001:db8::1]:80".
    static std::optional<address> parse_with_port(std::string_view text);

    net::family family() const noexcept;
    bool is_ipv4() const noexcept { return family() == net::family::ipv4; }
    bool is_ipv6() const noexcept { return family() == net::family::ipv6; }
    bool is_local() const noexcept { return family() == net::family::local; }
    bool is_loopback() const noexcept;     // 127.0.0.0/8, ::1, those as ::ffff:127.x, and every Unix socket
    bool is_unspecified() const noexcept;  // 0.0.0.0, ::

    // 0 for a Unix socket.
    std::uint16_t port() const noexcept;
    address with_port(std::uint16_t port) const noexcept;
    // "192.0.2.1", "2001:db8::1"; of a Unix socket its path, or "@name" for an abstract one.
    std::string host() const;
    // "192.0.2.1:80", "[2001:db8::1]:80", the path.
    std::string to_string() const;

    // For the system's calls.
    const sockaddr* data() const noexcept { return &storage_.any; }
    socklen_t size() const noexcept { return size_; }

    friend bool operator==(const address& a, const address& b) noexcept;
    std::size_t hash() const noexcept;

private:
    // As sockaddr_storage, which has 18 bytes more than the longest that we keep.
    union {
        std::uint64_t all[(sizeof(sockaddr_un) + 7) / 8];  // the first: {} makes all of it zero
        sockaddr any;
        sockaddr_un local;
    } storage_{};
    socklen_t size_ = 0;
};

}  // namespace gyre::net

template <>
struct std::hash<gyre::net::address> {
    std::size_t operator()(const gyre::net::address& a) const noexcept { return a.hash(); }
};
