#include <gyre/net/error.hpp>

#include <cerrno>
#include <utility>

namespace gyre::net {
namespace {

class net_category final : public std::error_category {
public:
    const char* name() const noexcept override { return "gyre.net"; }
    std::string message(int value) const override {
        switch (static_cast<errc>(value)) {
            case errc::closed:
                return "it is closed";
            case errc::end_of_stream:
                return "the peer closed the connection";
            case errc::limit_exceeded:
                return "the limit on its length is exceeded";
            case errc::bad_name:
                return "that is not the name of a host";
            case errc::host_not_found:
                return "no such host";
            case errc::no_address:
                return "the host has no address of the family asked for";
            case errc::dns_timeout:
                return "no DNS server answers";
            case errc::dns_failure:
                return "the DNS server failed";
        }
        return "unknown error";
    }
};

const char* cure_of(errc code) noexcept {
    switch (code) {
        case errc::bad_name:
            return "; a name has labels of 1 to 63 characters, separated by dots, and at most 253 in all";
        case errc::host_not_found:
            return "; check the spelling, and that the DNS server knows the domain";
        case errc::no_address:
            return "; allow the other address family, or check the domain's A and AAAA records";
        case errc::dns_timeout:
            return "; check the network and the servers in /etc/resolv.conf";
        case errc::dns_failure:
            return "; try again later, or ask another DNS server";
        default:
            return "";
    }
}

const char* cure_of_connect(const std::error_code& code) noexcept {
    if (code.category() != std::generic_category()) return "";
    switch (code.value()) {
        case ECONNREFUSED:
            return "; nothing listens there: check the port, and that the server runs";
        case ENETUNREACH:
        case EHOSTUNREACH:
            return "; there is no route to it: check the network";
        case ETIMEDOUT:
            return "; it does not answer: check the address, and firewalls on the way";
        case EMFILE:
            return "; too many files are open: keep fewer connections, or raise the limit (ulimit -n)";
        case ENFILE:
            return "; the whole system has too many files open";
        case EADDRNOTAVAIL:
            return "; no local port is free, or the local address is not this machine's: reuse connections";
        case ENOENT:
            return "; there is no such socket: check the path, and that the server runs";
        case EACCES:
        case EPERM:
            return "; permission is denied, or a firewall rejects it";
        default:
            return "";
    }
}

std::string connect_message(const std::string& target, const std::vector<connect_error::attempt>& attempts) {
    std::string text = "gyre: cannot connect to " + target + ": ";
    for (const connect_error::attempt& a : attempts) {
        if (&a != &attempts.front()) text += ", ";
        const std::string tried = a.to.to_string();
        if (tried != target) text += tried + ": ";
        text += a.why.message();
    }
    if (attempts.empty()) return text + "it has no address";
    return text + cure_of_connect(attempts.back().why);
}

std::error_code last_code(const std::vector<connect_error::attempt>& attempts) {
    return attempts.empty() ? make_error_code(errc::no_address) : attempts.back().why;
}

}  // namespace

const std::error_category& category() noexcept {
    static const net_category the_category;
    return the_category;
}
std::error_code make_error_code(errc e) noexcept { return std::error_code(static_cast<int>(e), category()); }

incomplete_read_error::incomplete_read_error(const std::string& peer, std::size_t wanted, std::size_t came, std::string partial)
    : error(errc::end_of_stream, "gyre: " + peer + " closed the connection after " + std::to_string(came) + " of the " +
                                     std::to_string(wanted) + " bytes that were to come"),
      partial_(std::make_shared<const std::string>(std::move(partial))) {}
incomplete_read_error::incomplete_read_error(const std::string& peer, std::string partial)
    : error(errc::end_of_stream,
            "gyre: " + peer + " closed the connection before the delimiter, after " + std::to_string(partial.size()) + " bytes"),
      partial_(std::make_shared<const std::string>(std::move(partial))) {}

resolve_error::resolve_error(errc code, std::string host, const std::string& detail)
    : error(code, "gyre: cannot resolve '" + host + "': " + make_error_code(code).message() + (detail.empty() ? "" : " (" + detail + ")") +
                      cure_of(code)),
      host_(std::make_shared<const std::string>(std::move(host))) {}

connect_error::connect_error(const std::string& target, std::vector<attempt> attempts)
    : error(last_code(attempts), connect_message(target, attempts)),
      attempts_(std::make_shared<const std::vector<attempt>>(std::move(attempts))) {}

}  // namespace gyre::net
