// A DNS server for tests: answers from a table over UDP and TCP on loopback, and counts what it is asked.
#pragma once
#include <arpa/inet.h>
#include <sys/socket.h>
#include <unistd.h>
#include <gyre/net/net.hpp>

#include <cctype>
#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "support/test.hpp"

namespace gyre::test {

struct dns_entry {
    dns_entry() {}
    std::vector<std::string> addresses;  // IPv4 and IPv6
    std::uint32_t ttl = 60;
    std::string alias;  // a CNAME that stands before them
    std::uint32_t alias_ttl = 60;
    int status = 0;         // RCODE: 3 for a name that does not exist, 2 for a failing server
    bool silent = false;    // never answers
    bool only_tcp = false;  // says so over UDP
};

class dns_server {
public:
    dns_server() : state_(std::make_shared<state>()) {
        // One port for both protocols; a free one of the one may be taken in the other.
        for (int tries = 0; state_->fd < 0; ++tries) {
            state_->tcp = net::listen("127.0.0.1", 0);
            state_->at = state_->tcp.local_address();
            state_->fd = ::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
            if (::bind(state_->fd, state_->at.data(), state_->at.size()) == 0) break;
            ::close(std::exchange(state_->fd, -1));
            if (tries == 100) throw std::runtime_error("no port is free for UDP and TCP alike");
        }
        serving_.push_back(spawn(serve_udp(state_)));
        serving_.push_back(spawn(serve_tcp(state_)));
    }
    // Ends with the loop when stop() was not awaited.
    task<> stop() {
        for (auto& s : serving_) s.cancel();
        for (auto& s : serving_) {
            try {
                co_await s;
            } catch (const cancelled_error&) {
            }
        }
    }

    dns_entry& operator[](const std::string& name) { return state_->entries[name]; }
    std::string where() const { return state_->at.to_string(); }
    // Options of a resolver that asks this server only, once.
    net::resolver_options options() const {
        net::resolver_options o;
        o.servers.push_back(where());
        o.search = false;
        o.hosts_file.clear();
        return o;
    }
    int queries(const std::string& name) const {
        const auto found = state_->asked.find(name);
        return found == state_->asked.end() ? 0 : found->second;
    }
    int tcp_queries() const { return state_->asked_by_tcp; }
    // Keeps its answers back until release().
    void hold() { state_->holding = true; }
    void release() {
        state_->holding = false;
        for (const reply& r : state_->held) r.send(state_->fd);
        state_->held.clear();
    }

private:
    static constexpr std::uint16_t type_a = 1, type_cname = 5, type_aaaa = 28;

    struct reply {
        void send(int fd) const { ::sendto(fd, text.data(), text.size(), 0, to.data(), to.size()); }
        std::string text;
        net::address to;
    };

    struct state {
        ~state() {
            if (fd >= 0) ::close(fd);
        }
        int fd = -1;
        net::address at;
        net::listener tcp;
        std::map<std::string, dns_entry> entries;
        std::map<std::string, int> asked;
        int asked_by_tcp = 0;
        bool holding = false;
        std::vector<reply> held;
    };
    using state_ref = std::shared_ptr<state>;

    static void put16(std::string& out, unsigned value) {
        out += static_cast<char>(value >> 8 & 0xff);
        out += static_cast<char>(value & 0xff);
    }
    static void put32(std::string& out, std::uint32_t value) {
        put16(out, value >> 16);
        put16(out, value & 0xffff);
    }
    static std::string encoded(std::string_view name) {
        std::string out;
        while (!name.empty()) {
            const std::string_view label = name.substr(0, name.find('.'));
            out += static_cast<char>(label.size());
            out += label;
            name.remove_prefix(std::min(name.size(), label.size() + 1));
        }
        return out + '\0';
    }
    static void put_record(std::string& out, const std::string& owner, std::uint16_t type, std::uint32_t ttl, std::string_view data) {
        out += owner;
        put16(out, type);
        put16(out, 1);
        put32(out, ttl);
        put16(out, static_cast<unsigned>(data.size()));
        out += data;
    }

    // Empty: no answer.
    static std::string answer(state& s, std::string_view query, bool by_tcp) {
        if (query.size() < 17) return {};
        std::string name;
        std::size_t at = 12;
        while (at < query.size() && query[at] != 0) {
            const auto length = static_cast<unsigned char>(query[at]);
            if (!name.empty()) name += '.';
            for (const char c : query.substr(at + 1, length)) name += static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
            at += length + 1U;
        }
        if (at + 5 > query.size()) return {};
        const auto type =
            static_cast<std::uint16_t>(static_cast<unsigned char>(query[at + 1]) << 8 | static_cast<unsigned char>(query[at + 2]));
        const std::string_view question = query.substr(12, at + 5 - 12);
        ++s.asked[name];
        if (by_tcp) ++s.asked_by_tcp;

        const auto found = s.entries.find(name);
        dns_entry nothing;
        nothing.status = 3;
        const dns_entry& e = found == s.entries.end() ? nothing : found->second;
        if (e.silent) return {};
        const bool cut = e.only_tcp && !by_tcp;
        std::string records;
        unsigned count = 0;
        std::string owner = encoded(name);
        if (!cut && e.status == 0 && !e.alias.empty()) {
            put_record(records, owner, type_cname, e.alias_ttl, encoded(e.alias));
            owner = encoded(e.alias);
            ++count;
        }
        for (const std::string& text : e.addresses) {
            const net::address a = *net::address::parse(text);
            if (cut || e.status != 0 || (type == type_a) != a.is_ipv4() || (type == type_aaaa) != a.is_ipv6()) continue;
            char bytes[16];
            ::inet_pton(a.is_ipv4() ? AF_INET : AF_INET6, text.c_str(), bytes);
            put_record(records, owner, type, e.ttl, std::string_view(bytes, a.is_ipv4() ? 4 : 16));
            ++count;
        }
        std::string out(query.substr(0, 2));
        put16(out, 0x8180U | (cut ? 0x200U : 0U) | static_cast<unsigned>(e.status));
        put16(out, 1);
        put16(out, count);
        put32(out, 0);
        out += question;
        return out + records;
    }

    static task<> serve_udp(state_ref s) {
        while (true) {
            char query[600];
            sockaddr_storage from{};
            socklen_t size = sizeof from;
            const ssize_t n = ::recvfrom(s->fd, query, sizeof query, 0, reinterpret_cast<sockaddr*>(&from), &size);
            if (n < 0) {
                co_await wait_readable(s->fd);
                continue;
            }
            reply r;
            r.text = answer(*s, std::string_view(query, static_cast<std::size_t>(n)), false);
            r.to = net::address(reinterpret_cast<sockaddr*>(&from), size);
            if (r.text.empty()) continue;
            if (s->holding)
                s->held.push_back(r);
            else
                r.send(s->fd);
        }
    }

    static task<> serve_tcp(state_ref s) {
        while (true) {
            net::stream c = co_await s->tcp.accept();
            try {
                while (true) {
                    const std::string length = co_await c.read_exactly(2);
                    const auto size =
                        static_cast<std::size_t>(static_cast<unsigned char>(length[0])) << 8 | static_cast<unsigned char>(length[1]);
                    const std::string query = co_await c.read_exactly(size);
                    const std::string text = answer(*s, query, true);
                    std::string head;
                    put16(head, static_cast<unsigned>(text.size()));
                    co_await c.write_all(head, text);
                }
            } catch (const net::error&) {
                // The client has what it wants.
            }
        }
    }

    state_ref state_;
    std::vector<future<void>> serving_;
};

}  // namespace gyre::test
