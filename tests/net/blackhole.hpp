// An address that answers no connection attempt: a listening socket whose queue is full.
#pragma once
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>
#include <gyre/net/address.hpp>

#include <cerrno>
#include <stdexcept>
#include <vector>

namespace gyre::test {

class blackhole {
public:
    blackhole() {
        const net::address any = *net::address::parse("127.0.0.1");
        fd_ = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
        sockaddr_storage bound{};
        socklen_t size = sizeof bound;
        if (fd_ < 0 || ::bind(fd_, any.data(), any.size()) != 0 || ::listen(fd_, 0) != 0 ||
            ::getsockname(fd_, reinterpret_cast<sockaddr*>(&bound), &size) != 0)
            throw std::runtime_error("no listening socket to be had");
        address_ = net::address(reinterpret_cast<sockaddr*>(&bound), size);
        // Until one is not answered within a time that a loopback answer never takes.
        while (answers()) {
        }
    }
    blackhole(const blackhole&) = delete;
    ~blackhole() {
        for (const int filler : fillers_) ::close(filler);
        ::close(fd_);
    }
    const net::address& address() const noexcept { return address_; }

    // From now on there is room in the queue.
    void open() {
        ::listen(fd_, 100);
        int accepted = -1;
        while ((accepted = ::accept4(fd_, nullptr, nullptr, SOCK_CLOEXEC)) >= 0) fillers_.push_back(accepted);
    }

private:
    bool answers() {
        const int filler = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
        fillers_.push_back(filler);
        if (::connect(filler, address_.data(), address_.size()) == 0) return true;
        pollfd ready{filler, POLLOUT, 0};
        return ::poll(&ready, 1, 50) == 1;
    }

    int fd_ = -1;
    net::address address_;
    std::vector<int> fillers_;
};

}  // namespace gyre::test
