#pragma once
#include <gyre/net/address.hpp>

#include <cstddef>
#include <memory>
#include <stdexcept>
#include <string>
#include <system_error>
#include <vector>

namespace gyre::net {

// What the system has no errno for.
enum class errc {
    closed = 1,      // this end closed the stream or the listener
    end_of_stream,   // the peer ended it before all that was asked for had come
    limit_exceeded,  // the line, or what stands before the delimiter, is too long
    bad_name,        // not the name of a host
    host_not_found,  // the domain does not exist
    no_address,      // the domain exists and has no address of the family asked for
    dns_timeout,     // no DNS server answered
    dns_failure,     // the DNS servers refuse, or fail on, this name
};
// Of an errc. Thread: any.
const std::error_category& category() noexcept;
std::error_code make_error_code(errc e) noexcept;

// Every failure of gyre::net: code() is the system's or an errc; what() names the address, the cause and, where there is
// one, the cure.
class error : public std::system_error {
public:
    error(std::error_code code, const std::string& message) : std::system_error(code), message_(message) {}
    const char* what() const noexcept override { return message_.what(); }

private:
    std::runtime_error message_;  // a string whose copies cannot fail
};

// The stream ended first. code() is errc::end_of_stream.
class incomplete_read_error : public error {
public:
    // So many bytes were wanted, so many came.
    incomplete_read_error(const std::string& peer, std::size_t wanted, std::size_t came, std::string partial = std::string());
    // A delimiter was wanted.
    incomplete_read_error(const std::string& peer, std::string partial);
    // What came before the end. Empty for a read into the caller's own buffer: it has its bytes there.
    const std::string& partial() const noexcept { return *partial_; }

private:
    std::shared_ptr<const std::string> partial_;
};

// A name that gives no address. code() is an errc.
class resolve_error : public error {
public:
    resolve_error(errc code, std::string host, const std::string& detail = std::string());
    const std::string& host() const noexcept { return *host_; }

private:
    std::shared_ptr<const std::string> host_;
};

// No address of the host let us in. code() is the last attempt's.
class connect_error : public error {
public:
    struct attempt {
        attempt(const net::address& tried, std::error_code code) : to(tried), why(code) {}
        net::address to;
        std::error_code why;
    };
    // `target` as the user named it: "example.org:80".
    connect_error(const std::string& target, std::vector<attempt> attempts);
    // Each address that was tried, in order, and why it failed.
    const std::vector<attempt>& attempts() const noexcept { return *attempts_; }

private:
    std::shared_ptr<const std::vector<attempt>> attempts_;
};

}  // namespace gyre::net

template <>
struct std::is_error_code_enum<gyre::net::errc> : std::true_type {};
